"""One very small trained model of each kind, on drawn pictures, for the suites over plugin tables."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from compression.core.model import Model, save_model
from compression.core.snapshot import Snapshot, materialize
from compression.core.step import StepContext
from compression.core.trainer import Trained, TrainRequest
from compression.core.trainers import load_trainer, trainer_for_arch
from prelabel.core.artifact import load_artifact
from prelabel.core.runtime import open_session
from tests.compression.conftest import draw_manifest, masks_manifest, shapes_manifest

SIZE = 64
ARCHS = {
    "detector": "yolo11t",
    "classifier": "mobilenet_v3_small",
    "segmenter": "lraspp_mobilenet_v3_small",
    "ssdlite": "ssdlite320_mobilenet_v3_large_050",
    "retinanet": "retinanet_mobilenet_v2",
    "unet": "unet_mobilenet_v2_050",
    "shufflenet": "shufflenet_v2_x0_5",
    "efficientnet": "tf_efficientnet_lite0",
}
_DRAWN = {
    **dict.fromkeys(("classifier", "shufflenet", "efficientnet"), shapes_manifest),
    **dict.fromkeys(("segmenter", "unet"), masks_manifest),
}
_SPLITS = {"train": 8, "val": 2, "test": 2}


@dataclass(frozen=True)
class Small:
    """A model and the data that it was trained on."""

    kind: str
    arch: str
    snapshot: Snapshot
    model: Model

    def context(self, out: Path, **fields: Any) -> StepContext:
        """A context for a step, the model itself being the teacher."""
        return StepContext(
            **{"snapshot": self.snapshot, "out": out, "threads": 1, "teacher": self.model.trained, **fields}
        )


def make_small(kind: str, root: Path) -> Small:
    """Draw pictures, train for an epoch or two, export."""
    manifest = _DRAWN.get(kind, draw_manifest)(root / "blobs", _SPLITS)
    snapshot = materialize(manifest, root / "snapshot", lambda sha256: root / "blobs" / sha256)
    arch = ARCHS[kind]
    trainer = load_trainer(trainer_for_arch(arch))
    request = TrainRequest(snapshot, root / "work", arch, epochs=2, image_size=SIZE, batch=8, seed=1, threads=1)
    trained = trainer.train(request)
    artifact = trainer.export(trained, root / "model" / "fp32")
    model = save_model(Model(artifact=artifact, trained=trained.folder), root / "model")
    return Small(kind, arch, snapshot, model)


def hashes(*folders: Path) -> Mapping[str, str]:
    """sha256 of every file below ``folders``."""
    files = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def network_output(trained: Path, picture: np.ndarray) -> np.ndarray:
    """The raw output of the network in a trained folder, for one batch."""
    trainer = load_trainer(trainer_for_arch(_arch(trained)))
    network, _ = trainer.load(trained)
    with torch.no_grad():
        found = network(torch.from_numpy(picture))
    while isinstance(found, tuple | list):
        found = found[0]
    return np.asarray(found["out"] if isinstance(found, dict) else found)


def artifact_output(artifact: Path, picture: np.ndarray) -> np.ndarray:
    """The first output of an artifact in ONNX Runtime, for one batch."""
    return np.asarray(open_session(load_artifact(artifact).model_path, runtime="onnxruntime").run(picture)[0])


def noise_for(artifact: Path) -> np.ndarray:
    """One random picture of the artifact's input size."""
    spec = load_artifact(artifact).manifest.input
    return np.random.default_rng(5).random((1, 3, spec.height, spec.width), dtype=np.float32)


def tensor_shapes(trained: Path) -> dict[str, tuple[int, ...]]:
    """Shapes of all weights."""
    trainer = load_trainer(trainer_for_arch(_arch(trained)))
    return {name: tuple(value.shape) for name, value in trainer.load(trained)[0].state_dict().items()}


def parameters(trained: Path) -> int:
    """Number of parameters."""
    trainer = load_trainer(trainer_for_arch(_arch(trained)))
    return sum(value.numel() for value in trainer.load(Trained(trained).folder)[0].parameters())


def _arch(trained: Path) -> str:
    return str(json.loads((trained / "architecture.json").read_text(encoding="utf-8"))["arch"])
