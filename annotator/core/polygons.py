"""Polygons of a segmentation: checked, and filled into the run-length mask that all else reads.

A polygon is a list of rings, each [x1, y1, x2, y2, …] in pixels of the upright picture, closed by itself and filled by
the even-odd rule: a ring inside another one is a hole. A pixel belongs to it when its centre does.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from PIL import Image

from annotator.core.document import number
from annotator.core.errors import InvalidDocument
from annotator.core.rle import encode_runs, runs_of

Ring = list[float]
Rings = list[Ring]

MIN_VERTICES = 3
MAX_RINGS = 2_000
MAX_VERTICES = 60_000
# What the polygons of one document may cost together, about two seconds: rows that their edges cross, and pixels of
# the boxes around them. A traced outline of a 50-megapixel picture stays far below both.
MAX_CROSSED_ROWS = 4_000_000
MAX_FILLED_PIXELS = 2**29
_COVERED = re.compile(rb"\x01+")


@dataclass
class FillBudget:
    """What is left for the polygons of one document."""

    rows: float = MAX_CROSSED_ROWS
    pixels: float = MAX_FILLED_PIXELS

    def take(self, rings: Rings, path: str) -> None:
        """Raises InvalidDocument when the polygons so far cost more than a request may."""
        self.rows -= sum(abs(b[1] - a[1]) + 1 for ring in rings for a, b in _edges(ring))
        left, top, right, bottom = _extent(rings)
        self.pixels -= (right - left) * (bottom - top)
        if self.rows < 0 or self.pixels < 0:
            reason = f"{path}: the polygons of this picture are too large or have too many corners together"
            raise InvalidDocument(f"{reason}; simplify them, or turn the largest into masks", path=path)


def check_polygon(value: Any, path: str, width: float, height: float) -> Rings:
    """The rings as floats. Raises InvalidDocument where they are none, lie outside, or have no three corners."""
    if not isinstance(value, list | tuple) or not 0 < len(value) <= MAX_RINGS:
        raise InvalidDocument(f"{path} must be a list of 1 to {MAX_RINGS} rings [x1, y1, x2, y2, …]", path=path)
    rings = [_ring(ring, f"{path}[{index}]", (width, height)) for index, ring in enumerate(value)]
    corners = sum(len(ring) // 2 for ring in rings)
    if corners > MAX_VERTICES:
        raise InvalidDocument(f"{path} has {corners} corners; the limit is {MAX_VERTICES}", path=path)
    return rings


def _ring(value: Any, path: str, size: tuple[float, float]) -> Ring:
    if not isinstance(value, list | tuple) or len(value) % 2 or len(value) < 2 * MIN_VERTICES:
        raise InvalidDocument(f"{path} must be [x1, y1, x2, y2, …] with at least three corners", path=path)
    if len(value) > 2 * MAX_VERTICES:
        raise InvalidDocument(f"{path} has {len(value) // 2} corners; the limit is {MAX_VERTICES}", path=path)
    ring = [number(coordinate, f"{path}[{index}]") for index, coordinate in enumerate(value)]
    for index, coordinate in enumerate(ring):
        limit = size[index % 2]
        if not 0 <= coordinate <= limit:
            place = f"{path}[{index}]"
            axis = "xy"[index % 2]
            raise InvalidDocument(f"{place}: {axis} must be from 0 to {limit:g}, not {coordinate:g}", path=place)
    return ring


def fill(rings: Rings, path: str, width: int, height: int) -> dict[str, Any]:
    """COCO RLE of the pixels whose centres the rings hold. Raises InvalidDocument where there are none.

    The same arithmetic, in the same order, as the browser's ``fillRings``: both give the same pixels.
    """
    left, top, right, bottom = _extent(rings)
    wide, tall = right - left, bottom - top
    rows = bytearray(wide * tall)
    for row, line in enumerate(_crossings(rings, top + 0.5, tall)):
        for start, end in zip(line[::2], line[1::2], strict=False):
            first, past = max(0, math.ceil(start - 0.5 - left)), min(wide, math.ceil(end - 0.5 - left))
            if first < past:
                rows[row * wide + first : row * wide + past] = b"\x01" * (past - first)
    if b"\x01" not in rows:
        raise InvalidDocument(f"{path} covers no pixel; make it larger", path=path)
    columns = Image.frombytes("L", (wide, tall), bytes(rows)).transpose(Image.Transpose.TRANSPOSE).tobytes()
    spans = _spans(columns, wide, tall, left * height + top, height)
    return {"size": [height, width], "counts": encode_runs(runs_of(spans, width * height))}


def _spans(columns: bytes, wide: int, tall: int, first: int, height: int) -> Iterator[tuple[int, int]]:
    """[start, end) of each covered run in column-major order of the picture; ``first`` is the crop's first pixel."""
    for column in range(wide):
        at = first + column * height
        for run in _COVERED.finditer(columns, column * tall, (column + 1) * tall):
            yield at + run.start() - column * tall, at + run.end() - column * tall


def _edges(ring: Ring) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    last = (ring[-2], ring[-1])
    for index in range(0, len(ring), 2):
        here = (ring[index], ring[index + 1])
        yield last, here
        last = here


def _extent(rings: Rings) -> tuple[int, int, int, int]:
    """The whole pixels around the rings: left, top, right, bottom."""
    xs, ys = [x for ring in rings for x in ring[::2]], [y for ring in rings for y in ring[1::2]]
    return math.floor(min(xs)), math.floor(min(ys)), math.ceil(max(xs)), math.ceil(max(ys))


def _crossings(rings: Rings, top: float, count: int) -> list[list[float]]:
    """For each of ``count`` lines, from ``top`` on and a pixel apart, where the rings cross it, ascending."""
    lines: list[list[float]] = [[] for _ in range(count)]
    for ring in rings:
        for (ax, ay), (bx, by) in _edges(ring):
            if ay > by:
                ax, ay, bx, by = bx, by, ax, ay
            line = max(0, math.ceil(ay - top))
            while line < count and top + line < by:
                lines[line].append(ax + ((top + line - ay) / (by - ay)) * (bx - ax))
                line += 1
    for line_of in lines:
        line_of.sort()
    return lines
