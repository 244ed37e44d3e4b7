"""Whole-image classifiers: MobileNets, ShuffleNets and EfficientNet-Lite to run, ResNets to learn from.

Through torchvision, EfficientNet-Lite through timm. Sources: Howard et al. 2019 (MobileNetV3), Sandler et al. 2018 (V2
and its width multiplier), Ma et al. 2018 (ShuffleNetV2), Tan and Le 2019 (EfficientNet; Lite: Liu 2020), He et al. 2016
(ResNet), Szegedy et al. 2016 (label smoothing), Hinton et al. 2015 (distillation).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn import functional
from torchvision import models

from annotator.core.errors import NotFound
from compression.core.snapshot import Snapshot
from compression.core.trainer import PruningView, TrainRequest
from compression.core.training.loop import Work
from compression.core.training.network_trainer import Graph, NetworkTrainer, spread
from compression.core.training.pictures import ClassPictures
from compression.core.training.shufflenet import unshuffled
from compression.core.training.soft_targets import soft_loss
from compression.core.training.trained_folder import (
    ARCHITECTURE,
    RECORD,
    build_described,
    check_teacher,
    load_matching,
    load_network,
    read_json,
)
from prelabel.core.artifact import InputSpec, OutputSpec, Preprocess

SETTINGS: dict[str, Any] = {"label_smoothing": 0.1, "fliplr": 0.5}
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_TIMM = ("tf_efficientnet_lite0",)
# The last layer of each family: its outputs are the classes.
_HEADS = ("classifier.1", "classifier.3", "fc", "classifier")


def _timm(arch: str, *, weights: None, num_classes: int) -> nn.Module:
    import timm  # ten seconds on a slow disk: only who asks for its networks waits

    network: nn.Module = timm.create_model(arch, pretrained=weights is not None, num_classes=num_classes)
    return network


_ARCHS: dict[str, Callable[..., nn.Module]] = {
    "mobilenet_v3_small": models.mobilenet_v3_small,
    "mobilenet_v3_large": models.mobilenet_v3_large,
    "mobilenet_v2": models.mobilenet_v2,
    "mobilenet_v2_075": partial(models.mobilenet_v2, width_mult=0.75),
    "mobilenet_v2_050": partial(models.mobilenet_v2, width_mult=0.5),
    "mobilenet_v2_035": partial(models.mobilenet_v2, width_mult=0.35),
    "resnet18": models.resnet18,
    "resnet50": models.resnet50,
    "shufflenet_v2_x0_5": models.shufflenet_v2_x0_5,
    "shufflenet_v2_x1_0": models.shufflenet_v2_x1_0,
    **{arch: partial(_timm, arch) for arch in _TIMM},
}


def preprocess(arch: str = "") -> Preprocess:
    """What the predictor does to a picture, as weights of ``arch`` expect it; training and export share it."""
    plain = Preprocess(resize="center_crop", scale=1 / 255, mean=_MEAN, std=_STD, crop=0.875)
    return replace(plain, mean=(0.5,) * 3, std=(0.5,) * 3) if arch in _TIMM else plain


def build(arch: str, class_count: int) -> nn.Module:
    """A fresh network with ``class_count`` logits. Raises NotFound."""
    if arch not in _ARCHS:
        raise NotFound(f"There is no classifier {arch!r}; known: {', '.join(_ARCHS)}.", arch=arch)
    return _ARCHS[arch](weights=None, num_classes=class_count)


def head_of(network: nn.Module) -> nn.Module:
    """The layer whose outputs are the classes."""
    linear = [layer for layer in network.modules() if isinstance(layer, nn.Linear)]
    return linear[-1]


class ClassifierTrainer(NetworkTrainer):
    """Trains and exports classifiers."""

    slug = "classifier"
    task_type = "image_classification"
    heads = _HEADS

    def build(self, arch: str, class_count: int) -> nn.Module:
        """A fresh network with ``class_count`` logits. Raises NotFound."""
        return build(arch, class_count)

    def work(self, request: TrainRequest) -> Work:
        """Its network and pictures."""
        return ClassifierWork(request)

    def graph(self, network: nn.Module, folder: Path) -> Graph:
        """Logits out; softmax is the predictor's."""
        size = _size_of(folder)
        spec = InputSpec(width=size, height=size, channels="RGB", name="images")
        return Graph(network, spec, _seen_by(folder), "logits", "mobilenet", OutputSpec(decoder="softmax"))

    @contextmanager
    def pruning(self, network: nn.Module, like: Path) -> Iterator[PruningView]:
        """The network itself, all but its last layer free to shrink; what is shuffled keeps its width too."""
        size = _size_of(like)
        try:
            with unshuffled(network) as fixed:
                yield PruningView(network, torch.zeros(1, 3, size, size), (head_of(network), *fixed))
        finally:
            network.eval()

    def losses(self, network: nn.Module, like: Path, snapshot: Snapshot, batches: int) -> Iterator[torch.Tensor]:
        """Cross-entropy of ``batches`` batches of 16 train pictures, spread over the split."""
        pictures = ClassPictures(snapshot.items["train"], _size_of(like), _seen_by(like))
        device = next(network.parameters()).device
        network.eval()
        for chosen in spread(len(pictures), batches, 16):
            images, labels = pictures.plain(chosen)
            yield functional.cross_entropy(network(images.to(device)), labels.to(device))


class ClassifierWork:
    """What classification brings to the training loop."""

    score = "accuracy"

    def __init__(self, request: TrainRequest) -> None:
        torch.manual_seed(request.seed)
        snapshot = request.snapshot
        self.settings = SETTINGS | {k: v for k, v in request.options.items() if k in SETTINGS}
        described = {**(request.architecture or {"arch": request.arch}), "classes": snapshot.classes}
        self.network = build_described(build, described, _HEADS)
        warm = load_matching(self.network, request.init) if request.init else (0, 0)
        self.settings["warm_tensors"] = list(warm)
        seen = preprocess(str(described["arch"]))
        self.pictures = ClassPictures(snapshot.items["train"], request.image_size, seen)
        self.val = ClassPictures(snapshot.items["val"], request.image_size, seen)
        self.count = len(self.pictures)
        self.teacher = _Teacher(request, seen) if request.teacher else None
        self.hard = nn.CrossEntropyLoss(label_smoothing=self.settings["label_smoothing"])

    def batch(self, indices: Sequence[int], random: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
        """Random crops and their labels."""
        return self.pictures.augmented(indices, random, self.settings["fliplr"])

    def loss(self, network: nn.Module, batch: Any, device: torch.device) -> torch.Tensor:
        """Cross-entropy, and what the teacher says of the same crops."""
        images = batch[0].to(device, memory_format=torch.channels_last)
        logits = network(images)
        hard: torch.Tensor = self.hard(logits, batch[1].to(device))
        return self.teacher.mixed(hard, logits, images) if self.teacher else hard

    def plain(self, indices: Sequence[int]) -> torch.Tensor:
        """Train pictures as the predictor sees them."""
        return self.pictures.plain(indices)[0]

    @torch.no_grad()
    def validate(self, network: nn.Module, device: torch.device) -> dict[str, float]:
        """Accuracy and cross-entropy of val."""
        right, loss, count = 0, 0.0, len(self.val)
        for start in range(0, count, 32):
            images, labels = self.val.plain(range(start, min(count, start + 32)))
            logits = network(images.to(device, memory_format=torch.channels_last)).float().cpu()
            right += int((logits.argmax(1) == labels).sum())
            loss += float(functional.cross_entropy(logits, labels, reduction="sum"))
        return {"accuracy": right / max(1, count), "val_loss": loss / max(1, count)}


class _Teacher:
    """A frozen larger classifier. It sees the pictures at the size, and in the scale, it was trained with."""

    def __init__(self, request: TrainRequest, student: Preprocess) -> None:
        assert request.teacher is not None
        self.given = request.teacher
        check_teacher(read_json(self.given.folder, ARCHITECTURE).get("classes", ()), request.snapshot.classes)
        self.network, _ = load_network(build, self.given.folder, _HEADS)
        self.size = _size_of(self.given.folder)
        own = _seen_by(self.given.folder)
        ours, theirs = ([torch.tensor(part).view(3, 1, 1) for part in (one.mean, one.std)] for one in (student, own))
        self.factor, self.shift = ours[1] / theirs[1], (ours[0] - theirs[0]) / theirs[1]

    def mixed(self, hard: torch.Tensor, logits: torch.Tensor, images: torch.Tensor) -> torch.Tensor:
        """hard * cross-entropy + soft * T² KL."""
        self.network.to(images.device)
        with torch.no_grad():
            if images.shape[-1] != self.size:
                images = functional.interpolate(images, size=(self.size, self.size), mode="bilinear")
            theirs = self.network(images * self.factor.to(images.device) + self.shift.to(images.device))
        return self.given.hard * hard + self.given.soft * soft_loss(logits, theirs, self.given.temperature)


def _seen_by(folder: Path) -> Preprocess:
    return preprocess(str(read_json(folder, ARCHITECTURE).get("arch", "")))


def _size_of(folder: Path) -> int:
    return int(read_json(folder, RECORD)["image_size"])
