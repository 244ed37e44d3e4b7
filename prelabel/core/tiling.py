"""Looking at a large picture piece by piece, so that small objects are seen at their own size.

The network's input shows a large picture shrunk; a tile shows a part of it at nearly its own pixels. What is cut by the
edge of a tile is seen again, whole, in its neighbour or in the picture as a whole.
Source: Akyon, Altinuc and Temizel 2022, "Slicing aided hyper inference and fine-tuning for small object detection".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prelabel.core.predictor import MAX_OBJECTS, Guess, Predictor
from prelabel.core.preprocess import MAX_PIXELS, Pixels
from prelabel.core.scaled_decode import Picture, decode_whole

AUTO_FROM = 2.5  # times the input's longer side: a picture of that size shrinks an object of 40 px to 16
AUTO_OVERLAP = 0.2
MOST_TILES = 64  # of one picture; larger pictures get larger tiles, so that time and memory stay bounded
LEAST_TILE = 64
SAME = 0.5  # share of the smaller box within the other at which a cut object is the same as another


@dataclass(frozen=True)
class Tiles:
    """How pictures are cut: ``size`` px of a square tile, 0 = the network's input; ``overlap`` share of neighbours."""

    size: int = 0
    overlap: float = AUTO_OVERLAP
    large_only: bool = True  # auto: pictures from AUTO_FROM times the input on


@dataclass(frozen=True)
class Part:
    """A guess in picture px, and whether the edge of its tile may have cut it."""

    guess: Guess
    cut: bool = False


def plan_tiles(width: int, height: int, input_side: int, tiles: Tiles) -> list[tuple[int, int, int, int]]:
    """Tiles (x1, y1, x2, y2) px that cover a picture, row by row; empty where it is looked at as a whole only.

    Neighbours overlap by at least ``tiles.overlap`` of a tile and are spread evenly. At most MOST_TILES.
    """
    side = max(LEAST_TILE, tiles.size or input_side)
    if max(width, height) <= side or (tiles.large_only and max(width, height) < AUTO_FROM * input_side):
        return []
    while len(starts := _starts(width, side, tiles.overlap)) * len(_starts(height, side, tiles.overlap)) > MOST_TILES:
        side = math.ceil(side * 1.1)
    return [
        (x, y, min(width, x + side), min(height, y + side))
        for y in _starts(height, side, tiles.overlap)
        for x in starts
    ]


def _starts(length: int, side: int, overlap: float) -> list[int]:
    if length <= side:
        return [0]
    count = math.ceil((length - side) / (side * (1 - overlap))) + 1
    return [round(number * (length - side) / (count - 1)) for number in range(count)]


class TiledPredictor:
    """A detector that also looks at the tiles of large pictures, one by one; features are the whole picture's."""

    def __init__(self, inner: Predictor, input_side: int, tiles: Tiles, nms_iou: float) -> None:
        self.inner, self.input_side, self.tiles, self.nms_iou = inner, input_side, tiles, nms_iou
        self.classes, self.embeds = inner.classes, inner.embeds

    def decode(self, source: Path | bytes, max_pixels: int = MAX_PIXELS) -> Picture:
        """A picture file at its own size: tiles are there to see what a smaller copy lacks. Raises BadPicture."""
        return decode_whole(source, max_pixels)

    def predict(self, images: Sequence[Pixels | Picture]) -> list[list[Guess]]:
        """Guesses per picture, best first."""
        return [self.look(image)[0] for image in images]

    def look(self, image: Pixels | Picture) -> tuple[list[Guess], Any | None]:
        """Guesses of the whole picture and of its tiles brought together, and the picture's features."""
        image = image.pixels if isinstance(image, Picture) else image
        height, width = image.shape[:2]
        guesses, features = self.inner.look(image)
        planned = plan_tiles(width, height, self.input_side, self.tiles)
        if not planned:
            return guesses, features
        parts = [Part(guess) for guess in guesses]
        for x1, y1, x2, y2 in planned:
            found = self.inner.predict([np.ascontiguousarray(image[y1:y2, x1:x2])])[0]
            parts += [_placed(guess, (x1, y1, x2, y2), width, height) for guess in found]
        return merged(parts, self.nms_iou), features


def _placed(guess: Guess, tile: tuple[int, int, int, int], width: int, height: int) -> Part:
    """A guess of a tile in the picture's px; cut where it ends at an edge that is not the picture's own."""
    assert guess.bbox is not None
    x1, y1, x2, y2 = tile
    box = (guess.bbox[0] + x1, guess.bbox[1] + y1, guess.bbox[2] + x1, guess.bbox[3] + y1)
    near = 2.0  # px: networks end a box beside the edge as often as on it
    cut = (
        (x1 > 0 and box[0] < x1 + near)
        or (y1 > 0 and box[1] < y1 + near)
        or (x2 < width and box[2] > x2 - near)
        or (y2 < height and box[3] > y2 - near)
    )
    return Part(replace(guess, bbox=box), cut)


def merged(parts: Sequence[Part], nms_iou: float, limit: int = MAX_OBJECTS) -> list[Guess]:
    """One guess for each object, best first: greedy, within a class, the surer one keeps its score and classes.

    Two whole boxes are one object from ``nms_iou`` on, as in NMS. A cut one is the same as another when SAME of the
    smaller lies within the other: two cut ones are joined (greedy non-maximum merging), of a cut and a whole one the
    whole one's box stays. Whole boxes are never joined, so that small objects before a large one of their class stay.
    """
    order = sorted(parts, key=lambda part: -part.guess.score)
    boxes = np.array([part.guess.bbox for part in order], dtype=np.float64).reshape(-1, 4)
    classes = np.array([part.guess.class_index for part in order], dtype=np.int64)
    cut = np.array([part.cut for part in order], dtype=bool)
    alive = np.ones(len(order), dtype=bool)
    kept: list[Guess] = []
    for index, part in enumerate(order):
        if not alive[index]:
            continue
        box, is_cut = boxes[index], bool(cut[index])
        while True:  # a joined box may now reach over others
            same = _same(box, is_cut, boxes, cut, nms_iou) & alive & (classes == classes[index])
            same[: index + 1] = False
            if not same.any():
                break
            alive &= ~same
            whole = np.flatnonzero(same & ~cut)
            if is_cut and len(whole):
                box, is_cut = boxes[whole[0]], False
            elif is_cut:
                joined = np.vstack([box[None], boxes[same]])
                box = np.concatenate([joined[:, :2].min(axis=0), joined[:, 2:].max(axis=0)])
        x1, y1, x2, y2 = box.tolist()
        kept.append(replace(part.guess, bbox=(x1, y1, x2, y2)))
        if len(kept) == limit:
            break
    return kept


def _same(box: NDArray[Any], is_cut: bool, boxes: NDArray[Any], cut: NDArray[Any], nms_iou: float) -> NDArray[Any]:
    """Which boxes show the same object as ``box`` (n,)."""
    sides = np.minimum(box[2:], boxes[:, 2:]) - np.maximum(box[:2], boxes[:, :2])
    shared = sides.clip(min=0).prod(axis=1)
    area, areas = (box[2:] - box[:2]).prod(), (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    by_nms = shared > nms_iou * (area + areas - shared)
    by_part = (cut | is_cut) & (shared >= SAME * np.minimum(area, areas)) & (shared > 0)
    return np.asarray(by_nms | by_part)
