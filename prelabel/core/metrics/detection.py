"""COCO mean average precision through faster-coco-eval (same numbers as pycocotools, in C++)."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from typing import Any

from prelabel.core.metric import Scored, Truth

MAX_DETECTIONS = 100  # the COCO convention: the best 100 boxes of an image count


def evaluate_detection(
    guesses: Sequence[Sequence[Scored]], truths: Sequence[Sequence[Truth]], class_count: int
) -> dict[str, Any]:
    """mAP over classes that occur in the truth; numbers 0..1.

    ``guesses`` and ``truths`` run in parallel, one entry per image, boxes xyxy px. Returns ``map50``, ``map5095`` and
    ``per_class`` = {class index: {"map50", "map5095", "truths"}} with None for classes without truth. All 0 when there
    is no truth at all. Source: Lin et al. 2014, COCO; 101-point interpolation, areas all, 100 detections per image.
    """
    if len(guesses) != len(truths):
        raise ValueError(f"{len(guesses)} images were guessed, {len(truths)} have a truth")
    counts = [0] * class_count
    for objects in truths:
        for truth in objects:
            counts[truth.class_index] += 1
    per_class: dict[int, dict[str, Any]] = {
        index: {"map50": 0.0 if n else None, "map5095": 0.0 if n else None, "truths": n}
        for index, n in enumerate(counts)
    }
    rows = _result_rows(guesses)
    # The evaluator takes neither an empty truth nor empty results.
    if not any(counts) or not rows:
        return {"map50": 0.0, "map5095": 0.0, "per_class": per_class}
    precision = _precision_table(_dataset(truths, class_count), rows)
    for index, entry in per_class.items():
        entry.update(_class_ap(precision, index))
    return {
        "map50": _mean(per_class, "map50"),
        "map5095": _mean(per_class, "map5095"),
        "per_class": per_class,
    }


def _mean(per_class: dict[int, dict[str, Any]], key: str) -> float:
    """Mean over the classes that occur in the truth."""
    values: list[float] = [entry[key] for entry in per_class.values() if entry["truths"]]
    return sum(values) / len(values)


def _precision_table(dataset: dict[str, Any], rows: list[dict[str, Any]]) -> Any:
    """Precision (iou thresholds, recall points, classes, areas, max detections), -1 where undefined."""
    from faster_coco_eval import COCO, COCOeval_faster

    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(dataset)
        evaluation = COCOeval_faster(truth, truth.loadRes(rows), iouType="bbox")
        evaluation.params.maxDets = [1, 10, MAX_DETECTIONS]
        evaluation.evaluate()
        evaluation.accumulate()
    return evaluation.eval["precision"]


def _class_ap(precision: Any, index: int) -> dict[str, float | None]:
    table = precision[:, :, index, 0, -1]
    whole, half = table[table > -1], table[0][table[0] > -1]
    if whole.size == 0:
        return {"map50": None, "map5095": None}
    return {"map50": float(half.mean()), "map5095": float(whole.mean())}


def _dataset(truths: Sequence[Sequence[Truth]], class_count: int) -> dict[str, Any]:
    annotations: list[dict[str, Any]] = []
    for image, objects in enumerate(truths, start=1):
        for truth in objects:
            x, y, width, height = _xywh(truth)
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": image,
                    "category_id": truth.class_index + 1,
                    "bbox": [x, y, width, height],
                    "area": width * height,
                    "iscrowd": 0,
                }
            )
    return {
        "info": {},
        "images": [{"id": image, "file_name": str(image)} for image in range(1, len(truths) + 1)],
        "annotations": annotations,
        "categories": [{"id": index + 1, "name": str(index)} for index in range(class_count)],
    }


def _result_rows(guesses: Sequence[Sequence[Scored]]) -> list[dict[str, Any]]:
    return [
        {
            "image_id": image,
            "category_id": guess.class_index + 1,
            "bbox": list(_xywh(guess)),
            "score": float(guess.score),
        }
        for image, objects in enumerate(guesses, start=1)
        for guess in objects
    ]


def _xywh(entry: Scored | Truth) -> tuple[float, float, float, float]:
    if entry.bbox is None:
        raise ValueError("an object of a detection has no box")
    x1, y1, x2, y2 = (float(value) for value in entry.bbox)
    return x1, y1, x2 - x1, y2 - y1
