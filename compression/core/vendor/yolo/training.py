"""Ultralytics' detection trainer with our network, our checkpoints and a time budget.

Settings were measured on 2 shared cores (COMPRESSION notes in DECISIONS.md): nbs = batch, AdamW 2e-3, mosaic 0.5.
bfloat16 forward + channels-last memory halves the time of a step on CPUs with avx512_bf16 (0.97 → 0.48 s per batch).
"""

from __future__ import annotations

import contextlib
import io
import time
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from ultralytics.models.yolo.detect import DetectionTrainer
from ultralytics.utils import DEFAULT_CFG, LOGGER
from ultralytics.utils.torch_utils import ModelEMA, init_seeds

from annotator.core.errors import RunFailed
from compression.core.checkpoint import load_checkpoint, save_checkpoint
from compression.core.pictures import has_bf16, shrink_split
from compression.core.snapshot import write_label
from compression.core.trainer import EpochReport, TrainRequest
from compression.core.vendor.yolo import network as networks

DEFAULTS: dict[str, Any] = {
    "optimizer": "AdamW",
    "lr0": 0.002,
    "lrf": 0.05,
    "warmup_epochs": 1.0,
    "weight_decay": 0.0005,
    "mosaic": 0.5,
    "close_mosaic": 10,
    "scale": 0.5,
    "fliplr": 0.5,
    "flipud": 0.0,
    "degrees": 0.0,
    "patience": 0,
    "rect": False,  # True: pictures of one shape without square padding, and without mosaic
}
_MAX_RECOVERIES = 2


def overrides_for(request: TrainRequest, save_dir: Path, batch: int) -> dict[str, Any]:
    """Ultralytics settings of a request; ``options`` win over our defaults."""
    chosen = {**DEFAULTS, **{k: v for k, v in request.options.items() if k in DEFAULTS}}
    chosen["close_mosaic"] = min(int(chosen["close_mosaic"]), max(1, request.epochs // 4))
    return {
        **chosen,
        "task": "detect",
        "mode": "train",
        "model": "yolo11n.yaml",  # a name is demanded; setup_model() below builds ours
        "data": str(request.snapshot.root / "data.yaml"),
        "epochs": request.epochs,
        "imgsz": request.image_size,
        "batch": batch,
        "nbs": batch,  # its default of 64 accumulates: three optimiser steps an epoch on 200 images
        "device": request.device,
        "workers": 0,
        "cache": "ram",
        "amp": False,
        "val": True,
        "conf": 0.01,
        "plots": False,
        "save": True,
        "seed": request.seed,
        "deterministic": True,
        "project": str(save_dir.parent),
        "name": save_dir.name,
        "exist_ok": True,
        "verbose": False,
    }


class Training(DetectionTrainer):
    """One training of one request; a second one over the same workdir goes on where the first was killed."""

    def __init__(self, request: TrainRequest, architecture: dict[str, Any], batch: int) -> None:
        self.request = request
        self.architecture = architecture
        self.checkpoints = request.workdir / "checkpoints"
        self.history: list[dict[str, Any]] = []
        self.spent_before = 0.0
        self.best_epoch = 0
        self.recoveries = 0
        self.warm = (0, 0)
        self.epoch_seconds: list[float] = []
        LOGGER.setLevel("ERROR")
        super().__init__(DEFAULT_CFG, overrides_for(request, request.workdir / "ultralytics", batch))
        self.callbacks: dict[str, list[Any]] = {event: [] for event in self.callbacks}
        self.callbacks["on_train_start"] = [lambda _: self._start_clock()]
        self.callbacks["on_train_epoch_start"] = [lambda _: self._choose_validation()]
        self.callbacks["on_train_batch_end"] = [lambda _: self._tick()]
        self.callbacks["on_fit_epoch_end"] = [lambda _: self._epoch_done()]

    # --- what Ultralytics would read from files -------------------------------------------------------------------

    def get_dataset(self) -> dict[str, Any]:
        """Where the pictures lie; written out here because its own check downloads fonts.

        Shrunk copies are made first, with labels beside them, so that training sees what the predictor will show.
        """
        snapshot, root = self.request.snapshot, self.request.workdir / "pictures"
        names = dict(enumerate(snapshot.classes))
        folders = {split: str(root / "images" / split) for split in ("train", "val")}
        for split, folder in folders.items():
            items = snapshot.items[split]
            shrink_split(items, Path(folder), self.request.image_size, lambda _: self.request.on_tick(0.0))
            for item in items:
                write_label(root / "labels" / split / f"{item.item_id:08d}.txt", item)
        return {"path": str(root), **folders, "names": names, "nc": len(names), "channels": 3}

    def build_dataset(self, img_path: str, mode: str = "train", batch: int | None = None) -> Any:
        """Ultralytics' data set, without its progress bars."""
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            return super().build_dataset(img_path, mode, batch)

    def setup_model(self) -> None:
        """Build from the description, warm where an ``init`` folder is given."""
        torch.set_num_threads(self.request.threads)  # device selection reset it
        network = networks.build(self.architecture)
        if self.request.init is not None:
            self.warm = networks.load_matching(network, self.request.init)
        network.bf16 = self.bf16
        self.model = network.to(memory_format=torch.channels_last)

    def preprocess_batch(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Scale to 0..1 and lay the images out channels-last, as the network is."""
        batch = super().preprocess_batch(batch)
        batch["img"] = batch["img"].contiguous(memory_format=torch.channels_last)
        return batch

    @property
    def bf16(self) -> bool:
        """Whether the forward pass runs in bfloat16."""
        return self.device.type == "cpu" and has_bf16()

    # --- checkpoints ----------------------------------------------------------------------------------------------

    def resume_training(self, ckpt: Any) -> None:
        """Take up the last checkpoint of the workdir, if there is one."""
        state = load_checkpoint(self.checkpoints)
        if state is None:
            return
        self._restore(state)
        self.start_epoch = int(state["epoch"])
        self.history = list(state["history"])
        self.spent_before = float(state["seconds"])
        self.epochs = self.args.epochs = int(state["epochs"])
        init_seeds(self.args.seed + 1 + self.start_epoch, deterministic=True)

    def ended_before(self) -> bool:
        """Whether an earlier try ended its last epoch: Ultralytics' loop would train one more before it looks."""
        state = load_checkpoint(self.checkpoints)
        if state is None or not state["best_epoch"]:
            return False
        epoch, seconds = int(state["epoch"]), float(state["seconds"])
        spent = bool(self.request.minutes) and seconds + seconds / epoch > 60 * (self.request.minutes or 0)
        if epoch < int(state["epochs"]) and not spent:
            return False
        self.history, self.best_epoch = list(state["history"]), int(state["best_epoch"])
        return True

    def _restore(self, state: dict[str, Any]) -> None:
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.ema = ModelEMA(self.model)
        self.ema.ema.load_state_dict(state["ema"])
        self.ema.updates = int(state["updates"])
        self.best_fitness = state["best_fitness"]
        self.best_epoch = int(state["best_epoch"])
        self.stopper.best_fitness = float(state["best_fitness"] or 0.0)
        self.stopper.best_epoch = self.best_epoch
        if getattr(self.model.model[-1], "one2one_cv2", None) is not None:
            self.model.criterion = self.model.init_criterion()
            self.model.criterion.updates = int(state["epoch"]) - 1
            self.model.criterion.update()

    def save_model(self) -> bool:
        """Our checkpoint instead of a pickle; the best weights so far beside it."""
        epoch = self.epoch + 1
        if self.validated and (self.best_fitness == self.fitness or not self.best_epoch):
            self.best_epoch = epoch
            self.checkpoints.mkdir(parents=True, exist_ok=True)
            tensors = {k: v.contiguous().clone() for k, v in self.ema.ema.state_dict().items()}
            save_file(tensors, str(self.checkpoints / f"best-{epoch:04d}.safetensors"))
        self.history.append(self._row(epoch))
        self.checkpoint_sha256 = save_checkpoint(
            self.checkpoints,
            epoch,
            {
                "epoch": epoch,
                "epochs": self.epochs,
                "model": self.model.state_dict(),
                "ema": self.ema.ema.state_dict(),
                "updates": self.ema.updates,
                "optimizer": self.optimizer.state_dict(),
                "best_fitness": None if self.best_fitness is None else float(self.best_fitness),
                "best_epoch": self.best_epoch,
                "seconds": self._spent(),
                "history": self.history,
            },
        )
        for old in self.checkpoints.glob("best-*.safetensors"):
            if old.name != f"best-{self.best_epoch:04d}.safetensors":
                old.unlink(missing_ok=True)
        return True

    def _row(self, epoch: int) -> dict[str, Any]:
        row: dict[str, Any] = {"epoch": epoch, "seconds": round(self._spent(), 2)}
        row |= {key.removesuffix("_loss"): round(float(value), 5) for key, value in (self.tloss or {}).items()}
        if self.validated:
            row["map50"] = float(self.metrics.get("metrics/mAP50(B)", 0.0))
            row["map5095"] = float(self.metrics.get("metrics/mAP50-95(B)", 0.0))
        return row

    def best_weights(self) -> dict[str, torch.Tensor]:
        """State of the best epoch by val mAP50-95."""
        return load_file(str(self.checkpoints / f"best-{self.best_epoch:04d}.safetensors"))

    def final_eval(self) -> None:
        """Nothing: the caller evaluates the exported model, the one that will run."""

    # --- the loop's edges -----------------------------------------------------------------------------------------

    def _start_clock(self) -> None:
        self.started = self.epoch_started = time.monotonic()
        torch.set_num_threads(self.request.threads)

    def _spent(self) -> float:
        return self.spent_before + time.monotonic() - self.started

    def _choose_validation(self) -> None:
        """Validate every epoch near the end; every fifth while it can hardly be the best."""
        late = self.epoch + 1 >= 0.6 * self.epochs
        self.args.val = self.epochs <= 12 or late or (self.epoch + 1) % 5 == 0
        self.validated = False

    def validate(self) -> Any:
        """Ultralytics' validation of the averaged weights on the val split."""
        self.validated = True
        result = super().validate()
        self.ema.ema.criterion = None
        return result

    def _tick(self) -> None:
        self.batches_done = getattr(self, "batches_done", 0) + 1
        whole = max(1, len(self.train_loader) * self.epochs)
        done = self.start_epoch * len(self.train_loader) + self.batches_done
        self.request.on_tick(min(1.0, done / whole))

    def _epoch_done(self) -> None:
        now = time.monotonic()
        self.epoch_seconds.append(now - self.epoch_started)
        self.epoch_started = now
        epoch, pace = self.epoch + 1, self._pace()
        self._fit_budget(epoch, pace)
        row = self.history[-1]
        self.request.on_epoch(
            EpochReport(
                epoch=epoch,
                epochs=self.epochs,
                metrics={key: value for key, value in row.items() if key not in {"epoch", "seconds"}},
                best_epoch=self.best_epoch,
                seconds=self._spent(),
                eta_s=max(0, self.epochs - epoch) * pace,
                checkpoint_sha256=self.checkpoint_sha256,
            )
        )

    def _pace(self) -> float:
        recent = sorted(self.epoch_seconds[-8:])
        return sum(recent) / len(recent)

    def _fit_budget(self, epoch: int, pace: float) -> None:
        """Shorten (never lengthen past the request) the plan to the minutes left; the lr schedule reads self.epochs."""
        if not self.request.minutes or epoch >= self.epochs:
            return
        left = self.request.minutes * 60 - self._spent()
        fits = epoch + max(0, int(left / (pace * 1.1)))  # validation of every late epoch costs about a tenth more
        # A training that never validated has nothing to give back: it gets one more epoch, which is validated.
        planned = max(epoch if self.best_epoch else epoch + 1, min(self.request.epochs, fits))
        if planned == epoch:
            self.stop = True
        self.epochs = self.args.epochs = planned

    def _handle_nan_recovery(self, epoch: int) -> bool:
        """Go back to the last checkpoint when the loss is no number; the third time is a failure."""
        if self.loss is None or bool(torch.isfinite(self.loss)):
            return False
        state = load_checkpoint(self.checkpoints)
        self.recoveries += 1
        if state is None or self.recoveries > _MAX_RECOVERIES:
            raise RunFailed(f"Training diverged in epoch {epoch + 1}: the loss is no number.", code="diverged")
        self._restore(state)
        self.scheduler.last_epoch = epoch - 1
        return True
