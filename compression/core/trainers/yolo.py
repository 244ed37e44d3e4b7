"""YOLO detectors through Ultralytics: any of its 11, 26 or v8 widths and two narrow ones of ours."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from compression.core.record import finish, is_finished
from compression.core.trainer import Trained, TrainRequest

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
