"""Random pictures with boxes of all sizes, and what pycocotools says of them."""

from __future__ import annotations

import contextlib
import io
import random
from dataclasses import dataclass
from typing import Any

from prelabel.core.metric import Truth


@dataclass(frozen=True)
class Shown:
    bbox: tuple[float, float, float, float] | None
    class_index: int
    score: float


def random_truths(seed: int, images: int = 40, classes: int = 3) -> list[list[Truth]]:
    """Pictures of 640 px with up to nine boxes from 8 to 300 px wide; class 2 is rare."""
    rng = random.Random(seed)
    made = []
    for _ in range(images):
        objects = []
        for _ in range(rng.randrange(10)):
            width, height = (8 * 37.5 ** rng.random() for _ in range(2))
            x, y = rng.uniform(0, 640 - width), rng.uniform(0, 640 - height)
            label = classes - 1 if rng.random() < 0.05 else rng.randrange(classes - 1)
            objects.append(Truth((x, y, x + width, y + height), label))
        made.append(objects)
    return made


def random_guesses(truths: list[list[Truth]], seed: int, classes: int = 3, miss: float = 0.2) -> list[list[Shown]]:
    """Shifted, doubled, missed, relabelled and invented boxes; scores of two decimals, so that many are equal."""
    rng = random.Random(seed)
    guesses = []
    for objects in truths:
        found = []
        for truth in objects:
            assert truth.bbox is not None
            x1, y1, x2, y2 = truth.bbox
            for _ in range(rng.choice((1, 1, 1, 2))):
                if rng.random() < miss:
                    continue
                dx, dy = ((high - low) * rng.gauss(0, 0.12) for low, high in ((x1, x2), (y1, y2)))
                label = truth.class_index if rng.random() < 0.9 else rng.randrange(classes)
                found.append(Shown((x1 + dx, y1 + dy, x2 + dx, y2), label, round(rng.betavariate(4, 2), 2)))
        for _ in range(rng.randrange(4)):
            x, y, side = rng.uniform(0, 500), rng.uniform(0, 500), rng.uniform(8, 140)
            found.append(Shown((x, y, x + side, y + side), rng.randrange(classes), round(rng.betavariate(2, 4), 2)))
        guesses.append(found)
    return guesses


def coco_precision(guesses: list[list[Shown]], truths: list[list[Truth]], classes: int = 3) -> Any:
    """pycocotools' precision (ten IoUs, 101 recalls, classes, areas all | small | medium | large), -1 = undefined."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    annotations: list[dict[str, Any]] = []
    for image, objects in enumerate(truths, start=1):
        for truth in objects:
            box = _xywh(truth.bbox)
            annotations.append(
                {"id": len(annotations) + 1, "image_id": image, "category_id": truth.class_index + 1, "bbox": box,
                 "area": box[2] * box[3], "iscrowd": 0}
            )  # fmt: skip
    rows = [
        {"image_id": image, "category_id": one.class_index + 1, "bbox": _xywh(one.bbox), "score": one.score}
        for image, found in enumerate(guesses, start=1)
        for one in found
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        dataset = COCO()
        dataset.dataset = {
            "info": {},
            "images": [{"id": image} for image in range(1, len(truths) + 1)],
            "annotations": annotations,
            "categories": [{"id": index + 1, "name": str(index)} for index in range(classes)],
        }
        dataset.createIndex()
        evaluation = COCOeval(dataset, dataset.loadRes(rows), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
    return evaluation.eval["precision"][:, :, :, :, -1]


def _xywh(box: tuple[float, float, float, float] | None) -> list[float]:
    assert box is not None
    return [box[0], box[1], box[2] - box[0], box[3] - box[1]]
