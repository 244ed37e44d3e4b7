"""Everything that a report shows, computed once by the worker, so that the web part reads it without arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from compression.core.judging.average_precision import precision_curve
from compression.core.judging.bootstrap import RESAMPLES, influences, intervals
from compression.core.judging.judgement import SHOWN_IOU, SHOWN_SCORE, ImageResult
from compression.core.judging.measures import reliability
from compression.core.judging.one_vs_rest import average_precision, class_curve, thinned
from compression.core.judging.worst import worst_images

SCHEMA = 1


def describe(
    images: Sequence[ImageResult],
    classes: Sequence[str],
    task_type: str,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> dict[str, Any]:
    """The details of a report, plain JSON.

    ``intervals`` metric → [low, high]; ``curves`` {pr, reliability, confusion}; ``worst`` rows; and, for comparing two
    models later, ``item_ids``, ``influence`` (metric → a number per image) and, for classifiers, ``right``.
    """
    return {
        "schema": SCHEMA,
        "task_type": task_type,
        "classes": list(classes),
        "intervals": intervals(images, task_type, resamples=resamples, seed=seed),
        "curves": {
            "pr": pr_curves(images, classes, task_type),
            "reliability": reliability(images, task_type),
            "confusion": confusion_matrix(images, classes, task_type),
        },
        "worst": worst_images(images, classes, task_type),
        "item_ids": [image.item_id for image in images],
        "influence": influences(images, task_type),
        "right": [int(bool(image.right) and image.right[0]) for image in images]
        if task_type == "image_classification"
        else [],
    }


def pr_curves(images: Sequence[ImageResult], classes: Sequence[str], task_type: str) -> list[dict[str, Any]]:
    """Precision against recall of each class that occurs: of boxes at IoU 0.5, of whole images one against the rest.

    A curve of whole images has its ``ap``, the area under its steps. Segmentation has none: a pixel has no score.
    """
    if task_type == "semantic_segmentation":
        return []
    curves: list[dict[str, Any]] = []
    for index, name in enumerate(classes):
        if not any(image.truths[index] for image in images):
            continue
        if task_type == "image_classification":
            recall, precision = class_curve(images, index)
            ap = round(average_precision(recall, precision), 5)
            curves.append({"class": name, "points": thinned(recall, precision), "ap": ap})
        else:
            curves.append({"class": name, "points": [list(point) for point in precision_curve(images, index)]})
    return curves


def confusion_matrix(images: Sequence[ImageResult], classes: Sequence[str], task_type: str) -> dict[str, Any]:
    """``matrix`` [true][guessed] of objects, images or pixels, ``labels`` along both sides.

    Detection has “background” last: its row holds false guesses, its column missed objects, at ``score`` and ``iou``.
    Elsewhere that column is there only where an image got no guess at all.
    """
    size = len(classes) + 1
    matrix = [[0] * size for _ in range(size)]
    for image in images:
        for true, guess, count in image.confusion:
            matrix[true][guess] += count
    detecting = task_type == "object_detection"
    if not detecting and not any(row[-1] for row in matrix) and not any(matrix[-1]):
        matrix = [row[:-1] for row in matrix[:-1]]
    labels = [*classes, "background"][: len(matrix)]
    at = {"score": SHOWN_SCORE, "iou": SHOWN_IOU} if detecting else {"score": None, "iou": None}
    return {"labels": labels, "matrix": matrix, **at}
