"""MobileNet classifiers through torchvision, with a small training loop of our own.

Sources: Howard et al. 2019 (MobileNetV3), Sandler et al. 2018 (V2), Loshchilov & Hutter 2017 (AdamW, cosine),
Szegedy et al. 2016 (label smoothing).
"""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torchvision import models

from annotator.core.errors import BadArtifact, NotFound, RunFailed
from compression.core.checkpoint import load_checkpoint, save_checkpoint
from compression.core.onnx_export import write_graph
from compression.core.pictures import ClassPictures
from compression.core.record import finish, is_finished
from compression.core.trainer import EpochReport, Trained, TrainRequest
from prelabel.core.artifact import InputSpec, Manifest, OutputSpec, Preprocess, describe_file, save_manifest

SETTINGS: dict[str, float] = {"lr": 0.001, "weight_decay": 0.02, "label_smoothing": 0.1, "fliplr": 0.5}
_ARCHS = {"mobilenet_v3_small": models.mobilenet_v3_small, "mobilenet_v2": models.mobilenet_v2}
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_SETTLING_IMAGES = 256
_MEMORY_WORDS = ("out of memory", "can't allocate memory", "not enough memory")


def preprocess() -> Preprocess:
    """What the predictor does to a picture; training and export share it."""
    return Preprocess(resize="center_crop", scale=1 / 255, mean=_MEAN, std=_STD, crop=0.875)


def build(arch: str, class_count: int) -> nn.Module:
    """A fresh network with ``class_count`` logits. Raises NotFound."""
    if arch not in _ARCHS:
        raise NotFound(f"There is no MobileNet {arch!r}; known: {', '.join(_ARCHS)}.", arch=arch)
    network: nn.Module = _ARCHS[arch](weights=None, num_classes=class_count)
    return network


class MobilenetTrainer:
    """Trains and exports MobileNetV3-small and V2."""

    slug = "mobilenet"
    task_type = "image_classification"

    def train(self, request: TrainRequest) -> Trained:
        """Train, or go on; out of memory halves the batch. Raises RunCancelled (callbacks), RunFailed."""
        folder = request.workdir / "trained"
        if is_finished(folder):
            return Trained(folder)
        batch = max(2, min(request.batch, len(request.snapshot.items["train"])))
        while True:
            try:
                loop = _Loop(request, batch)
                loop.run()
                break
            except (RuntimeError, MemoryError) as error:
                lacks_memory = isinstance(error, MemoryError) or any(w in str(error).lower() for w in _MEMORY_WORDS)
                if not lacks_memory or batch <= 2:
                    raise
                batch = max(2, batch // 2)
        folder.mkdir(parents=True, exist_ok=True)
        half = {k: v.half() if v.is_floating_point() else v for k, v in loop.best_weights().items()}
        save_file(half, str(folder / "weights.safetensors"))
        classes = list(request.snapshot.classes)
        described = {"schema": 1, "arch": request.arch, "family": "mobilenet", "classes": classes}
        (folder / "architecture.json").write_text(json.dumps(described, ensure_ascii=False), encoding="utf-8")
        settings = {"batch": batch, "warm_tensors": list(loop.warm)}
        finish(folder, request, settings=settings, history=loop.state.history, best_epoch=loop.state.best_epoch)
        return Trained(folder)

    def export(self, trained: Trained, out: Path) -> Path:
        """An fp32 ONNX artifact folder: logits out, softmax in the predictor."""
        network, described = load(trained.folder)
        size = int(json.loads((trained.folder / "training.json").read_text(encoding="utf-8"))["image_size"])
        out.mkdir(parents=True, exist_ok=True)
        write_graph(network, (1, 3, size, size), out / "model.onnx", "logits")
        manifest = Manifest(
            name=described["arch"],
            task_type=self.task_type,
            predictor="mobilenet",
            arch=described["arch"],
            classes=tuple(described["classes"]),
            input=InputSpec(width=size, height=size, channels="RGB", name="images"),
            preprocess=preprocess(),
            output=OutputSpec(decoder="softmax"),
            precision="fp32",
            files={"model.onnx": describe_file(out / "model.onnx")},
            licence="AGPL-3.0",
        )
        save_manifest(out, manifest)
        return out


def load(folder: Path) -> tuple[nn.Module, dict[str, Any]]:
    """The trained network, float32, eval mode, and its description. Raises BadArtifact."""
    try:
        described = json.loads((folder / "architecture.json").read_text(encoding="utf-8"))
        weights = load_file(str(folder / "weights.safetensors"))
        network = build(described["arch"], len(described["classes"]))
        network.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in weights.items()})
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise BadArtifact(f"The trained folder cannot be read: {error}.", field="weights.safetensors") from error
    return network.eval(), described


def load_matching(network: nn.Module, folder: Path) -> tuple[int, int]:
    """Copy tensors of ``folder/weights.safetensors`` whose name and shape match; returns (copied, all)."""
    source, target = load_file(str(folder / "weights.safetensors")), network.state_dict()
    taken = {k: v.to(target[k].dtype) for k, v in source.items() if k in target and target[k].shape == v.shape}
    network.load_state_dict(taken, strict=False)
    return len(taken), len(target)


@dataclass
class _State:
    """What a checkpoint carries besides tensors."""

    epoch: int = 0
    epochs: int = 0
    seconds: float = 0.0
    best_epoch: int = 0
    best: tuple[float, float] = (-1.0, 0.0)  # accuracy, minus loss
    history: list[dict[str, Any]] = field(default_factory=list)


class _Loop:
    """One training; everything it needs to go on is in the checkpoint after each epoch."""

    def __init__(self, request: TrainRequest, batch: int) -> None:
        torch.set_num_threads(request.threads)
        torch.manual_seed(request.seed)
        self.request, self.batch = request, batch
        self.settings = {**SETTINGS, **{k: v for k, v in request.options.items() if k in SETTINGS}}
        self.checkpoints = request.workdir / "checkpoints"
        snapshot = request.snapshot
        network = build(request.arch, len(snapshot.classes))
        self.warm = load_matching(network, request.init) if request.init else (0, 0)
        self.device = torch.device(request.device)
        self.network = network.to(self.device).to(memory_format=torch.channels_last)
        self.train_set = ClassPictures(snapshot.items["train"], request.image_size, preprocess())
        self.val_set = ClassPictures(snapshot.items["val"], request.image_size, preprocess())
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(), lr=self.settings["lr"], weight_decay=self.settings["weight_decay"]
        )
        self.loss = nn.CrossEntropyLoss(label_smoothing=self.settings["label_smoothing"])
        self.state = _State(epochs=request.epochs)
        self._resume()

    def _resume(self) -> None:
        saved = load_checkpoint(self.checkpoints)
        if saved is None:
            return
        self.network.load_state_dict(saved["model"])
        self.optimizer.load_state_dict(saved["optimizer"])
        plain = saved["state"]
        self.state = _State(**{**plain, "best": tuple(plain["best"])})

    def run(self) -> None:
        """All epochs that are left."""
        started, before = time.monotonic(), self.state.seconds
        while self.state.epoch < self.state.epochs:
            epoch = self.state.epoch + 1
            train_loss = self._train_epoch(epoch)
            self._settle_statistics()
            accuracy, val_loss = self._validate()
            if not math.isfinite(train_loss):
                raise RunFailed(f"Training diverged in epoch {epoch}: the loss is no number.", code="diverged")
            self.state.epoch, self.state.seconds = epoch, before + time.monotonic() - started
            self._fit_budget()
            self._finish_epoch(train_loss, accuracy, val_loss)

    def _train_epoch(self, epoch: int) -> float:
        self.network.train()
        shuffle = torch.Generator().manual_seed(self.request.seed * 100_003 + epoch)
        order = torch.randperm(len(self.train_set), generator=shuffle).tolist()
        # A last batch of one picture gives BatchNorm a single value per channel.
        batches = [order[i : i + self.batch] for i in range(0, len(order), self.batch)]
        if len(batches) > 1 and len(batches[-1]) == 1:
            batches[-2] += batches.pop()
        total = 0.0
        for number, batch in enumerate(batches):
            self._set_rate((epoch - 1 + number / len(batches)) / self.state.epochs)
            images, labels = self.train_set.augmented(batch, shuffle, self.settings["fliplr"])
            # bfloat16 gains nothing here: depthwise layers took 0.30 s a batch in it, 0.21 s in float32.
            logits = self.network(images.to(self.device, memory_format=torch.channels_last))
            loss = self.loss(logits, labels.to(self.device))
            self.optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
            self.optimizer.step()
            total += float(loss.detach()) * len(batch)
            self.request.on_tick((epoch - 1 + (number + 1) / len(batches)) / self.state.epochs)
        return total / max(1, len(order))

    def _set_rate(self, done: float) -> None:
        """Linear warm-up over the first twentieth, then a cosine to nothing."""
        rate = self.settings["lr"] * (min(1.0, done / 0.05) if done < 0.05 else 0.5 * (1 + math.cos(math.pi * done)))
        for group in self.optimizer.param_groups:
            group["lr"] = max(rate, 1e-6)

    @torch.no_grad()
    def _settle_statistics(self) -> None:
        """Take BatchNorm's averages anew from training pictures.

        Running averages lag behind quickly moving weights, and 34 layers multiply the error: on small sets the network
        guessed at random in eval mode while its training loss was perfect. Source: Wu & Johnson 2021, "precise BN".
        """
        layers = [layer for layer in self.network.modules() if isinstance(layer, nn.BatchNorm2d)]
        self.network.eval()
        for layer in layers:
            layer.reset_running_stats()
            layer.momentum = None  # a plain mean over what follows
            layer.train()
        count = min(len(self.train_set), _SETTLING_IMAGES)
        chosen = [index * len(self.train_set) // count for index in range(count)]
        batches = -(-count // 32)
        for number in range(batches):  # every batch reaches over all classes, whatever the order of the items
            images, _ = self.train_set.plain(chosen[number::batches])
            self.network(images.to(self.device, memory_format=torch.channels_last))

    @torch.no_grad()
    def _validate(self) -> tuple[float, float]:
        self.network.eval()
        right, loss, count = 0, 0.0, len(self.val_set)
        for start in range(0, count, 32):
            images, labels = self.val_set.plain(range(start, min(count, start + 32)))
            logits = self.network(images.to(self.device, memory_format=torch.channels_last)).cpu()
            right += int((logits.argmax(1) == labels).sum())
            loss += float(nn.functional.cross_entropy(logits, labels, reduction="sum"))
        return right / max(1, count), loss / max(1, count)

    def _fit_budget(self) -> None:
        """Plan as many epochs as the minutes left hold; the cosine follows the plan."""
        if not self.request.minutes:
            return
        pace = self.state.seconds / self.state.epoch
        fits = int(max(0.0, self.request.minutes * 60 - self.state.seconds) / (pace * 1.05))
        self.state.epochs = max(self.state.epoch, min(self.request.epochs, self.state.epoch + fits))

    def _finish_epoch(self, train_loss: float, accuracy: float, val_loss: float) -> None:
        state = self.state
        if (accuracy, -val_loss) >= state.best or not state.best_epoch:
            state.best, state.best_epoch = (accuracy, -val_loss), state.epoch
            self.checkpoints.mkdir(parents=True, exist_ok=True)
            tensors = {k: v.contiguous().clone() for k, v in self.network.state_dict().items()}
            save_file(tensors, str(self.checkpoints / f"best-{state.epoch:04d}.safetensors"))
        metrics = {"loss": round(train_loss, 5), "accuracy": round(accuracy, 5), "val_loss": round(val_loss, 5)}
        state.history.append({"epoch": state.epoch, "seconds": round(state.seconds, 2), **metrics})
        digest = save_checkpoint(
            self.checkpoints,
            state.epoch,
            {
                "model": self.network.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "state": {**vars(state), "best": list(state.best)},
            },
        )
        for old in self.checkpoints.glob("best-*.safetensors"):
            if old.name != f"best-{state.best_epoch:04d}.safetensors":
                old.unlink(missing_ok=True)
        left = (state.epochs - state.epoch) * state.seconds / state.epoch
        report = EpochReport(state.epoch, state.epochs, metrics, state.best_epoch, state.seconds, left, digest)
        self.request.on_epoch(report)

    def best_weights(self) -> dict[str, torch.Tensor]:
        """State of the epoch with the best val accuracy."""
        best: dict[str, torch.Tensor] = load_file(
            str(self.checkpoints / f"best-{self.state.best_epoch:04d}.safetensors")
        )
        return best
