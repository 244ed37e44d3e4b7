"""SSDLite detectors over MobileNetV3, torchvision's.

Sources: Liu et al. 2016 (SSD), Sandler et al. 2018 (SSDLite), Howard et al. 2019 (MobileNetV3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, cast

import torch
from torch import nn

from annotator.core.errors import NotFound
from compression.core.snapshot import Snapshot
from compression.core.trainer import PruningView, TrainRequest
from compression.core.training.box_pictures import BoxPictures
from compression.core.training.loop import Work
from compression.core.training.network_trainer import Graph, NetworkTrainer, spread
from compression.core.training.record import input_shape
from compression.core.training.ssd import Decoded, SsdLite, default_boxes, ssd_loss, taught_loss
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
from prelabel.core.preprocess import Mapping

SETTINGS: dict[str, Any] = {"scale": 0.4, "fliplr": 0.5}
_NMS_IOU = 0.5
_FLOOR = 0.01
_HEADS = tuple(
    f"head.{branch}_head.module_list.{level}.1" for branch in ("classification", "regression") for level in range(6)
)
_ARCHS: dict[str, Callable[[int], SsdLite]] = {
    "ssdlite320_mobilenet_v3_large": SsdLite,
    "ssdlite320_mobilenet_v3_large_075": partial(SsdLite, width=0.75),
    "ssdlite320_mobilenet_v3_large_050": partial(SsdLite, width=0.5),
}


def preprocess() -> Preprocess:
    """What the predictor does to a picture: pixels to -1..1; training and export share it."""
    return Preprocess(resize="letterbox", scale=1 / 255, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))


def build(arch: str, class_count: int) -> SsdLite:
    """A fresh network for ``class_count`` classes and the background. Raises NotFound."""
    if arch not in _ARCHS:
        raise NotFound(f"There is no SSDLite {arch!r}; known: {', '.join(_ARCHS)}.", arch=arch)
    return _ARCHS[arch](class_count)


class SsdliteTrainer(NetworkTrainer):
    """Trains and exports SSDLite; NMS is left to the predictor."""

    slug = "ssdlite"
    task_type = "object_detection"
    heads = _HEADS

    def build(self, arch: str, class_count: int) -> nn.Module:
        """A fresh network. Raises NotFound."""
        return build(arch, class_count)

    def work(self, request: TrainRequest) -> Work:
        """Its network and pictures."""
        return SsdliteWork(request)

    def graph(self, network: nn.Module, folder: Path) -> Graph:
        """Boxes and class scores out, in the layout of a YOLO head."""
        spec = spec_of(folder)
        decoded = Decoded(cast(SsdLite, network), spec.width, spec.height).eval()
        return Graph(
            decoded, spec, preprocess(), "output0", "onnx_detector", OutputSpec(decoder="yolo", nms_iou=_NMS_IOU)
        )

    @contextmanager
    def pruning(self, network: nn.Module, like: Path) -> Iterator[PruningView]:
        """The network before its outputs are cut into boxes: the tracer takes every cat for one of channels."""
        spec = spec_of(like)
        found = cast(SsdLite, network.eval())
        found.forward = found.raw_maps  # type: ignore[method-assign,assignment]
        try:
            example = torch.zeros(1, 3, spec.height, spec.width)
            yield PruningView(found, example, found.last_layers(), outputs=_summed)
        finally:
            del found.forward
            found.eval()

    def losses(self, network: nn.Module, like: Path, snapshot: Snapshot, batches: int) -> Iterator[torch.Tensor]:
        """Training loss of ``batches`` batches of 8 train pictures, spread over the split."""
        spec = spec_of(like)
        pictures = BoxPictures(snapshot.items["train"], spec, preprocess())
        device = next(network.parameters()).device
        anchors = default_boxes(spec.width, spec.height).to(device)
        network.eval()
        for chosen in spread(len(pictures), batches, 8):
            images, targets, _ = pictures.plain(chosen)
            on_device = [(boxes.to(device), classes.to(device)) for boxes, classes in targets]
            yield ssd_loss(network(images.to(device)), on_device, anchors)


class SsdliteWork:
    """What SSDLite brings to the training loop."""

    score = "map50"
    task_type = "object_detection"

    def __init__(self, request: TrainRequest) -> None:
        torch.manual_seed(request.seed)
        snapshot = request.snapshot
        self.settings = SETTINGS | {k: v for k, v in request.options.items() if k in SETTINGS}
        described = {**(request.architecture or {"arch": request.arch}), "classes": snapshot.classes}
        self.network = build_described(build, described, _HEADS)
        warm = load_matching(self.network, request.init) if request.init else (0, 0)
        self.settings["warm_tensors"] = list(warm)
        self.spec = InputSpec(*input_shape(snapshot, request.image_size))
        self.anchors = default_boxes(self.spec.width, self.spec.height)
        self.pictures = BoxPictures(snapshot.items["train"], self.spec, preprocess())
        self.val = BoxPictures(snapshot.items["val"], self.spec, preprocess())
        self.count, self.classes = len(self.pictures), len(snapshot.classes)
        self.given = request.teacher
        self.teacher = _teacher(request)

    def batch(self, indices: Sequence[int], random: torch.Generator) -> Any:
        """Random views and what is left in them."""
        return self.pictures.augmented(indices, random, self.settings["scale"], self.settings["fliplr"])

    def loss(self, network: nn.Module, batch: Any, device: torch.device) -> torch.Tensor:
        """SSD's loss, and what the teacher says of the same views."""
        images = batch[0].to(device, memory_format=torch.channels_last)
        found = network(images)
        targets = [(boxes.to(device), classes.to(device)) for boxes, classes in batch[1]]
        hard = ssd_loss(found, targets, self.anchors.to(device))
        if self.teacher is None or self.given is None:
            return hard
        with torch.no_grad():
            theirs = self.teacher.to(device)(images)
        return self.given.hard * hard + self.given.soft * taught_loss(found, theirs, self.given.temperature)

    def plain(self, indices: Sequence[int]) -> torch.Tensor:
        """Train pictures as the predictor sees them."""
        return self.pictures.plain(indices)[0]

    @torch.no_grad()
    def validate(self, network: nn.Module, device: torch.device) -> dict[str, float]:
        """mAP at IoU 0.5 and 0.5-0.95, and the loss, of val."""
        anchors, total = self.anchors.to(device), 0.0
        decoded = Decoded(cast(SsdLite, network), self.spec.width, self.spec.height).to(device).eval()
        guesses: list[list[Guess]] = []
        for start in range(0, len(self.val), 16):
            images, targets, mappings = self.val.plain(range(start, min(len(self.val), start + 16)))
            images = images.to(device, memory_format=torch.channels_last)
            on_device = [(boxes.to(device), classes.to(device)) for boxes, classes in targets]
            total += float(ssd_loss(network(images), on_device, anchors)) * len(images)
            rows = decoded(images).float().cpu()
            guesses += [_guesses(row, mapping) for row, mapping in zip(rows, mappings, strict=True)]
        truths = [[Truth(bbox, index) for index, bbox in item.objects] for item in self.val.items]
        told = metric_for(self.task_type).load()(guesses, truths, self.classes)
        return {"map50": told["map50"], "map5095": told["map5095"], "val_loss": total / max(1, len(self.val))}


def _guesses(row: torch.Tensor, mapping: Mapping) -> list[Guess]:
    """Guesses of one picture from (4 + classes, boxes)."""
    values = row.T[row[4:].amax(dim=0) >= _FLOOR]
    centres, half = values[:, :2], values[:, 2:4] / 2
    boxes = torch.cat([centres - half, centres + half], dim=1)
    return box_guesses(Candidates(boxes.numpy(), values[:, 4:].numpy()), mapping, _NMS_IOU)


def _teacher(request: TrainRequest) -> nn.Module | None:
    if request.teacher is None:
        return None
    folder = request.teacher.folder
    check_teacher(read_json(folder, ARCHITECTURE).get("classes", ()), request.snapshot.classes)
    return load_network(build, folder, _HEADS)[0]


def _summed(maps: Any) -> torch.Tensor:
    return torch.stack([one.sum() for one in maps]).sum()


def spec_of(folder: Path) -> InputSpec:
    """Input size of a trained folder."""
    width, height = read_json(folder, RECORD)["input_shape"]
    return InputSpec(width=int(width), height=int(height), channels="RGB", name="images")
