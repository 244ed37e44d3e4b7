"""Choosing the accept threshold from human verdicts. Standard library only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from annotator.core.geometry import match_greedy
from annotator.core.rle import area, common_area, decode_runs
from prelabel.core.exact_bound import share_is_surely

MINIMUM_PAIRS = 20


class Outcome(NamedTuple):
    """A guess that a person judged: in which picture, of which class, with which score 0..1, and was it right?"""

    picture: int
    class_index: int
    score: float
    right: bool


@dataclass(frozen=True)
class CurvePoint:
    """Precision 0..1 of the ``n`` guesses whose score is ≥ ``threshold``."""

    threshold: float
    precision: float
    n: int

    @property
    def right(self) -> int:
        """How many of them were right."""
        return round(self.precision * self.n)


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


def find_accept(pairs: Iterable[tuple[float, bool]], precision: float) -> float | None:
    """Lowest threshold at which the precision is surely (exact, one-sided 95 %) at least ``precision`` (0..1).

    The measured share alone is too good to be true: the same few val items also chose the model's best epoch, and what
    is accepted by itself is chosen once more. Walks down the scores and stops where the measured share fails, so one
    lucky run far below cannot pull the threshold there and asking for more never gives a lower threshold. None when
    the data support no threshold; 95 % needs at least 59 guesses, all right, and 98 % needs 149.
    """
    found = find_point(pairs, precision)
    return found.threshold if found else None


def find_point(pairs: Iterable[tuple[float, bool]], precision: float) -> CurvePoint | None:
    """What :func:`find_accept` finds, with the guesses behind it."""
    reached: list[CurvePoint] = []
    for point in precision_curve(pairs):
        if point.n >= MINIMUM_PAIRS and point.precision < precision:
            break
        reached.append(point)
    # From below: the first that holds is the lowest, and the bound is asked a few times instead of for every score.
    return next((one for one in reversed(reached) if share_is_surely(one.right, one.n, precision)), None)


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

    Right = same class and, for boxes, matched one-to-one at IoU ≥ ``iou_threshold``, best scores first; for masks, that
    IoU with everything of the class.
    """
    guesses: Sequence[Mapping[str, Any]] = sorted(prediction["objects"], key=lambda entry: -entry["score"])
    truths: Sequence[Mapping[str, Any]] = annotation["objects"]
    if any("rle" in entry for entry in (*guesses, *truths)):
        return [(entry["score"], _class_iou(entry, truths) >= iou_threshold) for entry in guesses]
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


def _class_iou(guess: Mapping[str, Any], truths: Sequence[Mapping[str, Any]]) -> float:
    """IoU 0..1 of a guessed mask with the true masks of its class, which do not overlap one another."""
    runs = decode_runs(guess["rle"]["counts"])
    true = [decode_runs(entry["rle"]["counts"]) for entry in truths if entry["class_id"] == guess["class_id"]]
    common = sum(common_area(runs, other) for other in true)
    union = area(runs) + sum(area(other) for other in true) - common
    return common / union if union else 0.0
