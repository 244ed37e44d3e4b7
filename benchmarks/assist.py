"""How well, and how fast, the object under a click or in a box is cut out.

    .venv/bin/python benchmarks/assist.py [--data ../shared/data/bccd] [--objects 60]

Boxes of a set in PASCAL VOC form (Annotations, JPEGImages). `box`: its own labelled box is shown; `click`: its middle
alone; `click_sized`: with the middle long side of the set's boxes, as the editor sends it. IoU is of boxes; ms are wall
time and cpu_ms the thread's, with the reading of the picture. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.config.settings")

import django

django.setup()

from annotator.core.crops import read_crop  # noqa: E402
from annotator.core.geometry import Box, iou  # noqa: E402
from annotator.core.grabcut import propose  # noqa: E402
from annotator.models import Item  # noqa: E402
from annotator.selectors.proposals import Shown, seed_and_window  # noqa: E402

Labelled = tuple[Path, Item, Box]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[2] / "shared/data/bccd")
    parser.add_argument("--objects", type=int, default=60)
    options = parser.parse_args()
    labelled = objects_of(options.data)
    random.Random(0).shuffle(labelled)
    usual = statistics.median(max(box[2] - box[0], box[3] - box[1]) for _, _, box in labelled)
    chosen = labelled[: options.objects]
    found = {how: measure(chosen, how, usual) for how in ("box", "click", "click_sized")}
    print(json.dumps({"data": options.data.name, "objects": len(chosen)} | found))


def objects_of(folder: Path) -> list[Labelled]:
    """(picture, its size as an item, box) of every object of at least 8 px."""
    found: list[Labelled] = []
    for path in sorted((folder / "Annotations").glob("*.xml")):
        root = ET.parse(path).getroot()
        size = [int(root.findtext(f"size/{side}") or 0) for side in ("width", "height")]
        for one in root.iter("object"):
            left, top, right, bottom = (
                float(one.findtext(f"bndbox/{edge}") or 0) for edge in ("xmin", "ymin", "xmax", "ymax")
            )
            if min(right - left, bottom - top) >= 8:
                item = Item(width=size[0], height=size[1])
                picture = folder / "JPEGImages" / f"{path.stem}.jpg"
                found.append((picture, item, (left, top, right, bottom)))
    return found


def measure(labelled: list[Labelled], how: str, usual: float) -> dict[str, Any]:
    """Mean IoU and the times of one way of showing the object."""
    overlaps, wall, cpu = [], [], []
    for path, item, box in labelled:
        middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
        sized = usual if how == "click_sized" else None
        shown = Shown(box=box) if how == "box" else Shown(point=middle, size=sized)
        began, cpu_began = time.perf_counter(), time.thread_time()
        seed, window = seed_and_window(item, shown)
        found = propose(read_crop(path, window), seed)
        wall.append(1000 * (time.perf_counter() - began))
        cpu.append(1000 * (time.thread_time() - cpu_began))
        overlaps.append(iou(found.bbox, box) if found else 0.0)
    row = {"iou": round(statistics.mean(overlaps), 3)}
    for name, times in (("ms", sorted(wall)), ("cpu_ms", sorted(cpu))):
        row[f"p50_{name}"] = round(statistics.median(times), 1)
        row[f"p95_{name}"] = round(times[min(len(times) - 1, int(0.95 * len(times)))], 1)
    print(how, row)
    return row


if __name__ == "__main__":
    main()
