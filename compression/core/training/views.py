"""Random views of a picture for training: nearer or farther, moved, mirrored, relit."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from prelabel.core.artifact import InputSpec
from prelabel.core.preprocess import Pixels


@dataclass(frozen=True)
class View:
    """How picture pixels become input pixels: times ``ratio`` plus the offset (px), then mirrored, times ``light``."""

    ratio: float
    left: float
    top: float
    mirrored: bool
    light: float
    spec: InputSpec

    def show(self, pixels: Pixels, pad: int) -> Pixels:
        """The picture (h, w, 3) through this view, padded with the grey level ``pad``."""
        seen = self._warp(pixels, cv2.INTER_LINEAR, (pad,) * 3)
        lit: Pixels = np.clip(seen.astype(np.float32) * self.light, 0, 255).astype(np.uint8)
        return lit

    def show_map(self, classes: Pixels, pad: int) -> Pixels:
        """A class map (h, w) through this view; no two classes are mixed."""
        return self._warp(classes, cv2.INTER_NEAREST, (pad,))

    def place(self, boxes: NDArray[np.float32]) -> NDArray[np.float32]:
        """Boxes (N, 4) xyxy in picture px to input px, not clipped."""
        placed = boxes * self.ratio + np.array([self.left, self.top] * 2, dtype=np.float32)
        if self.mirrored:
            placed[:, [0, 2]] = self.spec.width - placed[:, [2, 0]]
        return placed

    def _warp(self, pixels: Pixels, flags: int, pad: tuple[int, ...]) -> Pixels:
        # Pixel centres lie at .5 on both sides.
        shift = 0.5 * self.ratio - 0.5
        matrix = np.array([[self.ratio, 0, self.left + shift], [0, self.ratio, self.top + shift]], dtype=np.float64)
        size = (self.spec.width, self.spec.height)
        seen = np.asarray(cv2.warpAffine(pixels, matrix, size, flags=flags, borderValue=pad), dtype=np.uint8)
        return np.ascontiguousarray(seen[:, ::-1]) if self.mirrored else seen


def draw_view(pixels: Pixels, spec: InputSpec, random: torch.Generator, scale: float, fliplr: float) -> View:
    """From 1 - ``scale`` to 1 / (1 - ``scale``) times the size at which the picture fits the input; ``fliplr`` is the
    share of mirrored ones. It fills the input or lies wholly inside."""
    zoom, across, down, flip, light = torch.rand(5, generator=random).tolist()
    height, width = pixels.shape[:2]
    fit = min(spec.width / width, spec.height / height)
    ratio = fit * math.exp((2 * zoom - 1) * -math.log(1 - scale))
    left, top = across * (spec.width - width * ratio), down * (spec.height - height * ratio)
    return View(ratio, left, top, flip < fliplr, 0.75 + 0.5 * light, spec)


def shrink_ratio(pixels: Pixels, spec: InputSpec, kept: float = 1.5) -> float:
    """By how much a picture may be shrunk once so that views of it still show all that the input can; at most 1."""
    height, width = pixels.shape[:2]
    return float(min(1.0, kept * min(spec.width / width, spec.height / height)))


def shrink(pixels: Pixels, ratio: float, interpolation: int = cv2.INTER_LINEAR) -> Pixels:
    """The picture or class map at ``ratio`` of its size."""
    height, width = pixels.shape[:2]
    size = (max(1, round(width * ratio)), max(1, round(height * ratio)))
    return np.asarray(cv2.resize(pixels, size, interpolation=interpolation), dtype=np.uint8)
