"""Choosing the accept threshold from human verdicts. Standard library only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from annotator.core.geometry import match_greedy

MINIMUM_PAIRS = 20


@dataclass(frozen=True)
class CurvePoint:
    """Precision 0..1 of the ``n`` guesses whose score is ≥ ``threshold``."""

    threshold: float
    precision: float
    n: int


def precision_curve(pairs: Iterable[tuple[float, bool]]) -> list[CurvePoint]:
    """One point per distinct score, from the highest score down; ``pairs`` = (score 0..1, was it right?)."""
    ordered = sorted(pairs, key=lambda pair: -pair[0])
    points: list[CurvePoint] = []
    right = 0
    for index, (score, correct) in enumerate(ordered):
        right += correct
        # Thresholds are inclusive, so equal scores stand or fall together: a point only after the last of them.
        if index + 1 == len(ordered) or ordered[index + 1][0] != score:
            points.append(CurvePoint(score, right / (index + 1), index + 1))
    return points


def find_accept(pairs: Iterable[tuple[float, bool]], precision: float, minimum: int = MINIMUM_PAIRS) -> float | None:
    """Lowest threshold at and above which the measured precision never falls under ``precision`` (0..1].

    Walks down the scores and stops at the first failure, so one lucky run far below cannot pull the threshold there and
    asking for more precision never gives a lower threshold. Points with fewer than ``minimum`` guesses say nothing
    either way. None when no threshold is supported by the data.
    """
    found: float | None = None
    for point in precision_curve(pairs):
        if point.n < minimum:
            continue
        if point.precision < precision:
            break
        found = point.threshold
    return found


def find_show(pairs: Iterable[tuple[float, bool]], minimum: int = MINIMUM_PAIRS) -> float | None:
    """Threshold that costs a reviewer least: every wrong guess shown is a deletion, every right one hidden a drawing.

    The lowest of equals, since deleting is quicker than drawing. None for fewer than ``minimum`` guesses.
    """
    points = precision_curve(pairs)
    if not points or points[-1].n < minimum:
        return None
    right_in_all = round(points[-1].precision * points[-1].n)

    def cost(point: CurvePoint) -> int:
        right = round(point.precision * point.n)
        return (point.n - right) + (right_in_all - right)

    return min(points, key=lambda point: (cost(point), point.threshold)).threshold


def verdict_pairs(
    prediction: Mapping[str, Any], annotation: Mapping[str, Any], iou_threshold: float = 0.5
) -> list[tuple[float, bool]]:
    """(score, was it right?) of every object of a prediction document against the human document of the same image.

    Right = same class and, for boxes, matched one-to-one at IoU ≥ ``iou_threshold``, best scores first.
    """
    guesses: Sequence[Mapping[str, Any]] = sorted(prediction["objects"], key=lambda entry: -entry["score"])
    truths: Sequence[Mapping[str, Any]] = annotation["objects"]
    if all("bbox" not in entry for entry in (*guesses, *truths)):
        classes = {entry["class_id"] for entry in truths}
        return [(entry["score"], entry["class_id"] in classes) for entry in guesses]
    matched = {
        guess
        for guess, _, _ in match_greedy(
            [(tuple(entry["bbox"]), entry["class_id"]) for entry in guesses],
            [(tuple(entry["bbox"]), entry["class_id"]) for entry in truths],
            iou_threshold,
        )
    }
    return [(entry["score"], index in matched) for index, entry in enumerate(guesses)]
