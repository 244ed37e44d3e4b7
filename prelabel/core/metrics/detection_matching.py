"""Precision and recall at one confidence, by greedy one-to-one matching within each image. Standard library only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from annotator.core.geometry import match_greedy
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
    pairs = match_greedy(
        [(_box(guess), guess.class_index) for guess in shown],
        [(_box(truth), truth.class_index) for truth in truths],
        iou_threshold,
        class_aware,
    )
    return ImageMatch(len(pairs), len(shown), len(truths))


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


def _box(entry: Scored | Truth) -> Box:
    if entry.bbox is None:
        raise ValueError("an object of a detection has no box")
    return entry.bbox
