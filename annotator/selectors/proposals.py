"""What is under a click or in a box: the object as GrabCut finds it in the picture alone."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from functools import lru_cache
from math import dist
from typing import Any

from annotator import storage
from annotator.core.crops import Crop, Window, read_crop, window_around
from annotator.core.errors import Unprocessable, WinnowError
from annotator.core.geometry import Box, box_area, clip_box
from annotator.core.grabcut import SPAN, Point, Proposal, Seed, installed, propose
from annotator.models import Item

TASK_TYPES = ("object_detection", "semantic_segmentation")
MARGIN = 0.2  # of a box, on each side: what is surely not the object
# Long sides, as shares of the picture's, that are tried where nothing is known; around a size of the neighbours. The
# usual one comes first: on a busy server the last may not be tried.
SHARES, AROUND = (0.13, 0.26, 0.06), (1.0, 1.5, 0.7)
AT_ONCE, WAIT_S = 2, 1.0
_room = threading.BoundedSemaphore(AT_ONCE)


class Busy(WinnowError):
    """Too many proposals at once in this process."""

    code, status = "busy", 503


@dataclass(frozen=True)
class Shown:
    """What a person showed, in picture px. ``size``: the long side of objects like it, or of the cut put right."""

    point: Point | None = None
    box: Box | None = None
    inside: tuple[Point, ...] = ()
    outside: tuple[Point, ...] = ()
    size: float | None = None


def can_propose(task_type: str) -> bool:
    """Whether this server has the tool for such a project."""
    return task_type in TASK_TYPES and installed()


def cut_out(*, item: Item, shown: Shown, mask: bool) -> dict[str, Any]:
    """The proposal (with its mask where asked for), or None in its place, and the milliseconds it took.

    Raises Unprocessable for what lies outside the picture, Busy, BadPicture, NoCutting.
    """
    began = time.perf_counter()
    if item.project.task_type not in TASK_TYPES:
        raise Unprocessable("nothing is drawn in this project, so there is nothing to propose", code="nothing_drawn")
    seed, window = seed_and_window(item, shown)
    if not _room.acquire(timeout=WAIT_S):
        raise Busy("the server cuts out too much at once; try again in a moment")
    try:
        found = propose(_crop(item.blob, window), seed)
    finally:
        _room.release()
    row = found and proposal_row(found, mask=mask)
    return {"proposal": row, "method": "grabcut", "ms": round(1000 * (time.perf_counter() - began), 1)}


def proposal_row(found: Proposal, *, mask: bool) -> dict[str, Any]:
    """A proposal as the API shows it."""
    row: dict[str, Any] = {"bbox": found.bbox, "rings": found.rings, "score": found.score}
    return row | {"rle": found.rle} if mask else row


@lru_cache(maxsize=16)  # at most 12 MB; a cut that is put right by further clicks is made of the same part
def _crop(sha256: str, window: Window) -> Crop:
    return read_crop(storage.blob_path(sha256), window)


def seed_and_window(item: Item, shown: Shown) -> tuple[Seed, Window]:
    """The seed and the part of the picture to read for it."""
    width, height = item.width, item.height
    for x, y in (*([shown.point] if shown.point else ()), *shown.inside, *shown.outside):
        if not (0 <= x < width and 0 <= y < height):
            raise Unprocessable(f"({x:g}, {y:g}) lies outside the picture of {width} x {height} px", field="point")
    if shown.box is not None:
        box = clip_box(shown.box, width, height)
        if box_area(box) < 4 or box[2] - box[0] < 2 or box[3] - box[1] < 2:
            raise Unprocessable("the box is smaller than 2 x 2 px of the picture", field="box")
        across, down = MARGIN * (box[2] - box[0]) + 2, MARGIN * (box[3] - box[1]) + 2
        around = (box[0] - across, box[1] - down, box[2] + across, box[3] + down)
        return Seed(None, box, shown.inside, shown.outside), window_around(around, width, height)
    assert shown.point is not None
    sizes = _sizes(item, shown, shown.point)
    (x, y), reach = shown.point, SPAN * max(sizes) / 2
    window = window_around((x - reach, y - reach, x + reach, y + reach), width, height)
    return Seed(shown.point, None, shown.inside, shown.outside, sizes), window


def _sizes(item: Item, shown: Shown, point: Point) -> tuple[float, ...]:
    longest = float(max(item.width, item.height))
    if shown.inside or shown.outside:
        # Put right: looks as far as what was added, and does not jump to another size.
        further = max((1.3 * dist(point, one) for one in shown.inside), default=0.0)
        return (min(longest, max(shown.size or SHARES[0] * longest, further, 8.0)),)
    if shown.size is not None:
        return tuple(min(longest, max(8.0, share * shown.size)) for share in AROUND)
    return tuple(max(8.0, share * longest) for share in SHARES)
