"""Confusion counts of pixels that can be summed, weighted and resampled, and the mean IoU that follows from them.

Source: Long et al. 2015, "Fully Convolutional Networks", section 5: IoU_c = n_cc / (t_c + Σ_j n_jc - n_cc).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prelabel.core.masks import ClassMap, paint_map
from prelabel.core.metric import Masked

Counts = NDArray[np.int64]


def confusion_counts(truth: ClassMap, found: ClassMap, class_count: int) -> Counts:
    """Pixels (classes, classes + 1) by true and by guessed class; the last column is for pixels without a guess.

    Both maps have one shape. Pixels whose truth is no class (255, unlabelled) do not count.
    """
    if truth.shape != found.shape:
        raise ValueError(f"the truth has {truth.shape} pixels, the guess {found.shape}")
    counted = truth < class_count
    expected = truth[counted].astype(np.int64)
    guessed = np.minimum(found[counted], class_count).astype(np.int64)
    width = class_count + 1
    return np.bincount(expected * width + guessed, minlength=class_count * width).reshape(class_count, width)


def image_counts(guesses: Sequence[Masked], truth: ClassMap, class_count: int) -> Counts:
    """``confusion_counts`` of one image's guesses, which carry masks; class indexes are those of ``truth``."""
    height, width = truth.shape
    layers = [(guess.class_index, guess.rle) for guess in guesses if guess.rle is not None]
    return confusion_counts(truth, paint_map(layers, height, width), class_count)


def sparse(counts: Counts) -> list[tuple[int, int, int]]:
    """(true class, guessed class, pixels) where pixels > 0; a guessed class of ``classes`` means none."""
    return [(int(true), int(guess), int(counts[true, guess])) for true, guess in np.argwhere(counts > 0)]


def class_iou(counts: NDArray[Any]) -> NDArray[np.float64]:
    """IoU 0..1 (…, classes) of counts (…, classes, classes + 1); not a number where a class is in neither map."""
    classes = counts.shape[-2]
    hits = np.diagonal(counts[..., :classes], axis1=-2, axis2=-1).astype(np.float64)
    union = counts.sum(axis=-1) + counts[..., :classes].sum(axis=-2) - hits
    found: NDArray[np.float64] = np.divide(hits, union, out=np.full(hits.shape, np.nan), where=union > 0)
    return found


def mean_iou(counts: NDArray[Any]) -> NDArray[np.float64]:
    """Mean IoU 0..1 (…) over the classes that occur in truth or guess; 0 where none does. Weighted counts will do."""
    found = class_iou(counts)
    present = np.isfinite(found)
    total = np.where(present, found, 0.0).sum(axis=-1)
    mean: NDArray[np.float64] = np.divide(
        total, present.sum(axis=-1), out=np.zeros_like(total), where=present.any(axis=-1)
    )
    return mean


def summarize(counts: NDArray[Any]) -> dict[str, Any]:
    """``miou``, ``pixel_accuracy`` and ``per_class`` = {index: {"iou", "recall", "precision", "truths"}} of counts."""
    classes = len(counts)
    hits, true, guessed = np.diagonal(counts[:, :classes]), counts.sum(axis=1), counts[:, :classes].sum(axis=0)
    found = class_iou(counts)
    per_class = {
        index: {
            "iou": float(found[index]) if np.isfinite(found[index]) else 0.0,
            "recall": float(hits[index] / true[index]) if true[index] else 0.0,
            "precision": float(hits[index] / guessed[index]) if guessed[index] else 0.0,
            "truths": int(true[index]),
        }
        for index in range(classes)
    }
    pixels = int(true.sum())
    return {
        "miou": float(mean_iou(counts)),
        "pixel_accuracy": float(hits.sum() / pixels) if pixels else 0.0,
        "per_class": per_class,
    }
