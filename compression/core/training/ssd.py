"""SSDLite with its default boxes: raw outputs, their loss, and boxes from them.

Layers, matching and loss are torchvision's, reached without its list-of-pictures wrapper, which cannot be traced by a
pruner nor exported without its NMS. Sources: Liu et al. 2016 (SSD), Sandler et al. 2018 (SSDLite).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, cast

import torch
from torch import nn
from torch.nn import functional
from torchvision.models.detection import ssdlite320_mobilenet_v3_large
from torchvision.models.detection._utils import BoxCoder, SSDMatcher
from torchvision.models.detection.anchor_utils import DefaultBoxGenerator
from torchvision.models.detection.ssd import SSD

from compression.core.training.decoded_boxes import DecodedBoxes, match_anchors

_LEVELS = range(4, 10)  # maps at 1/16, 1/32 … 1/512 of the input
_CODER = BoxCoder(weights=(10.0, 10.0, 5.0, 5.0))
_NEGATIVES = 3.0  # background boxes for each matched one
_MATCHER = SSDMatcher(0.5)


class SsdLite(nn.Module):
    """``forward`` gives {"cls_logits": (N, boxes, classes + 1), "bbox_regression": (N, boxes, 4)}; class 0 is nothing.

    Pictures are (N, 3, H, W), normalised to -1..1.
    """

    def __init__(self, class_count: int, width: float = 1.0) -> None:
        super().__init__()
        stock = ssdlite320_mobilenet_v3_large(
            weights=None, weights_backbone=None, num_classes=class_count + 1, width_mult=width
        )
        self.backbone, self.head = stock.backbone, stock.head

    def forward(self, images: torch.Tensor) -> dict[str, torch.Tensor]:
        """Raw outputs; the same in training and in eval mode."""
        maps = list(self.backbone(images).values())
        return cast(dict[str, torch.Tensor], self.head(maps))

    def raw_maps(self, images: torch.Tensor) -> list[torch.Tensor]:
        """What the last convolutions give, before it is cut into boxes: a form that a pruner can trace."""
        maps = list(self.backbone(images).values())
        branches = (self.head.classification_head, self.head.regression_head)
        return [layer(found) for branch in branches for layer, found in zip(branch.module_list, maps, strict=True)]

    def last_layers(self) -> tuple[nn.Module, ...]:
        """Convolutions whose outputs are class scores and box offsets."""
        branches = (self.head.classification_head, self.head.regression_head)
        return tuple(cast(Sequence[nn.Module], block)[-1] for branch in branches for block in branch.module_list)


def decoded(network: nn.Module, width: int, height: int) -> nn.Module:
    """SsdLite with boxes as output, by the weights 10, 10, 5, 5; the background is no class of it."""
    scores = lambda logits: functional.softmax(logits, dim=-1)[..., 1:]  # noqa: E731
    return DecodedBoxes(network, default_boxes(width, height), scores, (10.0, 5.0))


@lru_cache(maxsize=8)
def default_boxes(width: int, height: int) -> torch.Tensor:
    """Default boxes (boxes, 4) xyxy in px of an input of this size, level by level."""
    generator = DefaultBoxGenerator([[2, 3] for _ in _LEVELS], min_ratio=0.2, max_ratio=0.95)
    grids = [[-(-height // 2**level), -(-width // 2**level)] for level in _LEVELS]
    boxes = generator._grid_default_boxes(grids, [height, width])  # its forward wants torchvision's ImageList
    scale = torch.tensor([width, height])
    return torch.cat([(boxes[:, :2] - boxes[:, 2:] / 2) * scale, (boxes[:, :2] + boxes[:, 2:] / 2) * scale], dim=1)


def ssd_loss(
    found: dict[str, torch.Tensor], targets: Sequence[tuple[torch.Tensor, torch.Tensor]], anchors: torch.Tensor
) -> torch.Tensor:
    """torchvision's SSD loss, boxes and classes; ``targets`` are (boxes (n, 4) xyxy px, classes (n,) from 0)."""
    outputs = {name: value.float() for name, value in found.items()}
    matched, wanted = [], []
    for boxes, classes in targets:
        wanted.append({"boxes": boxes, "labels": classes + 1})
        matched.append(match_anchors(_MATCHER, boxes, anchors))
    rules: Any = SimpleNamespace(box_coder=_CODER, neg_to_pos_ratio=_NEGATIVES)
    parts = SSD.compute_loss(rules, wanted, outputs, [anchors] * len(wanted), matched)
    total: torch.Tensor = parts["bbox_regression"] + parts["classification"]
    return total


def taught_loss(found: dict[str, torch.Tensor], theirs: dict[str, torch.Tensor], temperature: float) -> torch.Tensor:
    """What a teacher with the same default boxes says: T² KL of classes and the distance of boxes.

    Each default box counts as much as the teacher sees something there; without that the background, 99 % of them,
    would be all there is to learn.
    """
    seen = 1 - functional.softmax(theirs["cls_logits"].float(), dim=-1)[..., 0]
    ours = functional.log_softmax(found["cls_logits"].float() / temperature, dim=-1)
    wanted = functional.log_softmax(theirs["cls_logits"].float() / temperature, dim=-1)
    classes = (wanted.exp() * (wanted - ours)).sum(dim=-1) * temperature**2
    boxes = functional.smooth_l1_loss(
        found["bbox_regression"].float(), theirs["bbox_regression"].float(), reduction="none"
    ).sum(dim=-1)
    return ((classes + boxes) * seen).sum() / seen.sum().clamp_min(1.0)
