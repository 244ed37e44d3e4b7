"""How well, and how fast, the object under a click or in a box is cut out.

    .venv/bin/python benchmarks/assist.py [--data ../shared/data/bccd] [--objects 60]

A labelled folder of any format that can be imported, boxes or masks, or one with polygons under labels_segment (the
form of YOLO's segmentation). Of a class's mask each piece that is a quarter of the picture or less is an object. `box`:
its own labelled box is shown; `click`: a point inside alone, the one farthest from a mask's edge or the middle of a
box; `click_sized`: with the middle long side of the set's objects, as the editor sends it. `iou` is of boxes,
`mask_iou` of masks where the set has them; ms are wall time and cpu_ms the thread's, with the reading of the picture.
The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.config.settings")

import cv2
import django
import numpy as np
from numpy.typing import NDArray

django.setup()

from annotator.core.crops import read_crop  # noqa: E402
from annotator.core.formats import sniff  # noqa: E402
from annotator.core.geometry import Box, iou  # noqa: E402
from annotator.core.grabcut import propose  # noqa: E402
from annotator.core.picture import read_size  # noqa: E402
from annotator.models import Item  # noqa: E402
from annotator.selectors.proposals import Shown, seed_and_window  # noqa: E402
from prelabel.core.masks import decode_mask  # noqa: E402

Mask = NDArray[np.bool_]
SMALLEST = 8  # px of the shorter side; what is smaller nobody cuts out by hand


@dataclass(frozen=True)
class Labelled:
    """One object of a set; ``inside`` a point of it."""

    picture: Path
    item: Item
    box: Box
    inside: tuple[float, float]
    mask: Mask | None = None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[2] / "shared/data/bccd")
    parser.add_argument("--objects", type=int, default=60)
    options = parser.parse_args()
    labelled = objects_of(options.data)
    random.Random(0).shuffle(labelled)
    usual = statistics.median(max(one.box[2] - one.box[0], one.box[3] - one.box[1]) for one in labelled)
    chosen = labelled[: options.objects]
    found = {how: measure(chosen, how, usual) for how in ("box", "click", "click_sized")}
    print(json.dumps({"data": options.data.name, "objects": len(chosen)} | found))


def objects_of(folder: Path) -> list[Labelled]:
    """Every object of the folder that is large enough."""
    found = _of_polygons(folder) if (folder / "labels_segment").is_dir() else _of_format(folder)
    large = [one for one in found if min(one.box[2] - one.box[0], one.box[3] - one.box[1]) >= SMALLEST]
    if not large:
        raise SystemExit(f"{folder} has no objects with a box or a mask")
    return large


def _of_format(folder: Path) -> Iterator[Labelled]:
    for image in sniff(folder).read(folder).images:
        picture = folder / image.path
        item = _item(picture)
        for one in image.objects:
            if one.mask is not None:
                mask = decode_mask({"size": [item.height, item.width], "counts": one.mask})
                yield from (_masked(picture, item, piece) for piece in _pieces(mask))
            elif one.bbox is not None:
                middle = ((one.bbox[0] + one.bbox[2]) / 2, (one.bbox[1] + one.bbox[3]) / 2)
                yield Labelled(picture, item, one.bbox, middle)


def _of_polygons(folder: Path) -> Iterator[Labelled]:
    """Lines of a class and the corners of one ring, in shares of the picture's sides."""
    for path in sorted((folder / "labels_segment").glob("*.txt")):
        picture = folder / "images" / f"{path.stem}.jpg"
        item = _item(picture)
        for line in path.read_text(encoding="utf-8").splitlines():
            corners = np.array(line.split()[1:], dtype=float).reshape(-1, 2) * (item.width, item.height)
            canvas = np.zeros((item.height, item.width), np.uint8)
            mask = cv2.fillPoly(canvas, [corners.round().astype(np.int32)], 1).astype(bool)
            yield from (_masked(picture, item, piece) for piece in _pieces(mask))


def _pieces(mask: Mask) -> Iterator[Mask]:
    """What hangs together, without what is more than a quarter of the picture (a road, the sky)."""
    count, parts = cv2.connectedComponents(mask.astype(np.uint8))
    for number in range(1, count):
        piece = parts == number
        if SMALLEST**2 <= piece.sum() <= mask.size / 4:
            yield piece


def _masked(picture: Path, item: Item, mask: Mask) -> Labelled:
    left, top, width, height = cv2.boundingRect(mask.astype(np.uint8))
    # A frame of nothing: the picture's edge bounds an object as well.
    depth = cv2.distanceTransform(np.pad(mask, 1).astype(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
    row, column = np.unravel_index(int(depth.argmax()), depth.shape)
    inside = (float(column) + 0.5, float(row) + 0.5)
    return Labelled(picture, item, (left, top, left + width, top + height), inside, mask)


def _item(picture: Path) -> Item:
    width, height = read_size(picture) or (0, 0)
    return Item(width=width, height=height)


def measure(labelled: list[Labelled], how: str, usual: float) -> dict[str, Any]:
    """Mean IoU and the times of one way of showing the object."""
    overlaps, of_masks, wall, cpu = [], [], [], []
    for one in labelled:
        sized = usual if how == "click_sized" else None
        shown = Shown(box=one.box) if how == "box" else Shown(point=one.inside, size=sized)
        began, cpu_began = time.perf_counter(), time.thread_time()
        seed, window = seed_and_window(one.item, shown)
        found = propose(read_crop(one.picture, window), seed)
        wall.append(1000 * (time.perf_counter() - began))
        cpu.append(1000 * (time.thread_time() - cpu_began))
        overlaps.append(iou(found.bbox, one.box) if found else 0.0)
        if one.mask is not None:
            of_masks.append(_mask_iou(decode_mask(found.rle), one.mask) if found else 0.0)
    row = {"iou": round(statistics.mean(overlaps), 3)}
    if of_masks:
        row["mask_iou"] = round(statistics.mean(of_masks), 3)
    for name, times in (("ms", sorted(wall)), ("cpu_ms", sorted(cpu))):
        row[f"p50_{name}"] = round(statistics.median(times), 1)
        row[f"p95_{name}"] = round(times[min(len(times) - 1, int(0.95 * len(times)))], 1)
    print(how, row)
    return row


def _mask_iou(one: Mask, other: Mask) -> float:
    return float((one & other).sum() / max(1, (one | other).sum()))


if __name__ == "__main__":
    main()
