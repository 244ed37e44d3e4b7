"""The object under a click or in a box, out of a class map that a segmenter made."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from annotator.core.geometry import Box
from prelabel.core.masks import ClassMap

Point = tuple[float, float]
Mask = NDArray[np.bool_]

_BESIDE = 0.5  # of a box, on each side: what is looked at to tell the object from what it lies on
_KEPT = 0.2  # parts smaller than this share of the largest one are specks
MOST_CORNERS, MOST_RINGS = 20_000, 500


@dataclass(frozen=True)
class Region:
    """Pixels (height, width) of one class; ``class_index`` as the model counts."""

    mask: Mask
    class_index: int


def region_at(found: ClassMap, points: Sequence[Point], classes: Collection[int]) -> Region | None:
    """The connected part under the first point (px) and those under the others, whatever their class.

    None where the first point lies on none of ``classes``, the class indexes that count.
    """
    index = _class_at(found, points[0])
    if index not in classes:
        return None
    # A flood of one value needs a byte a pixel; labels of all parts would need four and the time for all of them.
    mask = np.zeros((found.shape[0] + 2, found.shape[1] + 2), dtype=np.uint8)
    for point in points:
        if _class_at(found, point) in classes:
            x, y = int(point[0]), int(point[1])
            cv2.floodFill(found, mask, (x, y), 0, 0, 0, 4 | cv2.FLOODFILL_MASK_ONLY | (1 << 8))
    return Region(mask[1:-1, 1:-1].astype(np.bool_), index)


def region_in(found: ClassMap, box: Box, classes: Collection[int]) -> Region | None:
    """What fills most of a box (px, inside the picture): the parts of one class that lie mostly in it.

    A part that goes on beyond the box is the ground an object stands on, and counts only where nothing else is there;
    then what the box holds of it is taken. None where the box holds none of ``classes``.
    """
    inner = _pixels(box, found)
    across, down = _BESIDE * (box[2] - box[0]), _BESIDE * (box[3] - box[1])
    outer = _pixels((box[0] - across, box[1] - down, box[2] + across, box[3] + down), found)
    window = found[outer]
    within = (_moved(inner[0], outer[0]), _moved(inner[1], outer[1]))
    best: tuple[bool, int, Mask, int] | None = None
    for index in np.unique(found[inner]).tolist():
        if index not in classes:
            continue
        part, whole = _parts(window == index, within)
        pixels = int(part.sum())
        if best is None or (whole, pixels) > best[:2]:
            best = (whole, pixels, part, index)
    if best is None:
        return None
    mask = np.zeros(found.shape, dtype=np.bool_)
    mask[inner] = best[2]
    return Region(mask, best[3])


def outline(mask: Mask) -> tuple[Box, list[list[float]]]:
    """Box (px) and rings [x, y, …] of a mask that holds a pixel; rings inside others are holes.

    Simplified to within 0.8 px, or as much as it takes to be few enough to draw. Source: Douglas, Peucker 1973.
    """
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    top, left, bottom, right = int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1
    part = mask[top:bottom, left:right].astype(np.uint8)
    # Outlines run through pixel centres: of quarter pixels the error is an eighth of one; what is large hides it.
    finer = 4 if part.size <= 2**20 else 1
    large = cv2.resize(part, None, fx=finer, fy=finer, interpolation=cv2.INTER_NEAREST)
    curves, _ = cv2.findContours(large, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    curves = sorted(curves, key=lambda one: -cv2.contourArea(one))[:MOST_RINGS]
    tolerance = 0.8 * finer
    while True:
        corners = [cv2.approxPolyDP(one, tolerance, True).reshape(-1, 2) for one in curves]
        if sum(len(one) for one in corners) <= MOST_CORNERS:
            break
        tolerance *= 2
    # A region of a pixel or two simplifies to a line: it keeps all its corners.
    kept = [one for one in corners if len(one) >= 3] or [curves[0].reshape(-1, 2)]
    rings = [np.round((one + 0.5) / finer + (left, top), 2).reshape(-1).tolist() for one in kept]
    return (float(left), float(top), float(right), float(bottom)), rings


def _class_at(found: ClassMap, point: Point) -> int:
    return int(found[int(point[1]), int(point[0])])


def _pixels(box: Box, found: ClassMap) -> tuple[slice, slice]:
    """Rows and columns of the whole pixels that a box touches, at least one of each."""
    height, width = found.shape
    left, top = min(max(0, int(box[0])), width - 1), min(max(0, int(box[1])), height - 1)
    right, bottom = min(width, int(np.ceil(box[2]))), min(height, int(np.ceil(box[3])))
    return slice(top, max(top + 1, bottom)), slice(left, max(left + 1, right))


def _moved(inner: slice, outer: slice) -> slice:
    return slice(inner.start - outer.start, inner.stop - outer.start)


def _parts(of_class: Mask, within: tuple[slice, slice]) -> tuple[Mask, bool]:
    """What the box holds of a class: parts mostly in it, without specks (True), else all of it (False)."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(of_class.astype(np.uint8), connectivity=4)
    boxed = labels[within]
    inside, sizes = np.bincount(boxed.ravel(), minlength=count), stats[:, cv2.CC_STAT_AREA]
    mostly = 2 * inside > sizes
    mostly[0] = False
    if not mostly.any():
        return of_class[within], False
    kept = mostly & (inside >= _KEPT * inside[mostly].max())
    return np.asarray(kept[boxed], dtype=np.bool_), True
