"""What looks like what: the cosine between features, of whole pictures and of the parts around objects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np

from annotator.core.crops import Window, window_around
from annotator.core.geometry import Box
from prelabel.core.pool import Floats
from prelabel.core.preprocess import Pixels

MARGIN = 0.15  # of an object's box, on each side: an outline needs something around it
BLOCK = 4096  # vectors compared at once: at most 32 MB
FEW = 16  # fewer have no mean to speak of


def closest(query: Floats, vectors: Iterable[tuple[int, Floats]], k: int) -> list[tuple[int, float]]:
    """The ``k`` keys whose features are most like the ``query``'s, best first, each with the cosine 0..1 (less is 0).

    Unit vectors (d,); those of another length are passed over. All are taken from the mean of the first block: features
    are never negative, so that without it whatever is compared is 0.9 alike. One question reads each vector once and
    keeps none: an index would take longer to build than to ask.
    """
    best: list[tuple[int, float]] = []
    middle: Floats | None = None
    for keys, matrix in _blocks((key, vector) for key, vector in vectors if len(vector) == len(query)):
        if middle is None:
            middle = matrix.mean(axis=0) if len(matrix) >= FEW else np.zeros_like(query)
        cosines = np.clip(_directions(matrix - middle) @ _directions(query - middle), 0.0, 1.0)
        best += zip(keys, cosines.tolist(), strict=True)
        best = sorted(best, key=lambda one: (-one[1], one[0]))[:k]
    return best


def _directions(vectors: Floats) -> Floats:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    turned: Floats = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return turned


def _blocks(vectors: Iterator[tuple[int, Floats]]) -> Iterator[tuple[list[int], Floats]]:
    while block := list(islice(vectors, BLOCK)):
        yield [key for key, _ in block], np.stack([vector for _, vector in block])


def object_window(box: Box, width: int, height: int) -> Window:
    """The whole pixels of a picture of ``width`` x ``height`` px to look at for the object in ``box`` (xyxy px)."""
    across, down = MARGIN * (box[2] - box[0]), MARGIN * (box[3] - box[1])
    return window_around((box[0] - across, box[1] - down, box[2] + across, box[3] + down), width, height)


def cut(pixels: Pixels, window: Window) -> Pixels:
    """The window (whole xyxy px, half-open) of a picture (h, w, 3)."""
    left, top, right, bottom = window
    return np.ascontiguousarray(pixels[top:bottom, left:right])
