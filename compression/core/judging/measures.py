"""Every number that a bootstrap can be asked for, as a function of weighted images.

Sources: macro F1 as scikit-learn's ``f1_score(average="macro")``; mean IoU as its ``jaccard_score(average="macro")``;
calibration error: Guo et al. 2017 (classes), Küppers et al. 2020 (detections: precision of shown boxes by score).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compression.core.judging.average_precision import (
    ALL,
    Ranking,
    average_precisions,
    check_levels,
    mean_precision,
    size_truths,
    weighted_map50,
    weighted_map5095,
)
from compression.core.judging.judgement import SHOWN_SCORE, ImageResult, guessed_pixels
from compression.core.judging.matching import SIZES

Floats = NDArray[np.float64]
Measure = Callable[[Sequence[ImageResult], Floats], Floats]
BINS = 10


def weighted_accuracy(images: Sequence[ImageResult], weights: Floats) -> Floats:
    """Share of images (resamples,) whose best guess is right; images without a true class do not count."""
    right = np.array([float(bool(image.right) and image.right[0]) for image in images])
    counted = np.array([float(sum(image.truths) > 0) for image in images])
    return _ratio(weights @ (right * counted), weights @ counted)


def weighted_macro_f1(images: Sequence[ImageResult], weights: Floats) -> Floats:
    """Mean F1 (resamples,) of the best guesses, over the classes that occur in truth or guess."""
    hits, guessed, true = (weights @ part for part in _best_guesses(images))
    f1 = _ratio(2 * hits, guessed + true)
    occurring = (guessed + true) > 0
    return _ratio((f1 * occurring).sum(axis=1), occurring.sum(axis=1).astype(np.float64))


def weighted_miou(images: Sequence[ImageResult], weights: Floats) -> Floats:
    """Mean intersection over union (resamples,) of pixels, over the classes that occur in truth or guess."""
    iou, union = class_ious(images, weights)
    occurring = union > 0
    return _ratio((iou * occurring).sum(axis=1), occurring.sum(axis=1).astype(np.float64))


def class_ious(images: Sequence[ImageResult], weights: Floats) -> tuple[Floats, Floats]:
    """IoU and union in pixels (resamples, classes), pixels summed over the images before the division."""
    hits, guessed, true = (weights @ part for part in _cells(images))
    union = guessed + true - hits
    return _ratio(hits, union), union


def weighted_ece(images: Sequence[ImageResult], weights: Floats, task_type: str) -> Floats:
    """Expected calibration error (resamples,) 0..1, lower is better: |accuracy - confidence| over ten equal bins.

    Classification: the best guess of an image. Detection: each guess at or above the shown score, right at IoU 0.5.
    Segmentation: each pixel, with the score of the mask that it lies in.
    """
    count, confidence, right = _bins(images, task_type)
    gap = np.abs(weights @ right - weights @ confidence).sum(axis=1)
    return _ratio(gap, (weights @ count).sum(axis=1))


def reliability(images: Sequence[ImageResult], task_type: str) -> list[dict[str, float]]:
    """Per bin that holds guesses: mean ``confidence``, ``accuracy``, ``n``."""
    count, confidence, right = (part.sum(axis=0) for part in _bins(images, task_type))
    return [
        {
            "confidence": round(float(confidence[index] / n), 4),
            "accuracy": round(float(right[index] / n), 4),
            "n": int(n),
        }
        for index, n in enumerate(count)
        if n
    ]


WEIGHTED: Mapping[str, Mapping[str, Measure]] = {
    "object_detection": {"map50": weighted_map50, "map5095": weighted_map5095},
    "image_classification": {"accuracy": weighted_accuracy, "macro_f1": weighted_macro_f1},
    "semantic_segmentation": {"miou": weighted_miou},
}
"""Task type → metric → measure; the first metric is the one that a gate compares unless told otherwise."""


def main_metric(task_type: str) -> str:
    """What a gate compares. Raises KeyError for an unknown task type."""
    return next(iter(WEIGHTED[task_type]))


def prepare(
    images: Sequence[ImageResult], task_type: str, metrics: Sequence[str] | None = None
) -> Callable[[Floats], dict[str, Floats]]:
    """Sort once, resample often: weights (resamples, images) → metric → values (resamples,).

    ``metrics`` None = all of the task that these records can give; records of schema 1 know IoU 0.5 only.
    Raises ValueError for map5095 of such records, KeyError for a metric that the task type lacks.
    """
    known = WEIGHTED[task_type]
    old = any(image.levels is None for image in images)
    wanted = list(metrics) if metrics is not None else [name for name in known if not (old and name == "map5095")]
    measures = {name: known[name] for name in wanted}
    if task_type != "object_detection":
        return lambda weights: {name: measure(images, weights) for name, measure in measures.items()}
    if "map5095" in wanted:
        check_levels(images)
    ranking, levels = Ranking(images), ALL if "map5095" in wanted else range(1)

    def measure_boxes(weights: Floats) -> dict[str, Floats]:
        table = ranking.precisions(weights, levels)
        return {name: mean_precision(table if name == "map5095" else table[:1]) for name in wanted}

    return measure_boxes


def prepare_classes(images: Sequence[ImageResult], task_type: str, metric: str) -> Callable[[Floats], Floats]:
    """Weights → the metric of each class (resamples, classes), NaN where undefined; accuracy of a class: recall."""
    if task_type == "object_detection":
        ranking, levels = Ranking(images), ALL if metric == "map5095" else range(1)
        return lambda weights: ranking.precisions(weights, levels).mean(axis=0)
    if task_type == "semantic_segmentation":
        return lambda weights: _defined(*class_ious(images, weights))
    parts = _best_guesses(images)

    def measure_classes(weights: Floats) -> Floats:
        hits, guessed, true = (weights @ part for part in parts)
        if metric == "accuracy":
            return _defined(_ratio(hits, true), true)
        return _defined(_ratio(2 * hits, guessed + true), guessed + true)

    return measure_classes


def _defined(values: Floats, support: Floats) -> Floats:
    return np.where(support > 0, values, np.nan)


def extra_metrics(images: Sequence[ImageResult], task_type: str) -> dict[str, Any]:
    """What the task's metric does not say: ``ece``; for detections ``per_size`` and, at the shown score, ``shown``."""
    whole = np.ones((1, len(images)))
    extras: dict[str, Any] = {"ece": float(weighted_ece(images, whole, task_type)[0]) if images else 0.0}
    if task_type == "object_detection":
        extras["per_size"] = {size: _sized(images, whole, size) for size in SIZES}
        extras["shown"] = _shown(images)
    return extras


def _sized(images: Sequence[ImageResult], whole: Floats, size: str) -> dict[str, Any]:
    truths = size_truths(images, size) if images else 0
    if not truths:
        return {"map50": None, "map5095": None, "truths": 0}
    table = average_precisions(images, whole, levels=ALL, size=size)
    return {"map50": float(np.nanmean(table[0])), "map5095": float(np.nanmean(table)), "truths": truths}


def _shown(images: Sequence[ImageResult]) -> dict[str, Any]:
    """Precision and recall per class at the shown score, from the confusion matrix."""
    hits, guessed, true = (part.sum(axis=0) for part in _cells(images))
    return {
        "score": SHOWN_SCORE,
        "per_class": {
            str(index): {
                "precision": float(hits[index] / guessed[index]) if guessed[index] else None,
                "recall": float(hits[index] / true[index]) if true[index] else None,
            }
            for index in range(len(hits))
        },
    }


def _best_guesses(images: Sequence[ImageResult]) -> tuple[Floats, Floats, Floats]:
    """Hits, guesses, truths (images, classes) of the best guesses; images without a true class are left out."""
    class_count = len(images[0].truths) if images else 0
    hits, guessed, true = (np.zeros((len(images), class_count)) for _ in range(3))
    for row, image in enumerate(images):
        if not sum(image.truths):
            continue
        true[row] = image.truths
        if image.classes:
            guessed[row, image.classes[0]] = 1
            hits[row, image.classes[0]] = image.right[0]
    return hits, guessed, true


def _cells(images: Sequence[ImageResult]) -> tuple[Floats, Floats, Floats]:
    """Hits, guesses, truths (images, classes) of the confusion matrices; the background is no class."""
    class_count = len(images[0].truths) if images else 0
    hits, guessed, true = (np.zeros((len(images), class_count)) for _ in range(3))
    for row, image in enumerate(images):
        for expected, found, count in image.confusion:
            if expected < class_count:
                true[row, expected] += count
            if found < class_count:
                guessed[row, found] += count
            if expected == found:
                hits[row, expected] += count
    return hits, guessed, true


def _bins(images: Sequence[ImageResult], task_type: str) -> tuple[Floats, Floats, Floats]:
    """Count, summed confidence, right ones (images, bins)."""
    count, confidence, right = (np.zeros((len(images), BINS)) for _ in range(3))
    for row, image in enumerate(images):
        for score, good, n in _scored(image, task_type):
            index = min(int(score * BINS), BINS - 1)
            count[row, index] += n
            confidence[row, index] += score * n
            right[row, index] += good
    return count, confidence, right


def _scored(image: ImageResult, task_type: str) -> list[tuple[float, int, int]]:
    """(score, right ones, all) of what calibration looks at: one guess or box each, or a mask's pixels."""
    if task_type == "semantic_segmentation":
        pixels = guessed_pixels(image.confusion)
        return [
            (score, *pixels[index]) for index, score in zip(image.classes, image.scores, strict=True) if index in pixels
        ]
    pairs = list(zip(image.scores, image.right, strict=True))
    if task_type == "image_classification":
        pairs = pairs[:1] if sum(image.truths) else []
    else:
        pairs = [pair for pair in pairs if pair[0] >= SHOWN_SCORE]
    return [(score, int(good), 1) for score, good in pairs]


def _ratio(above: Floats, below: Floats) -> Floats:
    result: Floats = np.divide(above, below, out=np.zeros_like(above, dtype=np.float64), where=below > 0)
    return result
