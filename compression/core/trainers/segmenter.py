"""Semantic segmenters: torchvision's LRASPP and DeepLabV3, and U-Nets over MobileNetV2 (segmentation-models-pytorch).

Sources: Howard et al. 2019 (LRASPP), Chen et al. 2017 (DeepLabV3), Ronneberger et al. 2015 (U-Net), Hinton et al. 2015
(distillation, here a pixel).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from torch import nn
from torch.nn import functional
from torchvision.models import mobilenet_v3_small, segmentation
from torchvision.models.segmentation.lraspp import _lraspp_mobilenetv3

from annotator.core.errors import BadArtifact, NotFound
from annotator.core.masks import UNLABELLED
from compression.core.snapshot import Snapshot
from compression.core.trainer import PruningView, TrainRequest
from compression.core.training.loop import Work
from compression.core.training.mask_pictures import MaskPictures
from compression.core.training.network_trainer import Graph, NetworkTrainer, spread
from compression.core.training.record import input_shape
from compression.core.training.soft_targets import soft_loss
from compression.core.training.trained_folder import (
    ARCHITECTURE,
    RECORD,
    WEIGHTS,
    build_described,
    check_teacher,
    load_matching,
    load_network,
    read_json,
)
from prelabel.core.artifact import InputSpec, OutputSpec, Preprocess
from prelabel.core.pixel_counts import confusion_counts, summarize

SETTINGS: dict[str, Any] = {
    "scale": 0.4,
    "fliplr": 0.5,
    "balance": 0.0,  # 0: every pixel counts alike; 1: every class does
}
_COUNTED = 200  # train pictures from which the shares of the classes are taken
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_HEADS = ("classifier.low_classifier", "classifier.high_classifier", "classifier.4", "segmentation_head.0")
# What a U-Net trained before Winnow had segmentation-models-pytorch is known by.
_OWN_UNET = "ups.0.first.0.weight"


class Logits(nn.Module):
    """A torchvision segmenter without its last step, the enlargement of the logits.

    The predictor enlarges them to the picture at once, so that the graph moves an eighth of the numbers or less. Layers
    keep their names, so that published weights fit.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.backbone: nn.Module = model.get_submodule("backbone")
        self.classifier: nn.Module = model.get_submodule("classifier")

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Logits (N, classes, h, w) at an eighth (LRASPP) or a sixteenth of (N, 3, H, W)."""
        maps = self.backbone(images)
        logits: torch.Tensor = self.classifier(maps.get("out", maps))
        return logits


def _torchvision(make: Callable[..., nn.Module], class_count: int) -> nn.Module:
    return Logits(make(weights=None, weights_backbone=None, num_classes=class_count))


def _small_lraspp(class_count: int) -> nn.Module:
    backbone = mobilenet_v3_small(weights=None, dilated=True)
    return Logits(_lraspp_mobilenetv3(backbone, class_count))


def _unet(encoder: str, decoder: tuple[int, ...], class_count: int) -> nn.Module:
    import segmentation_models_pytorch as smp  # brings timm along, seconds to load

    network: nn.Module = smp.Unet(encoder, encoder_weights=None, decoder_channels=decoder, classes=class_count)
    return network


_ARCHS: dict[str, Callable[[int], nn.Module]] = {
    "lraspp_mobilenet_v3_large": partial(_torchvision, segmentation.lraspp_mobilenet_v3_large),
    "lraspp_mobilenet_v3_small": _small_lraspp,
    "deeplabv3_mobilenet_v3_large": partial(_torchvision, segmentation.deeplabv3_mobilenet_v3_large),
    "deeplabv3_resnet50": partial(_torchvision, segmentation.deeplabv3_resnet50),
    # Half as wide above as the library's own decoder (256 … 16), which would outweigh such an encoder.
    "unet_mobilenet_v2": partial(_unet, "mobilenet_v2", (128, 64, 48, 32, 16)),
    "unet_mobilenet_v2_050": partial(_unet, "tu-mobilenetv2_050", (64, 32, 24, 16, 16)),
}


def preprocess() -> Preprocess:
    """What the predictor does to a picture; training and export share it."""
    return Preprocess(resize="letterbox", scale=1 / 255, mean=_MEAN, std=_STD)


def build(arch: str, class_count: int) -> nn.Module:
    """A fresh network with ``class_count`` logits a pixel. Raises NotFound."""
    if arch not in _ARCHS:
        raise NotFound(f"There is no segmenter {arch!r}; known: {', '.join(_ARCHS)}.", arch=arch)
    return _ARCHS[arch](class_count)


class SegmenterTrainer(NetworkTrainer):
    """Trains and exports segmenters."""

    slug = "segmenter"
    task_type = "semantic_segmentation"
    heads = _HEADS

    def build(self, arch: str, class_count: int) -> nn.Module:
        """A fresh network with ``class_count`` logits. Raises NotFound."""
        return build(arch, class_count)

    def work(self, request: TrainRequest) -> Work:
        """Its network and pictures."""
        return SegmenterWork(request)

    def load(self, folder: Path) -> tuple[nn.Module, dict[str, Any]]:
        """The trained network, float32, eval mode, and its description. Raises BadArtifact."""
        try:
            return super().load(folder)
        except BadArtifact as error:
            if _holds(folder, _OWN_UNET):
                raise BadArtifact(
                    "This U-Net was trained by an earlier Winnow, whose U-Net had other layers. Its exported files "
                    "still run; to prune or teach it, train it anew (it serves as a start).",
                    field=WEIGHTS,
                ) from error
            raise

    def graph(self, network: nn.Module, folder: Path) -> Graph:
        """Class logits out, enlarged and compared in the predictor."""
        output = OutputSpec(decoder="class_map")
        return Graph(network, spec_of(folder), preprocess(), "logits", "segmenter", output)

    @contextmanager
    def pruning(self, network: nn.Module, like: Path) -> Iterator[PruningView]:
        """The network itself, all but the layers whose outputs are the classes free to shrink."""
        spec = spec_of(like)
        network.eval()  # BatchNorm of a 1 x 1 map fails in training mode for one picture
        heads = tuple(layer for name, layer in network.named_modules() if name in _HEADS)
        try:
            yield PruningView(network, torch.zeros(1, 3, spec.height, spec.width), heads)
        finally:
            network.eval()

    def losses(self, network: nn.Module, like: Path, snapshot: Snapshot, batches: int) -> Iterator[torch.Tensor]:
        """Cross-entropy of ``batches`` batches of 4 train pictures, spread over the split."""
        pictures = MaskPictures(snapshot.items["train"], spec_of(like), preprocess())
        device = next(network.parameters()).device
        network.eval()
        for chosen in spread(len(pictures), batches, 4):
            images, maps = pictures.plain(chosen)
            yield pixel_loss(network(images.to(device)), maps.to(device))


class SegmenterWork:
    """What segmentation brings to the training loop."""

    score = "miou"

    def __init__(self, request: TrainRequest) -> None:
        torch.manual_seed(request.seed)
        snapshot = request.snapshot
        self.settings = SETTINGS | {k: v for k, v in request.options.items() if k in SETTINGS}
        described = {**(request.architecture or {"arch": request.arch}), "classes": snapshot.classes}
        self.network = build_described(build, described, _HEADS)
        warm = load_matching(self.network, request.init) if request.init else (0, 0)
        self.settings["warm_tensors"] = list(warm)
        width, height = input_shape(snapshot, request.image_size)
        spec = InputSpec(width, height)
        self.pictures = MaskPictures(snapshot.items["train"], spec, preprocess())
        self.val = MaskPictures(snapshot.items["val"], spec, preprocess())
        self.count, self.classes = len(self.pictures), len(snapshot.classes)
        self.teacher = _Teacher(request) if request.teacher else None
        self.weights = class_weights(self.pictures.pixels_per_class(self.classes, _COUNTED), self.settings["balance"])

    def batch(self, indices: Sequence[int], random: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
        """Random views and their class maps."""
        return self.pictures.augmented(indices, random, self.settings["scale"], self.settings["fliplr"])

    def loss(self, network: nn.Module, batch: Any, device: torch.device) -> torch.Tensor:
        """Cross-entropy of the labelled pixels, and what the teacher says of all of them."""
        images = batch[0].to(device, memory_format=torch.channels_last)
        logits = network(images)
        hard = pixel_loss(logits, batch[1].to(device), self.weights.to(device))
        return self.teacher.mixed(hard, logits, images) if self.teacher else hard

    def plain(self, indices: Sequence[int]) -> torch.Tensor:
        """Train pictures as the predictor sees them."""
        return self.pictures.plain(indices)[0]

    @torch.no_grad()
    def validate(self, network: nn.Module, device: torch.device) -> dict[str, float]:
        """Mean IoU, pixel accuracy and cross-entropy of val at the input's size."""
        losses, counts = [], np.zeros((self.classes, self.classes + 1), dtype=np.int64)
        for start in range(0, len(self.val), 8):
            images, maps = self.val.plain(range(start, min(len(self.val), start + 8)))
            logits = network(images.to(device, memory_format=torch.channels_last)).float().cpu()
            losses.append(float(pixel_loss(logits, maps)) * len(images))
            found = functional.interpolate(logits, size=maps.shape[-2:], mode="bilinear").argmax(dim=1)
            counts += confusion_counts(maps.numpy(), found.numpy(), self.classes)
        told = summarize(counts)
        loss = sum(losses) / max(1, len(self.val))
        return {"miou": told["miou"], "pixel_accuracy": told["pixel_accuracy"], "val_loss": loss}


class _Teacher:
    """A frozen larger segmenter; it sees the same views."""

    def __init__(self, request: TrainRequest) -> None:
        assert request.teacher is not None
        self.given = request.teacher
        check_teacher(read_json(self.given.folder, ARCHITECTURE).get("classes", ()), request.snapshot.classes)
        self.network, _ = load_network(build, self.given.folder, _HEADS)

    def mixed(self, hard: torch.Tensor, logits: torch.Tensor, images: torch.Tensor) -> torch.Tensor:
        """hard * cross-entropy + soft * T² KL, a pixel of the student's map at a time."""
        self.network.to(images.device)
        with torch.no_grad():
            theirs = functional.interpolate(self.network(images), size=logits.shape[-2:], mode="bilinear")
        return self.given.hard * hard + self.given.soft * soft_loss(logits, theirs, self.given.temperature)


def class_weights(pixels: Sequence[int], balance: float) -> torch.Tensor:
    """Weight of each class in the loss: (median share / its share) ** ``balance``; 1 where it has no pixel.

    Source: Eigen & Fergus 2015, section 6.2, median frequency balancing (there ``balance`` is 1).
    """
    shares = torch.tensor(pixels, dtype=torch.float32)
    seen = shares > 0
    if not bool(seen.any()):
        return torch.ones_like(shares)
    median = shares[seen].quantile(0.5)
    return torch.where(seen, (median / shares.clamp_min(1)) ** balance, torch.ones_like(shares))


def pixel_loss(logits: torch.Tensor, maps: torch.Tensor, weights: torch.Tensor | None = None) -> torch.Tensor:
    """Mean cross-entropy of the labelled pixels of ``maps`` (N, H, W); logits (N, classes, h, w) are enlarged to them.

    ``weights`` (classes,) weigh the mean. 0, with a gradient, where no pixel is labelled.
    """
    larger = functional.interpolate(logits.float(), size=maps.shape[-2:], mode="bilinear")
    total = functional.cross_entropy(larger, maps, weights, ignore_index=UNLABELLED, reduction="sum")
    known = maps[maps != UNLABELLED]
    count = weights[known].sum() if weights is not None else known.numel()
    return total / max(float(count), 1e-6)


def _holds(folder: Path, tensor: str) -> bool:
    try:
        with safe_open(str(folder / WEIGHTS), framework="pt") as file:
            return tensor in file.keys()  # noqa: SIM118 - no mapping
    except (OSError, SafetensorError):
        return False


def spec_of(folder: Path) -> InputSpec:
    """Input size of a trained folder."""
    width, height = read_json(folder, RECORD)["input_shape"]
    return InputSpec(width=int(width), height=int(height), channels="RGB", name="images")
