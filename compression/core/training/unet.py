"""A U-Net over torchvision's MobileNetV2.

Our own sixty lines instead of segmentation-models-pytorch, which brings timm and the Hugging Face hub with it. Encoder
layers are called as in torchvision's classifier, so that ImageNet weights fit by their names.
Sources: Ronneberger et al. 2015 (U-Net), Sandler et al. 2018 (MobileNetV2).
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional
from torchvision.models import mobilenet_v2

# Index in `features` of the last layer of each stride: 2, 4, 8, 16, 32.
_STAGES = (1, 3, 6, 13, 18)
_DECODER = (128, 64, 48, 32)


class Up(nn.Module):
    """Twice as large, joined with the encoder's map of that size, two convolutions."""

    def __init__(self, below: int, beside: int, out: int) -> None:
        super().__init__()
        self.first = _block(below + beside, out)
        self.second = _block(out, out)

    def forward(self, below: torch.Tensor, beside: torch.Tensor) -> torch.Tensor:
        """(N, below, h, w) and (N, beside, 2h, 2w) → (N, out, 2h, 2w)."""
        larger = functional.interpolate(below, size=beside.shape[-2:], mode="nearest")
        result: torch.Tensor = self.second(self.first(torch.cat([larger, beside], dim=1)))
        return result


class UnetMobilenetV2(nn.Module):
    """Logits (N, classes, H / 2, W / 2) of pictures (N, 3, H, W)."""

    def __init__(self, class_count: int, width: float = 1.0) -> None:
        super().__init__()
        self.features = mobilenet_v2(weights=None, width_mult=width).features
        # Its last layer is made for a classifier: 1280 channels at 1/32 that a decoder has no use for.
        self.features[18] = _block(_channels(self.features[17]), max(64, round(160 * width)), size=1)
        beside = [_channels(self.features[stage]) for stage in _STAGES]
        below, ups = beside[-1], []
        for skip, out in zip(reversed(beside[:-1]), _DECODER, strict=True):
            ups.append(Up(below, skip, max(8, round(out * width))))
            below = max(8, round(out * width))
        self.ups = nn.ModuleList(ups)
        self.head = nn.Conv2d(below, class_count, 1)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Encoder down, decoder up."""
        maps, found = [], images
        for index, layer in enumerate(self.features):
            found = layer(found)
            if index in _STAGES[:-1]:
                maps.append(found)
        for up, beside in zip(self.ups, reversed(maps), strict=True):
            found = up(found, beside)
        logits: torch.Tensor = self.head(found)
        return logits


def _block(inputs: int, out: int, size: int = 3) -> nn.Sequential:
    layers = [nn.Conv2d(inputs, out, size, padding=size // 2, bias=False), nn.BatchNorm2d(out), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)


def _channels(layer: nn.Module) -> int:
    """Output channels: those of its last convolution."""
    return [part for part in layer.modules() if isinstance(part, nn.Conv2d)][-1].out_channels
