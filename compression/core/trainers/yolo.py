"""YOLO detectors through Ultralytics: any of its 11, 26 or v8 widths and two narrow ones of ours."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from annotator.core.errors import RunFailed, Unprocessable
from compression.core.snapshot import Snapshot
from compression.core.trainer import PruningView, Trained, TrainRequest
from compression.core.training.loop import lacks_memory, out_of_memory
from compression.core.training.memory import kept_memory
from compression.core.training.processes import devices_of
from compression.core.training.record import copy_record, finish, is_finished
from compression.core.training.torchrun import launch
from compression.core.training.trained_folder import ARCHITECTURE, check_teacher, read_json

if TYPE_CHECKING:
    import torch

    from compression.core.vendor.yolo.training import Training

_MIN_BATCH = 2
_STRIDE = 32  # of the coarsest level: sides are multiples of it


class YoloTrainer:
    """Trains and exports YOLO detection networks (class vectors out, NMS left to the predictor)."""

    slug = "yolo"
    task_type = "object_detection"

    def train(self, request: TrainRequest) -> Trained:
        """Train, or go on; out of memory halves the batch. Raises RunCancelled (callbacks), RunFailed, Unprocessable.

        Several devices train in a process each.
        """
        request = replace(request, image_size=-(-request.image_size // _STRIDE) * _STRIDE)
        folder = request.workdir / "trained"
        if is_finished(folder):
            return Trained(folder)
        _check(request)
        if len(devices_of(request.device)) > 1 and not _in_group():
            launch(request, self.slug)
            return Trained(folder)
        training = self._run(request)
        if training.group.first:
            self._leave(training, request, folder)
        return Trained(folder)

    def _run(self, request: TrainRequest) -> Training:
        from compression.core.vendor.yolo.training import Training

        architecture = _architecture(request)
        batch = min(request.batch, max(_MIN_BATCH, len(request.snapshot.items["train"])))
        while True:
            try:
                training = Training(request, architecture, batch)
                if not training.ended_before():
                    with kept_memory():
                        training.train()
                return training
            except (RuntimeError, MemoryError) as error:
                if not lacks_memory(error) or _in_group():
                    raise  # of several processes the others would wait for ever: their launcher halves the batch
                if batch <= _MIN_BATCH:
                    raise out_of_memory(batch, request.image_size) from error
                batch = max(_MIN_BATCH, batch // 2)

    def _leave(self, training: Training, request: TrainRequest, folder: Path) -> None:
        from compression.core.vendor.yolo import network as networks

        networks.save(training.best_network(), training.architecture, folder)
        finish(
            folder,
            request,
            settings={"batch": training.batch_size, "bf16": training.bf16, "warm_tensors": list(training.warm)},
            config=training.config,
            resumed=training.resumed,
            history=training.history,
            best_epoch=training.best_epoch or 0,
            val_map50=training.best_by_class,
        )

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


def _in_group() -> bool:
    """Whether this is one of several processes of one training."""
    return "WORLD_SIZE" in os.environ


def _check(request: TrainRequest) -> None:
    import torch

    lacking = [name for name in devices_of(request.device) if _index(name) >= torch.cuda.device_count()]
    if lacking:
        raise RunFailed(
            f"This machine has no GPU {', '.join(lacking)}; it has {torch.cuda.device_count()}.", code="no_gpu"
        )
    if request.quantization_aware and request.init is None:
        raise Unprocessable(
            "Quantization-aware training refines a trained model; give one to start from.", field="quantization_aware"
        )
    if request.teacher is not None:
        teacher = read_json(request.teacher.folder, ARCHITECTURE)
        check_teacher(teacher.get("classes") or [], request.snapshot.classes)


def _index(device: str) -> int:
    """Number of a GPU; below every count for a CPU."""
    kind, _, number = device.partition(":")
    return int(number or 0) if kind == "cuda" else -1


def _architecture(request: TrainRequest) -> dict[str, Any]:
    """What to build: the network asked for; a start that was pruned stays pruned; else the stock one."""
    from compression.core.vendor.yolo import network as networks

    wanted = request.architecture
    if wanted is None and request.init is not None and (request.init / ARCHITECTURE).exists():
        start = read_json(request.init, ARCHITECTURE)
        wanted = start if start.get("widths") and start.get("arch") == request.arch else None
    if wanted is None:
        return networks.describe(request.arch, request.snapshot.classes)
    return networks.for_classes(wanted, request.snapshot.classes)


def _input_shape(trained: Path) -> tuple[int, int]:
    width, height = json.loads((trained / "training.json").read_text(encoding="utf-8"))["input_shape"]
    return int(width), int(height)
