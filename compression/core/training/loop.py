"""The training loop that all torchvision networks share; what differs between them is a ``Work``.

After each epoch everything that is needed to go on is on disk. Sources: Loshchilov & Hutter 2017 (AdamW, cosine), Wu &
Johnson 2021 (precise BN), Micikevicius et al. 2018 (mixed precision).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from annotator.core.errors import RunFailed, Unprocessable
from compression.core.trainer import EpochReport, TrainRequest
from compression.core.training.checkpoint import load_checkpoint, save_checkpoint
from compression.core.training.memory import kept_memory
from compression.core.training.processes import join_group

LOOP_SETTINGS: dict[str, Any] = {
    "lr": 0.001,
    "weight_decay": 0.02,
    "schedule": "cosine",  # or "step": times 0.1 at 60 % and at 85 % of the training
    "warmup": 0.05,  # share of the training in which the rate rises from nothing
    "clip": 5.0,  # longest gradient
    "patience": 0,  # epochs without a better one after which training ends; 0: never
    "amp": True,  # mixed precision where there is a GPU
}
_STEPS = (0.6, 0.85)
_SETTLING_IMAGES = 256
_MIN_BATCH = 2  # BatchNorm cannot learn from a single value per channel
_MAX_RECOVERIES = 2
_MEMORY_WORDS = ("out of memory", "can't allocate memory", "not enough memory")


class Work(Protocol):
    """One kind of network with its pictures. ``network`` is trained in place."""

    network: nn.Module
    count: int  # pictures in the train split
    score: str  # name of the metric by which the best epoch is chosen; higher is better
    settings: dict[str, Any]  # its own, for the record

    def batch(self, indices: Sequence[int], random: torch.Generator) -> Any:
        """Augmented inputs and targets, on the CPU; called ahead, in a thread of its own."""
        ...

    def loss(self, network: nn.Module, batch: Any, device: torch.device) -> torch.Tensor:
        """Mean loss of the batch; ``network`` is in training mode, and may be wrapped."""
        ...

    def plain(self, indices: Sequence[int]) -> torch.Tensor:
        """Inputs (N, 3, H, W) of train pictures as the predictor sees them."""
        ...

    def validate(self, network: nn.Module, device: torch.device) -> dict[str, float]:
        """Metrics of the val split, ``score`` and "val_loss" among them; ``network`` is in eval mode."""
        ...


@dataclass
class State:
    """What a checkpoint carries besides tensors."""

    epoch: int = 0
    epochs: int = 0
    seconds: float = 0.0
    best_epoch: int = 0
    best: tuple[float, float] = (-math.inf, -math.inf)  # score, minus loss
    history: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Outcome:
    """The best weights in the network, on the CPU, and how they came about."""

    network: nn.Module
    state: State
    settings: Mapping[str, Any]


def lacks_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out, on whatever device."""
    return isinstance(error, MemoryError) or any(word in str(error).lower() for word in _MEMORY_WORDS)


def out_of_memory(batch: int, image_size: int) -> RunFailed:
    """What is said where the smallest batch is still too large."""
    return RunFailed(
        f"Training ran out of memory even with {batch} pictures at a time, of {image_size} px. Train with smaller "
        "pictures or a smaller network, or on a machine with more memory.",
        code="out_of_memory",
        batch=batch,
        image_size=image_size,
    )


def run_training(request: TrainRequest, make: Callable[[], Work]) -> Outcome:
    """Train, or go on from the last checkpoint; out of memory halves the batch and goes on.

    Raises RunCancelled (from callbacks) and RunFailed with code diverged or out_of_memory.
    """
    batch = max(_MIN_BATCH, request.batch)
    while True:
        try:
            work = make()
            batch = min(batch, max(_MIN_BATCH, work.count))  # else the first halvings would change nothing
            loop = Loop(request, work, batch)
            loop.run()
            return loop.outcome()
        except (RuntimeError, MemoryError) as error:
            alone = join_group(request.device).alone  # of several processes the others would wait for this one for ever
            if not lacks_memory(error) or not alone:
                raise
            if batch <= _MIN_BATCH:
                raise out_of_memory(batch, request.image_size) from error
            batch = max(_MIN_BATCH, batch // 2)


class Loop:
    """One training of one network."""

    def __init__(self, request: TrainRequest, work: Work, batch: int) -> None:
        torch.set_num_threads(request.threads)
        torch.manual_seed(request.seed)
        torch.backends.cudnn.deterministic = True
        self.request, self.work = request, work
        self.settings = LOOP_SETTINGS | {k: v for k, v in request.options.items() if k in LOOP_SETTINGS}
        self.group = join_group(request.device)
        self.device = self.group.device
        self.batch = max(_MIN_BATCH * self.group.world, min(batch, work.count))
        self.checkpoints = request.workdir / "checkpoints"
        self.recoveries = 0
        self.network = work.network.to(self.device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        if request.quantization_aware:
            _start_rounding(request, self.network)
        self.wrapped = self.group.wrap(self.network)
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(), lr=self.settings["lr"], weight_decay=self.settings["weight_decay"]
        )
        self.precision = self._mixed_precision()
        # float16 underflows without scaled losses; bfloat16 and float32 pass through.
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=self.precision is torch.float16)
        self.state = State(epochs=request.epochs)
        self._begin()

    def _mixed_precision(self) -> torch.dtype | None:
        if self.device.type != "cuda" or not self.settings["amp"]:
            # On the CPU bfloat16 gains nothing: depthwise layers took 0.30 s a batch in it, 0.21 s in float32.
            return None
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16

    def _begin(self) -> None:
        saved = load_checkpoint(self.checkpoints)
        if saved is not None:
            self._restore(saved)
            return
        if self.group.first:
            if self.request.keep_start:
                self.network.eval()
                self._keep_if_best(self.work.validate(self.network, self.device))
            self._save()  # so that a first epoch that diverges has something to go back to
        self.state = self.group.share(self.state)

    def _restore(self, saved: Mapping[str, Any]) -> None:
        self.network.load_state_dict(saved["model"])
        self.optimizer.load_state_dict(saved["optimizer"])
        if saved.get("scaler"):
            self.scaler.load_state_dict(saved["scaler"])
        self.state = State(**{**saved["state"], "best": tuple(saved["state"]["best"])})

    def run(self) -> None:
        """All epochs that are left."""
        started, before = time.monotonic(), self.state.seconds
        with ThreadPoolExecutor(1) as ahead, kept_memory():
            while self.state.epoch < self.state.epochs:
                train_loss = self._train_epoch(self.state.epoch + 1, ahead)
                if not math.isfinite(train_loss):
                    self._go_back()
                    continue
                self._settle_statistics()
                if self.group.first:
                    self.network.eval()
                    metrics = {"loss": train_loss, **self.work.validate(self.network, self.device)}
                    self._finish_epoch(metrics, before + time.monotonic() - started)
                self.state = self.group.share(self.state)

    def _train_epoch(self, epoch: int, ahead: ThreadPoolExecutor) -> float:
        """Mean loss of the epoch over all processes; no number when training diverged."""
        self.wrapped.train()
        # Seeds of their own for each epoch: a resumed training draws what an uninterrupted one would have drawn.
        seed = self.request.seed * 100_003 + epoch + 7919 * self.recoveries
        torch.manual_seed(seed + self.group.rank)
        batches = list(self._batches(seed))
        random = torch.Generator().manual_seed(seed + 1_000_003 * (1 + self.group.rank))
        total = torch.zeros(2, device=self.device)
        waiting = ahead.submit(self.work.batch, batches[0], random)
        for number, indices in enumerate(batches):
            batch = waiting.result()
            if number + 1 < len(batches):
                waiting = ahead.submit(self.work.batch, batches[number + 1], random)
            self._set_rate((epoch - 1 + number / len(batches)) / self.state.epochs)
            loss = self._update(batch)
            total += torch.stack([loss * len(indices), torch.full_like(loss, len(indices))])
            self.request.on_tick((epoch - 1 + (number + 1) / len(batches)) / self.state.epochs)
        summed, count = self.group.total(total).tolist()
        return float(summed / max(1.0, count))

    def _batches(self, seed: int) -> Iterator[list[int]]:
        """This process's share of every batch of the epoch; all processes get equally many."""
        order = torch.randperm(self.work.count, generator=torch.Generator().manual_seed(seed)).tolist()
        starts = list(range(0, len(order), self.batch))
        if len(starts) > 1 and len(order) - starts[-1] < _MIN_BATCH * self.group.world:
            starts.pop()  # what is left over is too little for a batch and joins the last one
        for start, end in zip(starts, [*starts[1:], len(order)], strict=True):
            yield order[start:end][self.group.rank :: self.group.world]

    def _update(self, batch: Any) -> torch.Tensor:
        with torch.autocast(self.device.type, self.precision, enabled=self.precision is not None):
            loss = self.work.loss(self.wrapped, batch, self.device)
        self.optimizer.zero_grad()
        self.scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
        self.scaler.unscale_(self.optimizer)
        nn.utils.clip_grad_norm_(self.network.parameters(), self.settings["clip"])
        self.scaler.step(self.optimizer)
        self.scaler.update()
        return loss.detach().float()

    def _set_rate(self, done: float) -> None:
        rate = self.settings["lr"] * scheduled(self.settings["schedule"], done, self.settings["warmup"])
        for group in self.optimizer.param_groups:
            group["lr"] = max(rate * 0.5**self.recoveries, 1e-6)

    def _go_back(self) -> None:
        """Take up the last checkpoint with half the rate and another order; the third time is a failure."""
        saved = load_checkpoint(self.checkpoints)
        self.recoveries += 1
        if saved is None or self.recoveries > _MAX_RECOVERIES:
            epoch = self.state.epoch + 1
            raise RunFailed(f"Training diverged in epoch {epoch}: the loss is no number.", code="diverged")
        self._restore(saved)

    @torch.no_grad()
    def _settle_statistics(self) -> None:
        """Take BatchNorm's averages anew from training pictures.

        Running averages lag behind quickly moving weights, and 34 layers multiply the error: on small sets the network
        guessed at random in eval mode while its training loss was perfect.
        """
        layers = [layer for layer in self.network.modules() if isinstance(layer, _BatchNorm)]
        momenta = [layer.momentum for layer in layers]
        self.network.eval()
        for layer in layers:
            layer.reset_running_stats()
            layer.momentum = None  # a plain mean over what follows
            layer.train()
        count = min(self.work.count, _SETTLING_IMAGES)
        chosen = [index * self.work.count // count for index in range(count)]
        batches = max(1, count // 32)
        for number in range(batches):  # every batch reaches over all classes, whatever the order of the items
            images = self.work.plain(chosen[number::batches])
            self.network(images.to(self.device, memory_format=torch.channels_last))
        for layer, momentum in zip(layers, momenta, strict=True):
            layer.momentum = momentum

    def _finish_epoch(self, metrics: Mapping[str, float], seconds: float) -> None:
        state = self.state
        state.epoch, state.seconds = state.epoch + 1, seconds
        rounded = {name: round(value, 5) for name, value in metrics.items()}
        self._keep_if_best(metrics)
        state.history.append({"epoch": state.epoch, "seconds": round(state.seconds, 2), **rounded})
        self._fit_budget()
        patience = int(self.settings["patience"])
        if patience and state.epoch - state.best_epoch >= patience:
            state.epochs = state.epoch
        digest = self._save()
        for old in self.checkpoints.glob("best-*.safetensors"):
            if old.name != _best_name(state.best_epoch):
                old.unlink(missing_ok=True)
        left = (state.epochs - state.epoch) * state.seconds / state.epoch
        report = EpochReport(state.epoch, state.epochs, rounded, state.best_epoch, state.seconds, left, digest)
        self.request.on_epoch(report)

    def _keep_if_best(self, metrics: Mapping[str, float]) -> None:
        found = (float(metrics[self.work.score]), -float(metrics["val_loss"]))
        if not found >= self.state.best and self.state.best[0] != -math.inf:  # a loss that is no number never wins
            return
        self.state.best, self.state.best_epoch = found, self.state.epoch
        self.checkpoints.mkdir(parents=True, exist_ok=True)
        tensors = {k: v.detach().cpu().contiguous().clone() for k, v in self.network.state_dict().items()}
        save_file(tensors, str(self.checkpoints / _best_name(self.state.epoch)))

    def _fit_budget(self) -> None:
        """Plan as many epochs as the minutes left hold; the schedule follows the plan."""
        if not self.request.minutes:
            return
        pace = self.state.seconds / self.state.epoch
        fits = int(max(0.0, self.request.minutes * 60 - self.state.seconds) / (pace * 1.05))
        self.state.epochs = max(self.state.epoch, min(self.request.epochs, self.state.epoch + fits))

    def _save(self) -> str:
        return save_checkpoint(
            self.checkpoints,
            self.state.epoch,
            {
                "model": self.network.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "scaler": self.scaler.state_dict(),
                "state": {**vars(self.state), "best": list(self.state.best)},
            },
        )

    def outcome(self) -> Outcome:
        """The network with the weights of its best epoch, as it was built, in eval mode."""
        best = load_file(str(self.checkpoints / _best_name(self.state.best_epoch)))
        self.network.load_state_dict(best)
        if self.request.quantization_aware:
            from compression.core.training.fake_quant import remove

            remove(self.network)
        network = self.network.cpu().to(memory_format=torch.contiguous_format).eval()  # type: ignore[call-overload]
        settings = {**self.settings, **self.work.settings, "batch": self.batch, "recoveries": self.recoveries}
        return Outcome(network, self.state, settings)


def scheduled(schedule: str, done: float, warmup: float) -> float:
    """Share 0..1 of the learning rate after the share ``done`` of a training: a linear rise, then cosine or steps."""
    if done < warmup:
        return done / warmup
    if schedule == "step":
        return 0.1 ** sum(done >= at for at in _STEPS)
    return 0.5 * (1 + math.cos(math.pi * done))


def _best_name(epoch: int) -> str:
    return f"best-{epoch:04d}.safetensors"


def _start_rounding(request: TrainRequest, network: nn.Module) -> None:
    if request.init is None:
        raise Unprocessable(
            "Quantization-aware training refines a trained model; give one to start from.", field="quantization_aware"
        )
    from compression.core.training.fake_quant import install

    install(network)
