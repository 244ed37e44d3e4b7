"""A trainer of detectors that move and grow fixed boxes: all but the network, its boxes, its loss and how they decode.

The forward pass gives {"cls_logits": (N, boxes, …), "bbox_regression": (N, boxes, 4)}, in training and eval mode alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

import torch
from torch import nn

from annotator.core.errors import NotFound
from compression.core.snapshot import Snapshot
from compression.core.trainer import PruningView, TrainRequest
from compression.core.training.box_pictures import BoxPictures, Target
from compression.core.training.loop import Work
from compression.core.training.network_trainer import Graph, NetworkTrainer, spread
from compression.core.training.record import input_shape
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
from prelabel.core.inference import box_guesses
from prelabel.core.metric import Truth
from prelabel.core.metrics import metric_for
from prelabel.core.postprocess import Candidates
from prelabel.core.predictor import Guess
from prelabel.core.preprocess import Mapping as Placement

SETTINGS: dict[str, Any] = {"scale": 0.4, "fliplr": 0.5}
_NMS_IOU = 0.5
_FLOOR = 0.01
Outputs = dict[str, torch.Tensor]


class AnchorNetwork(Protocol):
    """What a network shows beside its forward pass, for a pruner that cannot follow outputs cut into boxes."""

    def raw_maps(self, images: torch.Tensor) -> list[torch.Tensor]:
        """What the last convolutions give."""
        ...

    def last_layers(self) -> tuple[nn.Module, ...]:
        """Convolutions whose outputs are class scores and box offsets."""
        ...


@dataclass(frozen=True)
class Family:
    """What tells one family from another. ``boxes`` (width, height) → (boxes, 4) xyxy px of an input of that size."""

    archs: Mapping[str, Callable[[int], nn.Module]]  # → network for so many classes
    heads: tuple[str, ...]  # layers whose width follows from the classes
    preprocess: Preprocess
    boxes: Callable[[int, int], torch.Tensor]
    decoded: Callable[[nn.Module, int, int], nn.Module]  # gives (N, 4 + classes, boxes) as a YOLO head does
    loss: Callable[[Outputs, Sequence[Target], torch.Tensor], torch.Tensor]
    taught: Callable[[Outputs, Outputs, float], torch.Tensor]

    def build(self, arch: str, class_count: int) -> nn.Module:
        """A fresh network. Raises NotFound."""
        if arch not in self.archs:
            raise NotFound(f"There is no detector {arch!r} here; known: {', '.join(self.archs)}.", arch=arch)
        return self.archs[arch](class_count)


class AnchorTrainer(NetworkTrainer):
    """Trains and exports one family; NMS is left to the predictor, so that every box keeps its class vector."""

    task_type = "object_detection"
    family: Family

    def build(self, arch: str, class_count: int) -> nn.Module:
        """A fresh network. Raises NotFound."""
        return self.family.build(arch, class_count)

    def work(self, request: TrainRequest) -> Work:
        """Its network and pictures."""
        return AnchorWork(request, self.family)

    def graph(self, network: nn.Module, folder: Path) -> Graph:
        """Boxes and class scores out, in the layout of a YOLO head."""
        spec = spec_of(folder)
        decoded = self.family.decoded(network, spec.width, spec.height).eval()
        output = OutputSpec(decoder="yolo", nms_iou=_NMS_IOU)
        return Graph(decoded, spec, self.family.preprocess, "output0", "onnx_detector", output)

    @contextmanager
    def pruning(self, network: nn.Module, like: Path) -> Iterator[PruningView]:
        """The network before its outputs are cut into boxes: the tracer takes every cat for one of channels."""
        spec = spec_of(like)
        found = cast(AnchorNetwork, network.eval())
        network.forward = found.raw_maps  # type: ignore[method-assign,assignment]
        try:
            example = torch.zeros(1, 3, spec.height, spec.width)
            yield PruningView(network, example, found.last_layers(), outputs=_summed)
        finally:
            del network.forward
            network.eval()

    def losses(self, network: nn.Module, like: Path, snapshot: Snapshot, batches: int) -> Iterator[torch.Tensor]:
        """Training loss of ``batches`` batches of 8 train pictures, spread over the split."""
        spec = spec_of(like)
        pictures = BoxPictures(snapshot.items["train"], spec, self.family.preprocess)
        device = next(network.parameters()).device
        anchors = self.family.boxes(spec.width, spec.height).to(device)
        network.eval()
        for chosen in spread(len(pictures), batches, 8):
            images, targets, _ = pictures.plain(chosen)
            yield self.family.loss(network(images.to(device)), _on(device, targets), anchors)


class AnchorWork:
    """What such a detector brings to the training loop."""

    score = "map50"
    task_type = "object_detection"

    def __init__(self, request: TrainRequest, family: Family) -> None:
        torch.manual_seed(request.seed)
        snapshot, self.family = request.snapshot, family
        self.settings = SETTINGS | {k: v for k, v in request.options.items() if k in SETTINGS}
        described = {**(request.architecture or {"arch": request.arch}), "classes": snapshot.classes}
        self.network = build_described(family.build, described, family.heads)
        warm = load_matching(self.network, request.init) if request.init else (0, 0)
        self.settings["warm_tensors"] = list(warm)
        self.spec = InputSpec(*input_shape(snapshot, request.image_size))
        self.anchors = family.boxes(self.spec.width, self.spec.height)
        self.pictures = BoxPictures(snapshot.items["train"], self.spec, family.preprocess)
        self.val = BoxPictures(snapshot.items["val"], self.spec, family.preprocess)
        self.count, self.classes = len(self.pictures), len(snapshot.classes)
        self.given = request.teacher
        self.teacher = self._teacher(request)

    def batch(self, indices: Sequence[int], random: torch.Generator) -> Any:
        """Random views and what is left in them."""
        return self.pictures.augmented(indices, random, self.settings["scale"], self.settings["fliplr"])

    def loss(self, network: nn.Module, batch: Any, device: torch.device) -> torch.Tensor:
        """The family's loss, and what the teacher says of the same views."""
        images = batch[0].to(device, memory_format=torch.channels_last)
        found = network(images)
        hard = self.family.loss(found, _on(device, batch[1]), self.anchors.to(device))
        if self.teacher is None or self.given is None:
            return hard
        with torch.no_grad():
            theirs = self.teacher.to(device)(images)
        return self.given.hard * hard + self.given.soft * self.family.taught(found, theirs, self.given.temperature)

    def plain(self, indices: Sequence[int]) -> torch.Tensor:
        """Train pictures as the predictor sees them."""
        return self.pictures.plain(indices)[0]

    @torch.no_grad()
    def validate(self, network: nn.Module, device: torch.device) -> dict[str, float]:
        """mAP at IoU 0.5 and 0.5-0.95, and the loss, of val."""
        anchors, total = self.anchors.to(device), 0.0
        decoded = self.family.decoded(network, self.spec.width, self.spec.height).to(device).eval()
        guesses: list[list[Guess]] = []
        for start in range(0, len(self.val), 16):
            images, targets, mappings = self.val.plain(range(start, min(len(self.val), start + 16)))
            images = images.to(device, memory_format=torch.channels_last)
            total += float(self.family.loss(network(images), _on(device, targets), anchors)) * len(images)
            rows = decoded(images).float().cpu()
            guesses += [_guesses(row, mapping) for row, mapping in zip(rows, mappings, strict=True)]
        truths = [[Truth(bbox, index) for index, bbox in item.objects] for item in self.val.items]
        told = metric_for(self.task_type).load()(guesses, truths, self.classes)
        return {"map50": told["map50"], "map5095": told["map5095"], "val_loss": total / max(1, len(self.val))}

    def _teacher(self, request: TrainRequest) -> nn.Module | None:
        if request.teacher is None:
            return None
        folder = request.teacher.folder
        check_teacher(read_json(folder, ARCHITECTURE).get("classes", ()), request.snapshot.classes)
        return load_network(self.family.build, folder, self.family.heads)[0]


def _guesses(row: torch.Tensor, mapping: Placement) -> list[Guess]:
    """Guesses of one picture from (4 + classes, boxes)."""
    values = row.T[row[4:].amax(dim=0) >= _FLOOR]
    centres, half = values[:, :2], values[:, 2:4] / 2
    boxes = torch.cat([centres - half, centres + half], dim=1)
    return box_guesses(Candidates(boxes.numpy(), values[:, 4:].numpy()), mapping, _NMS_IOU)


def _on(device: torch.device, targets: Sequence[Target]) -> list[Target]:
    return [(boxes.to(device), classes.to(device)) for boxes, classes in targets]


def _summed(maps: Any) -> torch.Tensor:
    return torch.stack([one.sum() for one in maps]).sum()


def spec_of(folder: Path) -> InputSpec:
    """Input size of a trained folder."""
    width, height = read_json(folder, RECORD)["input_shape"]
    return InputSpec(width=int(width), height=int(height), channels="RGB", name="images")
