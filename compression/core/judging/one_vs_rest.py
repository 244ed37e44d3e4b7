"""Precision against recall of one class against all others, from the score of every class of every image.

Source: scikit-learn's ``precision_recall_curve`` and ``average_precision_score`` (proved equal by a test): a point for
each distinct score, nothing interpolated, AP = Σ (R_n - R_n-1) P_n. Detectors have COCO's curve instead
(``average_precision``), which is made monotone.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from compression.core.judging.judgement import ImageResult

Floats = NDArray[np.float64]
MOST_POINTS = 101


def class_curve(images: Sequence[ImageResult], index: int) -> tuple[Floats, Floats]:
    """Recall and precision (thresholds,) from the highest score to the lowest; empty where the class does not occur.

    Images without a true class do not count; a class that an image's record does not name has the score 0 in it.
    """
    counted = [image for image in images if sum(image.truths)]
    true = np.array([image.truths[index] > 0 for image in counted], dtype=np.float64)
    if not true.sum():
        return np.zeros(0), np.zeros(0)
    scores = np.array([_score(image, index) for image in counted])
    order = np.argsort(-scores, kind="stable")
    scores, hits = scores[order], np.cumsum(true[order])
    last = np.flatnonzero(np.diff(scores, append=-np.inf))  # equal scores are one threshold
    return hits[last] / true.sum(), hits[last] / (last + 1)


def average_precision(recall: Floats, precision: Floats) -> float:
    """Area under the steps of a curve, 0..1; ``recall`` rises."""
    return float(np.sum(np.diff(recall, prepend=0.0) * precision))


def thinned(recall: Floats, precision: Floats) -> list[list[float]]:
    """[recall, precision] of at most 101 thresholds, evenly spread over recall; the first and the last are kept."""
    if not recall.size:
        return []
    steps = np.linspace(recall[0], recall[-1], MOST_POINTS) if recall.size > MOST_POINTS else recall
    # For a recall the first threshold that reaches it: the later ones of the same recall only add false guesses.
    at = np.unique(np.searchsorted(recall, steps, side="left"))
    return [[round(float(recall[place]), 4), round(float(precision[place]), 4)] for place in at]


def _score(image: ImageResult, index: int) -> float:
    return next((score for found, score in zip(image.classes, image.scores, strict=True) if found == index), 0.0)
