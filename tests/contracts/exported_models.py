"""A model of each kind to export, on real pictures: the shipped road detector, and fixed random torchvision nets."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save_file

from annotator.core.scenes.road import draw_scene
from compression.core.model import Model
from compression.core.target import TargetRequest
from compression.core.trainer import Trained
from compression.core.trainers import load_trainer, trainer_for_arch
from tests.conftest import ROOT

ROAD = ROOT / "prelabel" / "weights" / "road"
SIZES = {"detector": (160, 96), "classifier": (64, 64), "segmenter": (96, 64)}
ARCHS = {"classifier": "mobilenet_v3_small", "segmenter": "lraspp_mobilenet_v3_large"}
CLASSES = ["sky", "road", "other"]


@dataclass(frozen=True)
class Exportable:
    """A model and pictures that it sees something in."""

    kind: str
    model: Model
    pictures: tuple[Path, ...]

    def request(self, out: Path, precision: str = "fp32", *, fixed_batch: bool = False) -> TargetRequest:
        """What a target is asked."""
        return TargetRequest(self.model, out, self.pictures, precision, fixed_batch)


def make_exportable(kind: str, root: Path) -> Exportable:
    """Lay the trained folder out and export its fp32 ONNX artifact."""
    trained = root / "trained"
    trained.mkdir(parents=True)
    if kind == "detector":
        for name in ("weights.safetensors", "architecture.json"):
            shutil.copy(ROAD / name, trained / name)
    else:
        _fixed_random(ARCHS[kind], trained)
    described = json.loads((trained / "architecture.json").read_text(encoding="utf-8"))
    width, height = SIZES[kind]
    record = {"arch": described["arch"], "image_size": width, "input_shape": [width, height]}
    (trained / "training.json").write_text(json.dumps(record), encoding="utf-8")
    artifact = load_trainer(trainer_for_arch(described["arch"])).export(Trained(trained), root / "fp32")
    return Exportable(kind, Model(artifact, trained), draw_pictures(root / "pictures"))


def draw_pictures(folder: Path, count: int = 3) -> tuple[Path, ...]:
    """Road scenes of a fixed seed."""
    folder.mkdir()
    paths = tuple(folder / f"{number}.png" for number in range(count))
    for number, path in enumerate(paths):
        draw_scene(900 + number, 320, 192).image.save(path)
    return paths


def _fixed_random(arch: str, folder: Path) -> None:
    """Weights of a fixed seed, averages of BatchNorm settled on noise so that no layer dies."""
    torch.manual_seed(7)
    trainer = load_trainer(trainer_for_arch(arch))
    network = trainer.build(arch, len(CLASSES))  # type: ignore[attr-defined]
    network.train()
    with torch.no_grad():
        for _ in range(4):
            network(torch.rand(4, 3, 64, 64))
    save_file({k: v.contiguous().clone() for k, v in network.state_dict().items()}, folder / "weights.safetensors")
    described = {"schema": 1, "arch": arch, "classes": CLASSES}
    (folder / "architecture.json").write_text(json.dumps(described), encoding="utf-8")
