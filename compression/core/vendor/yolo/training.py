"""Ultralytics' detection trainer with our network, our checkpoints, a time budget and as many processes as devices.

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
from ultralytics.utils.torch_utils import ModelEMA, init_seeds, unwrap_model

from annotator.core.errors import RunFailed
from compression.core.snapshot import write_label
from compression.core.trainer import EpochReport, TrainRequest
from compression.core.training.checkpoint import load_checkpoint, save_checkpoint
from compression.core.training.pictures import shrink_split
from compression.core.training.processes import join_group
from compression.core.training.record import input_shape
from compression.core.vendor.yolo import network as networks
from compression.core.vendor.yolo.distillation import distilled, load_own_state, own_state, student_of
from compression.core.vendor.yolo.rounding import load_without_rounding, start_rounding
from compression.core.vendor.yolo.settings import for_record, overrides_for, precision_for, rate_at, schedule_of
from prelabel.core.machine import has_bf16

_MAX_RECOVERIES = 2


class Training(DetectionTrainer):
    """One training of one request; a second one over the same workdir goes on where the first was killed."""

    def __init__(self, request: TrainRequest, architecture: dict[str, Any], batch: int) -> None:
        self.request = request
        self.architecture = architecture
        self.checkpoints = request.workdir / "checkpoints"
        self.history: list[dict[str, Any]] = []
        self.resumed: list[int] = []  # epochs after which a later try went on
        self.spent_before = 0.0
        self.best_epoch: int | None = None  # 0: the weights that it started from
        self.best_by_class: dict[str, float] = {}  # its mAP50 of each class that val has
        self.improved = self.validated = False
        self.recoveries = 0
        self.warm = (0, 0)
        self.epoch_seconds: list[float] = []
        LOGGER.setLevel("ERROR")
        self.group = join_group(request.device)
        name = "ultralytics" if self.group.first else f"ultralytics-{self.group.rank}"
        overrides = overrides_for(request, batch, self.group.device, name)
        self.config = for_record(overrides, request)
        super().__init__(DEFAULT_CFG, overrides)
        self.world_size = 0 if self.group.alone and self.device.type == "cpu" else self.group.world
        self.callbacks: dict[str, list[Any]] = {event: [] for event in self.callbacks}
        self.callbacks["on_train_start"] = [lambda _: self._start()]
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
        for split, folder in folders.items() if self.group.first else ():
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
        """Build from the description, warm where an ``init`` folder is given, with a teacher where there is one."""
        torch.set_num_threads(self.request.threads)  # device selection reset it
        network = networks.build(self.architecture)
        if self.request.init is not None:
            self.warm = networks.load_matching(network, self.request.init)
        if self.request.quantization_aware:
            start_rounding(network, self.request.snapshot, input_shape(self.request.snapshot, self.args.imgsz))
        network.bf16 = self.bf16
        network.args = self.args
        teacher = self.request.teacher
        whole = network if teacher is None else distilled(network.to(self.device), teacher)
        self.model: Any = whole.to(memory_format=torch.channels_last)

    def _setup_ddp(self) -> None:
        """Nothing: the group was joined before, over gloo where there are no GPUs, which Ultralytics cannot."""

    def _setup_train(self) -> None:
        # Its own wrapping for several processes takes a GPU for granted: it is kept out, and done below.
        world, self.world_size = self.world_size, min(1, self.world_size)
        self._world_later = world
        super()._setup_train()

    def _build_train_pipeline(self) -> None:
        self.world_size = self._world_later
        if not self.group.alone and self.optimizer is None:
            self.model = self.group.wrap(self.model)
        super()._build_train_pipeline()
        if precision_for(self.request, self.device) is torch.float16:
            # Chosen here because Ultralytics' own check of it downloads a model.
            self.amp, self.scaler = True, torch.amp.GradScaler("cuda")

    def _setup_scheduler(self) -> None:
        """A schedule that follows the plan when a time budget shortens it."""
        name = schedule_of(self.request)
        self.lf = lambda epoch: rate_at(name, epoch / self.epochs, self.args.lrf)
        self.scheduler = torch.optim.lr_scheduler.LambdaLR(self.optimizer, lr_lambda=self.lf)

    def preprocess_batch(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Scale to 0..1 and lay the images out channels-last, as the network is."""
        batch = super().preprocess_batch(batch)
        batch["img"] = batch["img"].contiguous(memory_format=torch.channels_last)
        return batch

    @property
    def bf16(self) -> bool:
        """Whether the forward pass runs in bfloat16 on the CPU; not with int8 rounding, which it would round again."""
        return self.device.type == "cpu" and has_bf16() and not self.request.quantization_aware

    # --- checkpoints ----------------------------------------------------------------------------------------------

    def resume_training(self, ckpt: Any) -> None:
        """Take up the last checkpoint of the workdir, if there is one."""
        state = load_checkpoint(self.checkpoints)
        if state is None:
            return
        self._restore(state)
        self.start_epoch = int(state["epoch"])
        self.history = list(state["history"])
        self.resumed = [*state["resumed"], self.start_epoch]
        self.spent_before = float(state["seconds"])
        self.epochs = self.args.epochs = int(state["epochs"])
        init_seeds(self.args.seed + 1 + self.start_epoch + self.group.rank, deterministic=True)

    def ended_before(self) -> bool:
        """Whether an earlier try ended its last epoch: Ultralytics' loop would train one more before it looks."""
        state = load_checkpoint(self.checkpoints)
        if state is None or state["best_epoch"] is None:
            return False
        epoch, seconds = int(state["epoch"]), float(state["seconds"])
        spent = bool(self.request.minutes) and seconds + seconds / epoch > 60 * (self.request.minutes or 0)
        if epoch < int(state["epochs"]) and not spent:
            return False
        self.history, self.best_epoch = list(state["history"]), int(state["best_epoch"])
        self.resumed = list(state["resumed"])
        self.best_by_class = dict(state.get("best_by_class", {}))
        return True

    def _restore(self, state: dict[str, Any]) -> None:
        model = unwrap_model(self.model)
        load_own_state(model, state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.scaler.load_state_dict(state["scaler"])
        self.ema = ModelEMA(self.model)
        self.ema.ema.load_state_dict(state["ema"])
        self.ema.updates = int(state["updates"])
        self.best_fitness = state["best_fitness"]
        self.best_epoch = state["best_epoch"]
        self.best_by_class = dict(state.get("best_by_class", {}))
        self.stopper.best_fitness = float(state["best_fitness"] or 0.0)
        self.stopper.best_epoch = self.best_epoch or 0
        if getattr(student_of(model).model[-1], "one2one_cv2", None) is not None:
            model.criterion = model.init_criterion()
            model.criterion.updates = int(state["epoch"]) - 1
            model.criterion.update()

    def save_model(self) -> bool:
        """Our checkpoint instead of a pickle; the best weights so far beside it."""
        epoch = self.epoch + 1
        if self.validated and (self.improved or self.best_epoch is None):
            self._keep_best(epoch)
        self.history.append(self._row(epoch))
        self.checkpoint_sha256 = save_checkpoint(
            self.checkpoints,
            epoch,
            {
                "epoch": epoch,
                "epochs": self.epochs,
                "model": own_state(unwrap_model(self.model)),
                "ema": self.ema.ema.state_dict(),
                "updates": self.ema.updates,
                "optimizer": self.optimizer.state_dict(),
                "scaler": self.scaler.state_dict(),
                "best_fitness": None if self.best_fitness is None else float(self.best_fitness),
                "best_epoch": self.best_epoch,
                "best_by_class": self.best_by_class,
                "seconds": self._spent(),
                "history": self.history,
                "resumed": self.resumed,
            },
        )
        for old in self.checkpoints.glob("best-*.safetensors"):
            if old.name != _best_name(self.best_epoch):
                old.unlink(missing_ok=True)
        return True

    def _keep_best(self, epoch: int) -> None:
        self.best_epoch = epoch
        box = self.validator.metrics.box
        names = self.request.snapshot.classes
        self.best_by_class = {names[at]: float(ap) for at, ap in zip(box.ap_class_index, box.ap50, strict=True)}
        self.checkpoints.mkdir(parents=True, exist_ok=True)
        tensors = {k: v.contiguous().clone() for k, v in student_of(self.ema.ema).state_dict().items()}
        save_file(tensors, str(self.checkpoints / _best_name(epoch)))

    def _row(self, epoch: int) -> dict[str, Any]:
        row: dict[str, Any] = {"epoch": epoch, "seconds": round(self._spent(), 2)}
        row |= {key.removesuffix("_loss"): round(float(value), 5) for key, value in (self.tloss or {}).items()}
        if self.validated:
            row["map50"] = float(self.metrics.get("metrics/mAP50(B)", 0.0))
            row["map5095"] = float(self.metrics.get("metrics/mAP50-95(B)", 0.0))
        return row

    def best_network(self) -> networks.Yolo:
        """The network with the weights of the best epoch by val mAP50-95, without teacher or rounding."""
        network = networks.build(self.architecture)
        weights = self.checkpoints / _best_name(self.best_epoch)
        if self.request.quantization_aware:
            load_without_rounding(network, weights)
        else:
            network.load_state_dict(load_file(str(weights)))
        return network

    def final_eval(self) -> None:
        """Nothing: the caller evaluates the exported model, the one that will run."""

    # --- the loop's edges -----------------------------------------------------------------------------------------

    def _start(self) -> None:
        self.started = self.epoch_started = time.monotonic()
        torch.set_num_threads(self.request.threads)
        if self.request.keep_start and self.start_epoch == 0:
            self._judge_start()
            self.epoch_started = time.monotonic()

    def _judge_start(self) -> None:
        """Validate the weights that training starts from; they stay the best until an epoch beats them."""
        self.epoch, self.loss = -1, torch.zeros(1)  # read by the validator
        batch = self.preprocess_batch(next(iter(self.test_loader)))
        with torch.no_grad():
            self.loss_items = {k: torch.zeros_like(v) for k, v in self.ema.ema.loss(batch)[1].items()}
        self.metrics, fitness = self.validate()
        if not self.group.first:
            return
        self.stopper.best_fitness, self.stopper.best_epoch = float(fitness), 0
        self._keep_best(0)
        self.history.append(self._row(0))

    def _spent(self) -> float:
        return self.spent_before + time.monotonic() - self.started

    def _choose_validation(self) -> None:
        """Validate every epoch near the end; every fifth while it can hardly be the best.

        Several processes always do: the first alone knows of early stopping, and would validate without the others.
        """
        late = self.epoch + 1 >= 0.6 * self.epochs
        often = self.request.keep_start or self.epochs <= 12 or not self.group.alone
        self.args.val = often or late or (self.epoch + 1) % 5 == 0
        self.validated = False

    def validate(self) -> Any:
        """Ultralytics' validation of the averaged weights on the val split.

        While nothing is found yet, a later epoch is a better one: a deep cut takes some epochs to find anything again,
        and what they taught would be thrown away for the weights right after the cut.
        """
        self.validated = True
        before = self.best_fitness
        metrics, fitness = super().validate()
        self.improved = fitness is not None and (before is None or fitness > before or fitness == before == 0)
        self.ema.ema.criterion = None
        return metrics, fitness

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
        self.epochs = self.args.epochs = self.group.share(self.epochs)
        if not self.group.first:
            return
        row = self.history[-1]
        self.request.on_epoch(
            EpochReport(
                epoch=epoch,
                epochs=self.epochs,
                metrics={key: value for key, value in row.items() if key not in {"epoch", "seconds"}},
                best_epoch=self.best_epoch or 0,
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
        planned = max(epoch if self.best_epoch is not None else epoch + 1, min(self.request.epochs, fits))
        if planned == epoch:
            self.stop = True
        self.epochs = self.args.epochs = planned

    def _handle_nan_recovery(self, epoch: int) -> bool:
        """Go back to the last checkpoint when the loss is no number; the third time is a failure."""
        lost = torch.zeros(1) if self.loss is None else (~torch.isfinite(self.loss.detach())).float().reshape(1)
        if not self.group.total(lost.to(self.device)).item():
            return False
        state = load_checkpoint(self.checkpoints)
        self.recoveries += 1
        if state is None or self.recoveries > _MAX_RECOVERIES:
            raise RunFailed(f"Training diverged in epoch {epoch + 1}: the loss is no number.", code="diverged")
        self._restore(state)
        self.scheduler.last_epoch = epoch - 1
        return True


def _best_name(epoch: int | None) -> str:
    return f"best-{epoch or 0:04d}.safetensors"
