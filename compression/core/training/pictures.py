"""Pictures for training: shrunk once as predictors shrink them, and classification batches with augmentation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image

from compression.core.snapshot import SnapshotItem
from prelabel.core.artifact import InputSpec, Preprocess
from prelabel.core.preprocess import decode_upright
from prelabel.core.scaled_decode import decode_at_least, prepare_file

_CACHED = 4000  # decoded pictures kept in memory at most


def shrink_to(source: Path, target: Path, long_side: int) -> None:
    """Write ``source`` as a JPEG with its longer side at most ``long_side`` px, resized as detectors' predictors do.

    Once, instead of at every start; and Ultralytics repairs odd JPEGs in place, so it is never shown a blob.
    """
    if target.exists():
        return

    def shrunk(width: int, height: int) -> tuple[int, int]:
        ratio = min(1.0, long_side / max(width, height))
        return max(1, round(width * ratio)), max(1, round(height * ratio))

    picture = decode_at_least(source, shrunk)
    pixels, size = picture.pixels, shrunk(picture.width, picture.height)
    if size != (pixels.shape[1], pixels.shape[0]):
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + ".part")
    Image.fromarray(pixels).save(partial, "JPEG", quality=95, subsampling=0)
    partial.replace(target)


def shrink_split(
    items: Sequence[SnapshotItem], folder: Path, long_side: int, on_item: Callable[[int], None]
) -> list[Path]:
    """Shrunk JPEG copies of a split under ``folder``, named by item id; goes on where an earlier call stopped."""
    paths = []
    for number, item in enumerate(items, start=1):
        target = folder / f"{item.item_id:08d}.jpg"
        shrink_to(item.path, target, long_side)
        paths.append(target)
        on_item(number)
    return paths


class ClassPictures:
    """Labelled pictures of a classification split, served as normalised batches (N, 3, size, size)."""

    def __init__(self, items: Sequence[SnapshotItem], size: int, preprocess: Preprocess) -> None:
        self.items, self.size, self.preprocess = list(items), size, preprocess
        self.labels = torch.tensor([item.objects[0][0] for item in items], dtype=torch.long)
        self._mean = torch.tensor(preprocess.mean)[None, :, None, None]
        self._std = torch.tensor(preprocess.std)[None, :, None, None]
        self._cache: dict[int, Image.Image] = {}

    def __len__(self) -> int:
        return len(self.items)

    def plain(self, indices: Sequence[int] | range) -> tuple[torch.Tensor, torch.Tensor]:
        """Pictures exactly as the predictor sees them, and their labels."""
        spec = InputSpec(self.size, self.size)
        tensors = [prepare_file(self.items[i].path, spec, self.preprocess)[0] for i in indices]
        return torch.from_numpy(np.concatenate(tensors)), self.labels[list(indices)]

    def augmented(
        self, indices: Sequence[int], random: torch.Generator, fliplr: float
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Random crops of 35-100 % of the area, mirrored and relit, and their labels."""
        crops = [self._crop(index, random, fliplr) for index in indices]
        batch = torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2).float() / 255
        light = 1 + 0.4 * (torch.rand((len(crops), 1, 1, 1), generator=random) - 0.5)
        tint = 1 + 0.1 * (torch.rand((len(crops), 3, 1, 1), generator=random) - 0.5)
        return (batch * light * tint - self._mean) / self._std, self.labels[list(indices)]

    def _crop(self, index: int, random: torch.Generator, fliplr: float) -> np.ndarray:  # type: ignore[type-arg]
        picture = self._picture(index)
        area, stretch, left, top, flip = torch.rand(5, generator=random).tolist()
        share = 0.35 + 0.65 * area
        aspect = 0.8 + 0.45 * stretch
        width = min(picture.width, max(8, round((picture.width * picture.height * share * aspect) ** 0.5)))
        height = min(picture.height, max(8, round((picture.width * picture.height * share / aspect) ** 0.5)))
        x, y = round(left * (picture.width - width)), round(top * (picture.height - height))
        box = (x, y, x + width, y + height)
        crop = picture.resize((self.size, self.size), Image.Resampling.BILINEAR, box=box)
        if flip < fliplr:
            crop = crop.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        return np.asarray(crop)

    def _picture(self, index: int) -> Image.Image:
        """The picture with its shorter side at what the predictor's resize makes of it, from memory when it fits."""
        found = self._cache.get(index)
        if found is not None:
            return found
        picture = Image.fromarray(decode_upright(self.items[index].path))
        ratio = self.size / self.preprocess.crop / min(picture.size)
        if ratio < 1:
            size = (max(1, round(picture.width * ratio)), max(1, round(picture.height * ratio)))
            picture = picture.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
        if len(self._cache) < _CACHED:
            self._cache[index] = picture
        return picture
