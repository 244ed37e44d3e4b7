"""RetinaNet over a MobileNet: raw outputs, their loss, and boxes from them.

Layers, matching and loss are torchvision's, reached without its list-of-pictures wrapper, as for SSDLite. The
backbone's layers are called as in torchvision's classifiers, so that ImageNet weights fit by their names. Narrower than
the paper's (128 channels instead of 256 in pyramid and heads), for a CPU.
Source: Lin et al. 2017, "Focal loss for dense object detection".
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, cast

import torch
from torch import nn
from torch.nn import functional
from torchvision import models
from torchvision.models._utils import IntermediateLayerGetter
from torchvision.models.detection._utils import BoxCoder, Matcher
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.retinanet import (
    RetinaNetClassificationHead,
    RetinaNetHead,
    RetinaNetRegressionHead,
)
from torchvision.ops import FeaturePyramidNetwork
from torchvision.ops.feature_pyramid_network import LastLevelP6P7

from compression.core.training.decoded_boxes import DecodedBoxes, match_anchors

# Last layer of strides 8, 16 and 32 in `features`, and its channels.
_STAGES = {
    "mobilenet_v3_large": {6: 40, 12: 112, 16: 960},
    "mobilenet_v2": {6: 32, 13: 96, 18: 1280},
}
_WIDTH = 128
_LEVELS = range(3, 8)  # maps at 1/8 … 1/128 of the input
# Half of the paper's sizes: its inputs have a shorter side of 600 px, ours are of 320.
_SIDES = tuple(tuple(2 * 2**level * 2 ** (third / 3) for third in range(3)) for level in _LEVELS)
_RATIOS = (0.5, 1.0, 2.0)
_CODER = BoxCoder(weights=(1.0, 1.0, 1.0, 1.0))
_MATCHER = Matcher(0.5, 0.4, allow_low_quality_matches=True)
# The largest growth of a side that is believed, as in torchvision's coder.


class RetinaNet(nn.Module):
    """``forward`` gives {"cls_logits": (N, boxes, classes), "bbox_regression": (N, boxes, 4)}, sigmoids apart.

    Pictures are (N, 3, H, W), normalised as for ImageNet.
    """

    def __init__(self, backbone: str, class_count: int) -> None:
        super().__init__()
        stages = _STAGES[backbone]
        whole = getattr(models, backbone)(weights=None).features
        self.features = IntermediateLayerGetter(whole, {str(index): str(index) for index in stages})
        self.fpn = FeaturePyramidNetwork(list(stages.values()), _WIDTH, LastLevelP6P7(_WIDTH, _WIDTH))
        self.head = RetinaNetHead(_WIDTH, len(_RATIOS) * len(_SIDES[0]), class_count)

    def forward(self, images: torch.Tensor) -> dict[str, torch.Tensor]:
        """Raw outputs; the same in training and in eval mode."""
        return cast(dict[str, torch.Tensor], self.head(list(self.fpn(self.features(images)).values())))

    def raw_maps(self, images: torch.Tensor) -> list[torch.Tensor]:
        """What the last convolutions give, before it is cut into boxes: a form that a pruner can trace."""
        maps = list(self.fpn(self.features(images)).values())
        classes, boxes = self.head.classification_head, self.head.regression_head
        return [classes.cls_logits(classes.conv(one)) for one in maps] + [
            boxes.bbox_reg(boxes.conv(one)) for one in maps
        ]

    def last_layers(self) -> tuple[nn.Module, ...]:
        """Convolutions whose outputs are class scores and box offsets."""
        return self.head.classification_head.cls_logits, self.head.regression_head.bbox_reg


def decoded(network: nn.Module, width: int, height: int) -> nn.Module:
    """RetinaNet with boxes as output."""
    return DecodedBoxes(network, anchor_boxes(width, height), torch.sigmoid)


@lru_cache(maxsize=8)
def anchor_boxes(width: int, height: int) -> torch.Tensor:
    """Anchors (boxes, 4) xyxy in px of an input of this size, level by level, nine at each place."""
    generator = AnchorGenerator(_SIDES, (_RATIOS,) * len(_LEVELS))  # type: ignore[arg-type]
    grids = [[-(-height // 2**level), -(-width // 2**level)] for level in _LEVELS]
    strides = [[torch.tensor(2**level), torch.tensor(2**level)] for level in _LEVELS]
    return torch.cat(generator.grid_anchors(grids, strides))


def focal_loss(
    found: dict[str, torch.Tensor], targets: Sequence[tuple[torch.Tensor, torch.Tensor]], anchors: torch.Tensor
) -> torch.Tensor:
    """torchvision's RetinaNet loss, boxes and classes; ``targets`` are (boxes (n, 4) xyxy px, classes (n,) from 0)."""
    outputs = {name: value.float() for name, value in found.items()}
    matched, wanted = [], []
    for boxes, classes in targets:
        wanted.append({"boxes": boxes, "labels": classes})
        matched.append(match_anchors(_MATCHER, boxes, anchors))
    rules: Any = SimpleNamespace(BETWEEN_THRESHOLDS=Matcher.BETWEEN_THRESHOLDS, box_coder=_CODER, _loss_type="l1")
    of_classes = RetinaNetClassificationHead.compute_loss(rules, wanted, outputs, matched)
    of_boxes = RetinaNetRegressionHead.compute_loss(rules, wanted, outputs, [anchors] * len(wanted), matched)
    total: torch.Tensor = of_classes + of_boxes
    return total


def taught_loss(found: dict[str, torch.Tensor], theirs: dict[str, torch.Tensor], temperature: float) -> torch.Tensor:
    """What a teacher with the same anchors says: T² KL of each class's yes or no, and the distance of boxes.

    Each anchor counts as much as the teacher sees something there, else the background were all there is to learn.
    """
    wanted = theirs["cls_logits"].float() / temperature
    seen = theirs["cls_logits"].float().sigmoid().amax(dim=-1)
    ours = found["cls_logits"].float() / temperature
    crossed = functional.binary_cross_entropy_with_logits(ours, wanted.sigmoid(), reduction="none")
    least = functional.binary_cross_entropy_with_logits(wanted, wanted.sigmoid(), reduction="none")
    classes = (crossed - least).sum(dim=-1) * temperature**2
    boxes = functional.smooth_l1_loss(
        found["bbox_regression"].float(), theirs["bbox_regression"].float(), reduction="none"
    ).sum(dim=-1)
    return ((classes + boxes) * seen).sum() / seen.sum().clamp_min(1.0)
