"""What the detectors with anchors share: which anchor is whose, and boxes out of their raw outputs."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import nn
from torchvision.models.detection._utils import Matcher
from torchvision.ops import box_iou

_CLIP = math.log(1000.0 / 16)  # as torchvision's BoxCoder: no box grows further from its anchor


class DecodedBoxes(nn.Module):
    """A network whose output is (N, 4 + classes, boxes) as a YOLO head gives it: centre and size in input px, scores.

    ``anchors`` (boxes, 4) xyxy px are constants of the graph; ``scores`` makes class scores of the logits; ``weights``
    are those by which the network's offsets of centres and of sides are multiplied.
    """

    def __init__(
        self,
        network: nn.Module,
        anchors: torch.Tensor,
        scores: Callable[[torch.Tensor], torch.Tensor],
        weights: tuple[float, float] = (1.0, 1.0),
    ) -> None:
        super().__init__()
        self.network, self.scores, self.weights = network, scores, weights
        self.centres: torch.Tensor
        self.sides: torch.Tensor
        self.register_buffer("centres", (anchors[:, :2] + anchors[:, 2:]) / 2)
        self.register_buffer("sides", anchors[:, 2:] - anchors[:, :2])

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Source: torchvision BoxCoder.decode_single."""
        found = self.network(images)
        moved, grown = found["bbox_regression"].split([2, 2], dim=-1)
        centres = moved / self.weights[0] * self.sides + self.centres
        sides = torch.exp((grown / self.weights[1]).clamp(max=_CLIP)) * self.sides
        return torch.cat([centres, sides, self.scores(found["cls_logits"])], dim=-1).transpose(1, 2)


def match_anchors(matcher: Matcher, boxes: torch.Tensor, anchors: torch.Tensor) -> torch.Tensor:
    """For each anchor the row of its box, negative for none; a picture without boxes has none for any."""
    if not len(boxes):
        return torch.full((len(anchors),), -1, dtype=torch.int64, device=anchors.device)
    rows: torch.Tensor = matcher(box_iou(boxes, anchors))
    return rows
