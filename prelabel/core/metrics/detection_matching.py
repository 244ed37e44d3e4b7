"""Precision and recall at one confidence, by greedy one-to-one matching within each image. Standard library only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from prelabel.core.metric import Box, Scored, Truth

CONFIDENCE = 0.3
IOU = 0.5


@dataclass(frozen=True)
class ImageMatch:
    """Counts of one image: right guesses, shown guesses, true objects."""

    right: int
    shown: int
    truths: int


def match_image(
    guesses: Sequence[Scored],
    truths: Sequence[Truth],
    *,
    confidence: float = CONFIDENCE,
    iou_threshold: float = IOU,
    class_aware: bool = True,
) -> ImageMatch:
    """Match one image: best score first, each guess takes the free true box it overlaps most, of its own class.

    Thresholds are inclusive. Source: the greedy matching of PASCAL VOC (Everingham 2010), with the free instead of the
    best box, as pycocotools does.
    """
    shown = sorted((guess for guess in guesses if guess.score >= confidence), key=lambda guess: -guess.score)
    free = set(range(len(truths)))
    right = 0
    for guess in shown:
        best, best_iou = -1, iou_threshold
        for index in free:
            truth = truths[index]
            if class_aware and truth.class_index != guess.class_index:
                continue
            overlap = _iou(guess.bbox, truth.bbox)
            if overlap >= best_iou:
                best, best_iou = index, overlap
        if best >= 0:
            free.discard(best)
            right += 1
    return ImageMatch(right, len(shown), len(truths))


def evaluate_matching(
    guesses: Sequence[Sequence[Scored]],
    truths: Sequence[Sequence[Truth]],
    class_count: int,
    *,
    confidence: float = CONFIDENCE,
    iou_threshold: float = IOU,
) -> dict[str, Any]:
    """``precision``, ``recall``, ``f1`` over all objects (0..1; 0 when undefined) and the counts ``per_image``."""
    per_image = [
        match_image(found, true, confidence=confidence, iou_threshold=iou_threshold)
        for found, true in zip(guesses, truths, strict=True)
    ]
    right = sum(match.right for match in per_image)
    shown = sum(match.shown for match in per_image)
    total = sum(match.truths for match in per_image)
    return {
        "precision": right / shown if shown else 0.0,
        "recall": right / total if total else 0.0,
        "f1": 2 * right / (shown + total) if shown + total else 0.0,
        "per_image": per_image,
    }


def _iou(a: Box | None, b: Box | None) -> float:
    if a is None or b is None:
        return 0.0
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    overlap = width * height
    return overlap / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - overlap)
