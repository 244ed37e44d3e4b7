"""Cuts the object under a click, or in a box, out of its surroundings by colour: GrabCut, no model.

The only place of the web part that computes with arrays: OpenCV and numpy (the extra `assist`) are loaded by the first
proposal, so that a server without them starts and serves all else.
Source: Rother, Kolmogorov, Blake, "GrabCut: interactive foreground extraction using iterated graph cuts", 2004.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from annotator.core.crops import Crop
from annotator.core.errors import WinnowError
from annotator.core.geometry import Box
from annotator.core.rle import encode_runs, runs_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]
    Pixels = NDArray[np.uint8]

Point = tuple[float, float]

WORKING_PX = 160  # long side that a cut is made at: at 224 the masks gain 0.01 of IoU and take twice as long
ROUNDS = 2
BUDGET_S = 0.25  # no further size is tried that would end after this, going by the slowest so far, if one convinced
SPAN = 2.0  # a click looks at a square of so many times the size that the object may have
_LEAST_FILLED, _CONVINCING = 0.15, 0.3
_KEPT = 0.2  # parts smaller than this share of the largest one are specks
# What GrabCut's mask says of a pixel.
_NOT, _IS, _PERHAPS_NOT, _PERHAPS = 0, 1, 2, 3


class NoCutting(WinnowError):
    """This server was installed without OpenCV."""

    code, status = "assist_not_installed", 409


@dataclass(frozen=True)
class Seed:
    """What a person showed, in picture px: a click in the object or a box around it, then points in it and not in it.

    ``sizes``: the long sides, px, that an object under a click may have; the best of the cuts is taken.
    """

    point: Point | None = None
    box: Box | None = None
    inside: tuple[Point, ...] = ()
    outside: tuple[Point, ...] = ()
    sizes: tuple[float, ...] = ()


@dataclass(frozen=True)
class Proposal:
    """An object in picture px: ``rings`` as polygons have them, ``score`` 0..1, how much it differs from around it."""

    bbox: Box
    rings: list[list[float]]
    rle: dict[str, Any]
    score: float


@dataclass(frozen=True)
class _View:
    """Part of a crop: ``left``, ``top`` in picture px, ``across``, ``down`` px of the view per picture px."""

    pixels: Pixels
    left: float
    top: float
    across: float
    down: float

    def place(self, point: Point) -> Point:
        return (point[0] - self.left) * self.across, (point[1] - self.top) * self.down


def installed() -> bool:
    """True where proposals can be made."""
    return find_spec("cv2") is not None and find_spec("numpy") is not None


def propose(crop: Crop, seed: Seed) -> Proposal | None:
    """The object that the seed shows, None where nothing stands out. Raises NoCutting where OpenCV is missing."""
    if not installed():
        raise NoCutting("this server cannot cut out objects; install winnow[assist] in its web part and restart it")
    import cv2  # noqa: F401  a second at the first call, which is not to cost it its tries

    best: tuple[float, Mask, _View] | None = None
    began = at = time.monotonic()
    slowest = 0.0
    for view, hints in _views(crop, seed):
        mask = _cut(view, hints, seed)
        if mask.any():
            # What fills little of the size that was looked for is a speck of something larger.
            filled = mask.sum() / max(1, (hints != _NOT).sum())
            score = _contrast(view.pixels, mask) * min(1.0, filled / _LEAST_FILLED)
            best = (score, mask, view) if best is None or score > best[0] else best
        before, at = at, time.monotonic()
        slowest = max(slowest, at - before)
        if best is not None and best[0] >= _CONVINCING and at + slowest > began + BUDGET_S:
            break
    return None if best is None else _proposal(crop, best[1], best[2], float(best[0]))


def _views(crop: Crop, seed: Seed) -> Iterator[tuple[_View, Pixels]]:
    """Where to look, and what to think of each pixel at first."""
    import numpy as np

    pixels = np.asarray(crop.image)
    if seed.box is not None:
        view = _view(crop, pixels, crop.window)
        yield view, _in_box(view, seed.box)
    for size in seed.sizes if seed.point is not None else ():
        assert seed.point is not None
        (x, y), reach = seed.point, SPAN * size / 2
        view = _view(crop, pixels, (x - reach, y - reach, x + reach, y + reach))
        yield view, _around(view, seed.point, reach)


def _view(crop: Crop, pixels: Pixels, box: Sequence[float]) -> _View:
    """What the crop shows of a box (picture px), at most WORKING_PX long."""
    import cv2
    import numpy as np

    cv2.setNumThreads(1)  # each request has a thread already
    scale_x, scale_y = crop.scale
    left = min(max(0, round((box[0] - crop.window[0]) * scale_x)), pixels.shape[1] - 1)
    top = min(max(0, round((box[1] - crop.window[1]) * scale_y)), pixels.shape[0] - 1)
    right = min(pixels.shape[1], max(left + 1, round((box[2] - crop.window[0]) * scale_x)))
    bottom = min(pixels.shape[0], max(top + 1, round((box[3] - crop.window[1]) * scale_y)))
    part = pixels[top:bottom, left:right]
    share = min(1.0, WORKING_PX / max(part.shape[:2]))
    size = max(1, round(part.shape[1] * share)), max(1, round(part.shape[0] * share))
    small = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    # Drawn pictures have areas of one colour alone, on which GrabCut's colour models are without any width.
    grain = np.random.default_rng(0).integers(-2, 3, small.shape)
    grainy = np.ascontiguousarray(np.clip(small + grain, 0, 255), dtype=np.uint8)
    across, down = scale_x * size[0] / part.shape[1], scale_y * size[1] / part.shape[0]
    return _View(grainy, crop.window[0] + left / scale_x, crop.window[1] + top / scale_y, across, down)


def _centres(view: _View) -> tuple[NDArray[Any], NDArray[Any]]:
    """x (1, w) and y (h, 1) of the pixels' centres, in picture px."""
    import numpy as np

    height, width = view.pixels.shape[:2]
    x = view.left + (np.arange(width) + 0.5)[None, :] / view.across
    return x, view.top + (np.arange(height) + 0.5)[:, None] / view.down


def _in_box(view: _View, box: Box) -> Pixels:
    """An object fills the middle of its box and seldom the corners; outside the box is none of it."""
    import numpy as np

    x, y = _centres(view)
    u = (2 * x - box[0] - box[2]) / (box[2] - box[0])
    v = (2 * y - box[1] - box[3]) / (box[3] - box[1])
    within, far = (np.abs(u) <= 1) & (np.abs(v) <= 1), np.hypot(u, v)
    hints = np.where(within, _PERHAPS_NOT, _NOT)
    hints[within & (far <= 1.1)] = _PERHAPS
    hints[far <= 0.6] = _IS  # measured: without it cuts fall apart, and half of the overlap is lost
    return hints.astype(np.uint8)


def _around(view: _View, point: Point, reach: float) -> Pixels:
    """Half of what is looked at may be the object; its rim is not."""
    import numpy as np

    x, y = _centres(view)
    far = np.hypot(x - point[0], y - point[1]) / reach
    hints = np.full(far.shape, _PERHAPS_NOT)
    hints[far > 0.95] = _NOT
    hints[far < 0.5] = _PERHAPS
    hints[far < 0.2] = _IS
    return hints.astype(np.uint8)


def _cut(view: _View, hints: Pixels, seed: Seed) -> Mask:
    """The object's pixels (h, w) in the view."""
    import cv2
    import numpy as np

    sure = [seed.point] if seed.point is not None else []
    for mark, points in ((_IS, [*sure, *seed.inside]), (_NOT, seed.outside)):
        for point in points:
            x, y = view.place(point)
            cv2.circle(hints, (int(x), int(y)), 3 if mark == _NOT or point != seed.point else 0, mark, -1)
    possible: Mask = (hints == _IS) | (hints == _PERHAPS)
    if possible.all() or not possible.any():
        return possible
    ours, theirs, no_box = np.zeros((1, 65)), np.zeros((1, 65)), (0, 0, 0, 0)
    cv2.setRNGSeed(0)  # its first clusters are drawn by chance; the same click is to give the same cut
    cv2.grabCut(view.pixels, hints, no_box, theirs, ours, ROUNDS, cv2.GC_INIT_WITH_MASK)
    # Pixels that differ from all around them are grain, of the picture or of a screen.
    found = cv2.medianBlur(((hints == _IS) | (hints == _PERHAPS)).astype(np.uint8), 3) > 0
    return _filled(_of_seed(found, [view.place(point) for point in (*sure, *seed.inside)]))


def _of_seed(found: Mask, points: Sequence[Point]) -> Mask:
    """The connected parts that hold the points; without points those that are no specks."""
    import cv2
    import numpy as np

    count, labels, stats, _ = cv2.connectedComponentsWithStats(found.astype(np.uint8), connectivity=4)
    if count < 2:
        return found
    kept = np.zeros(count, dtype=bool)
    for x, y in points:
        if 0 <= int(y) < found.shape[0] and 0 <= int(x) < found.shape[1]:
            kept[labels[int(y), int(x)]] = True
    if not points:
        kept = stats[:, cv2.CC_STAT_AREA] >= _KEPT * stats[1:, cv2.CC_STAT_AREA].max()
    kept[0] = False
    return np.asarray(kept[labels], dtype=np.bool_)


def _filled(mask: Mask) -> Mask:
    """Without holes: a pale middle or a highlight is a part of its object."""
    import cv2
    import numpy as np

    outlines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    canvas = np.zeros(mask.shape, dtype=np.uint8)
    cv2.drawContours(canvas, outlines, -1, 1, -1)
    return canvas.astype(np.bool_)


def _contrast(pixels: Pixels, mask: Mask) -> float:
    """0..1: how far the colours just inside the outline are from those just outside, in spreads; less at the rim."""
    import cv2
    import numpy as np

    disc, plain = np.ones((5, 5), np.uint8), mask.astype(np.uint8)
    inside, outside = mask & (cv2.erode(plain, disc) == 0), (cv2.dilate(plain, disc) > 0) & ~mask
    if not inside.any() or not outside.any():
        return 0.0
    colours = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB).astype(np.float32)
    ours, theirs = colours[inside], colours[outside]
    apart = float(np.linalg.norm(ours.mean(axis=0) - theirs.mean(axis=0)))
    spread = float(np.linalg.norm(ours.std(axis=0)) + np.linalg.norm(theirs.std(axis=0))) / 2
    rim = np.ones(mask.shape, dtype=bool)
    rim[2:-2, 2:-2] = False
    cut_off = float((mask & rim).sum() / max(1, inside.sum()))
    return apart / (apart + spread + 1.0) * max(0.0, 1.0 - cut_off)


def _proposal(crop: Crop, mask: Mask, view: _View, score: float) -> Proposal:
    import numpy as np

    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    x = [view.left + edge / view.across for edge in (columns[0], columns[-1] + 1)]
    y = [view.top + edge / view.down for edge in (rows[0], rows[-1] + 1)]
    corner = (min(x[1], float(crop.width)), min(y[1], float(crop.height)))
    bbox = (max(0.0, float(x[0])), max(0.0, float(y[0])), float(corner[0]), float(corner[1]))
    return Proposal(bbox, _rings(crop, mask, view), _rle(crop, mask, view), round(score, 3))


def _rings(crop: Crop, mask: Mask, view: _View) -> list[list[float]]:
    """Outlines in picture px, simplified to within 0.8 px of the cut. Source: Douglas, Peucker 1973."""
    import cv2
    import numpy as np

    finer = 4  # outlines run through pixel centres: of quarter pixels the error is an eighth of one
    large = cv2.resize(mask.astype(np.uint8), None, fx=finer, fy=finer, interpolation=cv2.INTER_NEAREST)
    outlines, _ = cv2.findContours(large, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    rings = []
    for outline in outlines:
        corners = cv2.approxPolyDP(outline, 0.8 * finer, True).reshape(-1, 2)
        if len(corners) < 3:
            continue
        x = view.left + (corners[:, 0] + 0.5) / finer / view.across
        y = view.top + (corners[:, 1] + 0.5) / finer / view.down
        pairs = np.stack([np.clip(x, 0, crop.width), np.clip(y, 0, crop.height)], axis=1)
        rings.append(np.round(pairs, 2).reshape(-1).tolist())
    return rings


def _rle(crop: Crop, mask: Mask, view: _View) -> dict[str, Any]:
    """COCO RLE of the whole picture: a pixel belongs to the object when its centre does."""
    import numpy as np

    left, top = max(0, round(view.left)), max(0, round(view.top))
    right = min(crop.width, max(left + 1, round(view.left + mask.shape[1] / view.across)))
    bottom = min(crop.height, max(top + 1, round(view.top + mask.shape[0] / view.down)))
    columns = ((np.arange(left, right) + 0.5 - view.left) * view.across).astype(int).clip(0, mask.shape[1] - 1)
    rows = ((np.arange(top, bottom) + 0.5 - view.top) * view.down).astype(int).clip(0, mask.shape[0] - 1)
    upright = np.pad(mask[rows][:, columns].T.astype(np.int8), ((0, 0), (1, 1)))
    changes = np.diff(upright, axis=1)
    starts, ends = np.argwhere(changes == 1), np.argwhere(changes == -1)
    first = (starts[:, 0] + left) * crop.height + top
    spans = zip((first + starts[:, 1]).tolist(), (first + ends[:, 1]).tolist(), strict=True)
    counts = encode_runs(runs_of(spans, crop.width * crop.height))
    return {"size": [crop.height, crop.width], "counts": counts}
