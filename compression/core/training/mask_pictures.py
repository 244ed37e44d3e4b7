"""Pictures with their class maps for training, served as normalised batches."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from annotator.core.masks import UNLABELLED
from compression.core.snapshot import SnapshotItem
from compression.core.training.views import draw_view, shrink, shrink_ratio
from prelabel.core.artifact import InputSpec, Preprocess
from prelabel.core.masks import ClassMap, read_class_map
from prelabel.core.preprocess import Mapping, Pixels, decode_upright, normalise
from prelabel.core.scaled_decode import prepare_file

_CACHED = 1500  # decoded pictures kept in memory at most
# INTER_NEAREST takes the pixel's corner, half a pixel beside what INTER_LINEAR does to the picture.
_NEAREST = cv2.INTER_NEAREST_EXACT
Batch = tuple[torch.Tensor, torch.Tensor]  # images (N, 3, h, w) float32, class maps (N, h, w) int64


class MaskPictures:
    """A segmentation split at one input size."""

    def __init__(self, items: Sequence[SnapshotItem], spec: InputSpec, preprocess: Preprocess) -> None:
        self.items, self.spec, self.preprocess = list(items), spec, preprocess
        self._cache: dict[int, tuple[Pixels, ClassMap]] = {}

    def __len__(self) -> int:
        return len(self.items)

    def plain(self, indices: Sequence[int] | range) -> Batch:
        """Pictures exactly as the predictor sees them; padding is unlabelled."""
        images, maps = [], []
        for index in indices:
            tensor, mapping = prepare_file(self.items[index].path, self.spec, self.preprocess)
            images.append(tensor)
            maps.append(_letterboxed(self._map(index), mapping, self.spec))
        return _batch(images, maps)

    def augmented(self, indices: Sequence[int], random: torch.Generator, scale: float, fliplr: float) -> Batch:
        """Random views (see ``draw_view``) and their class maps."""
        images, maps = [], []
        for index in indices:
            image, classes = self._view(index, random, scale, fliplr)
            images.append(normalise(image, self.spec.channels, self.preprocess))
            maps.append(classes)
        return _batch(images, maps)

    def pixels_per_class(self, class_count: int, pictures: int) -> list[int]:
        """Labelled pixels of each class in about ``pictures`` pictures, spread over the split."""
        total = np.zeros(class_count, dtype=np.int64)
        for index in range(0, len(self), max(1, len(self) // pictures)):
            classes = self._map(index)
            total += np.bincount(classes[classes < class_count], minlength=class_count)
        return [int(pixels) for pixels in total]

    def _view(self, index: int, random: torch.Generator, scale: float, fliplr: float) -> tuple[Pixels, ClassMap]:
        pixels, classes = self._picture(index)
        view = draw_view(pixels, self.spec, random, scale, fliplr)
        return view.show(pixels, self.preprocess.pad), view.show_map(classes, UNLABELLED)

    def _picture(self, index: int) -> tuple[Pixels, ClassMap]:
        """The picture and its map, shrunk to what the input can show, from memory when they fit."""
        if index in self._cache:
            return self._cache[index]
        pixels, classes = decode_upright(self.items[index].path), self._map(index)
        ratio = shrink_ratio(pixels, self.spec)
        if ratio < 1:
            pixels, classes = shrink(pixels, ratio), shrink(classes, ratio, _NEAREST)
        if len(self._cache) < _CACHED:
            self._cache[index] = (pixels, classes)
        return pixels, classes

    def _map(self, index: int) -> ClassMap:
        path = self.items[index].mask
        if path is None:
            raise ValueError(f"item {self.items[index].item_id} has no mask")
        return read_class_map(path)


def _letterboxed(classes: ClassMap, mapping: Mapping, spec: InputSpec) -> ClassMap:
    size = (round(mapping.scale_x * mapping.width), round(mapping.scale_y * mapping.height))
    canvas = np.full((spec.height, spec.width), UNLABELLED, dtype=np.uint8)
    left, top = int(mapping.offset_x), int(mapping.offset_y)
    canvas[top : top + size[1], left : left + size[0]] = cv2.resize(classes, size, interpolation=_NEAREST)
    return canvas


def _batch(images: Sequence[NDArray[np.float32]], maps: Sequence[ClassMap]) -> Batch:
    return torch.from_numpy(np.concatenate(images)), torch.from_numpy(np.stack(maps).astype(np.int64))
