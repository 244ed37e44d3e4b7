"""YOLO detectors through Ultralytics: any of its 11, 26 or v8 widths and two narrow ones of ours."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compression.core.record import copy_record, finish, is_finished
from compression.core.snapshot import Snapshot
from compression.core.trainer import PruningView, Trained, TrainRequest

if TYPE_CHECKING:
    import torch

_MIN_BATCH = 2
_STRIDE = 32  # of the coarsest level: sides are multiples of it
_MEMORY_WORDS = ("out of memory", "can't allocate memory", "not enough memory")


class YoloTrainer:
    """Trains and exports YOLO detection networks (class vectors out, NMS left to the predictor)."""

    slug = "yolo"
    task_type = "object_detection"

    def train(self, request: TrainRequest) -> Trained:
        """Train, or go on; out of memory halves the batch. Raises RunCancelled (callbacks), RunFailed."""
        from compression.core.vendor.yolo import network as networks
        from compression.core.vendor.yolo.training import Training

        request = replace(request, image_size=-(-request.image_size // _STRIDE) * _STRIDE)
        folder = request.workdir / "trained"
        if is_finished(folder):
            return Trained(folder)
        architecture = networks.describe(request.arch, request.snapshot.classes)
        batch = min(request.batch, max(_MIN_BATCH, len(request.snapshot.items["train"])))
        while True:
            try:
                training = Training(request, architecture, batch)
                if not training.ended_before():
                    training.train()
                break
            except (RuntimeError, MemoryError) as error:
                lacks_memory = isinstance(error, MemoryError) or any(w in str(error).lower() for w in _MEMORY_WORDS)
                if not lacks_memory or batch <= _MIN_BATCH:
                    raise
                batch = max(_MIN_BATCH, batch // 2)
        network = networks.build(architecture)
        network.load_state_dict(training.best_weights())
        networks.save(network, architecture, folder)
        finish(
            folder,
            request,
            settings={"batch": training.batch_size, "bf16": training.bf16, "warm_tensors": list(training.warm)},
            history=training.history,
            best_epoch=training.best_epoch,
        )
        return Trained(folder)

    def export(self, trained: Trained, out: Path) -> Path:
        """An fp32 ONNX artifact folder of the best weights."""
        from compression.core.vendor.yolo.exporting import export_onnx

        return export_onnx(trained.folder, out)

    def load(self, folder: Path) -> tuple[torch.nn.Module, dict[str, Any]]:
        """The trained network, float32, in eval mode, and its architecture.json. Raises BadArtifact."""
        from compression.core.vendor.yolo import network as networks

        return networks.load(folder)

    def save(self, network: torch.nn.Module, architecture: Mapping[str, Any], like: Path, out: Path) -> Trained:
        """Write ``network`` with its widths, in full precision, as a trained folder of its own."""
        from compression.core.vendor.yolo import network as networks

        networks.save(network, architecture, out, half=False)
        copy_record(like, out)
        return Trained(out)

    def pruning(self, network: torch.nn.Module, like: Path) -> AbstractContextManager[PruningView]:
        """A view of ``network`` to prune; when the context ends the network is whole again, in eval mode."""
        from compression.core.vendor.yolo.surgery import opened

        return opened(network, _input_shape(like))

    def losses(self, network: torch.nn.Module, like: Path, snapshot: Snapshot, batches: int) -> Iterator[torch.Tensor]:
        """Training losses of some batches of the train split, with gradients; inside or outside of pruning()."""
        from compression.core.vendor.yolo.sampling import losses_on

        return losses_on(network, snapshot, _input_shape(like), batches)


def _input_shape(trained: Path) -> tuple[int, int]:
    width, height = json.loads((trained / "training.json").read_text(encoding="utf-8"))["input_shape"]
    return int(width), int(height)
