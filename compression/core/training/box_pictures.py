"""Pictures with their boxes for training, served as normalised batches."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from compression.core.snapshot import SnapshotItem
from compression.core.training.views import draw_view, shrink, shrink_ratio
from prelabel.core.artifact import InputSpec, Preprocess
from prelabel.core.preprocess import Mapping, Pixels, decode_upright, normalise
from prelabel.core.scaled_decode import prepare_file

_CACHED = 1500  # decoded pictures kept in memory at most
_LEAST_SHARE = 0.2  # of a box that must be left in a view for it to count
_LEAST_PX = 2.0
Target = tuple[torch.Tensor, torch.Tensor]  # boxes (n, 4) xyxy input px, classes (n,)


class BoxPictures:
    """A detection split at one input size."""

    def __init__(self, items: Sequence[SnapshotItem], spec: InputSpec, preprocess: Preprocess) -> None:
        self.items, self.spec, self.preprocess = list(items), spec, preprocess
        self._cache: dict[int, tuple[Pixels, float]] = {}

    def __len__(self) -> int:
        return len(self.items)

    def plain(self, indices: Sequence[int] | range) -> tuple[torch.Tensor, list[Target], list[Mapping]]:
        """Pictures exactly as the predictor sees them, their boxes, and the way back."""
        images, targets, mappings = [], [], []
        for index in indices:
            tensor, mapping = prepare_file(self.items[index].path, self.spec, self.preprocess)
            boxes, classes = self._objects(index)
            scale = np.array([mapping.scale_x, mapping.scale_y] * 2, dtype=np.float32)
            shift = np.array([mapping.offset_x, mapping.offset_y] * 2, dtype=np.float32)
            images.append(tensor)
            targets.append(self._visible(boxes * scale + shift, classes))
            mappings.append(mapping)
        return torch.from_numpy(np.concatenate(images)), targets, mappings

    def augmented(
        self, indices: Sequence[int], random: torch.Generator, scale: float, fliplr: float
    ) -> tuple[torch.Tensor, list[Target]]:
        """Random views (see ``draw_view``) and the boxes that are left in them."""
        images, targets = [], []
        for index in indices:
            pixels, ratio = self._picture(index)
            boxes, classes = self._objects(index)
            view = draw_view(pixels, self.spec, random, scale, fliplr)
            images.append(normalise(view.show(pixels, self.preprocess.pad), self.spec.channels, self.preprocess))
            targets.append(self._visible(view.place(boxes * np.float32(ratio)), classes))
        return torch.from_numpy(np.concatenate(images)), targets

    def _objects(self, index: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        things = [(bbox, number) for number, bbox in self.items[index].objects if bbox is not None]
        boxes = np.array([bbox for bbox, _ in things], dtype=np.float32).reshape(-1, 4)
        return boxes, np.array([number for _, number in things], dtype=np.int64)

    def _visible(self, boxes: NDArray[np.float32], classes: NDArray[np.int64]) -> Target:
        """Boxes clipped to the input, without those of which too little is left."""
        limit = np.array([self.spec.width, self.spec.height] * 2, dtype=np.float32)
        clipped = boxes.clip(0, limit)
        sides, whole = clipped[:, 2:] - clipped[:, :2], boxes[:, 2:] - boxes[:, :2]
        share = sides.prod(axis=1) / np.maximum(whole.prod(axis=1), 1e-6)
        kept = (sides >= _LEAST_PX).all(axis=1) & (share >= _LEAST_SHARE)
        return torch.from_numpy(clipped[kept]), torch.from_numpy(classes[kept])

    def _picture(self, index: int) -> tuple[Pixels, float]:
        """The picture shrunk to what the input can show, and by how much; from memory when it fits."""
        if index in self._cache:
            return self._cache[index]
        pixels = decode_upright(self.items[index].path)
        ratio = shrink_ratio(pixels, self.spec)
        if ratio < 1:
            pixels = shrink(pixels, ratio)
        if len(self._cache) < _CACHED:
            self._cache[index] = (pixels, ratio)
        return pixels, ratio
