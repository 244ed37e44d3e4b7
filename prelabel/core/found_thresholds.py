"""From which score on the machine may decide alone, class by class, found on what people judged.

Standard library only.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from prelabel.core.calibration import MINIMUM_PAIRS, CurvePoint, find_point
from prelabel.core.exact_bound import fewest_all_right, lower_bound
from prelabel.core.score_maps import Calibration

Pairs = Sequence[tuple[float, bool]]
Reason = Literal["own", "pooled", "few", "not_reached", "pooled_not_reached", "below_pooled"]
"""own: the class's guesses hold the target. pooled: they are too few to be sure, those of all classes hold it.

The others leave all to people. few: hardly any guesses; not_reached: enough, but not right often enough;
pooled_not_reached: too few, and all classes together miss it as well; below_pooled: too few, and right more seldom.
"""
TARGETS = (0.90, 0.95, 0.98, 0.99)  # what a project may ask for, from mild to strict
DEFAULT_TARGET = 0.98
_LOST = 1e-9  # a score that goes through a map and back may come out so much higher than it was


@dataclass(frozen=True)
class FoundThreshold:
    """``threshold`` a raw score (inclusive), None = never alone; ``n`` guesses of the class at or above it, ``right``
    of them right, ``bound`` the exact lower end of their precision; ``coverage`` their share of the class's guesses;
    ``guesses`` of the class in all. Of an abstaining class n, right and bound are of all its guesses."""

    threshold: float | None
    reason: Reason
    n: int
    right: int
    bound: float | None
    coverage: float
    guesses: int

    def to_json(self) -> dict[str, Any]:
        """Plain form."""
        return asdict(self)


def find_thresholds(per_class: Mapping[int, Pairs], calibration: Calibration) -> dict[float, dict[int, FoundThreshold]]:
    """Target → class → the lowest score from which its precision is surely the target, or why there is none.

    Guesses are (raw score, right). Within a class calibration changes no order, hence no threshold; across classes it
    does: all are pooled by calibrated score and what is found goes back through each class's map. A stricter target
    never has a lower threshold: a class that is refused at 95 % is not let through at 98 % by those of others.
    """
    pooled_pairs = [
        (calibration.of(index).of(score), right) for index, pairs in per_class.items() for score, right in pairs
    ]
    found: dict[float, dict[int, FoundThreshold]] = {}
    milder: dict[int, FoundThreshold] = {}
    for target in TARGETS:
        pooled = find_point(pooled_pairs, target)
        for index, pairs in per_class.items():
            one = _of_class(pairs, index, calibration, target, pooled)
            milder[index] = _stricter(milder[index], one) if index in milder else one
        found[target] = dict(milder)
    return found


def _stricter(milder: FoundThreshold, one: FoundThreshold) -> FoundThreshold:
    if milder.threshold is None:
        return milder
    if one.threshold is not None and one.threshold < milder.threshold:
        return replace(milder, reason=one.reason)
    return one


def _of_class(
    pairs: Pairs, index: int, calibration: Calibration, target: float, pooled: CurvePoint | None
) -> FoundThreshold:
    own = find_point(pairs, target)
    if own is not None:
        return _found(pairs, own.threshold, "own")
    if len(pairs) < MINIMUM_PAIRS:
        return _abstains(pairs, "few")
    enough = len(pairs) >= (fewest_all_right(target) or math.inf)
    if pooled is None:
        return _abstains(pairs, "not_reached" if enough else "pooled_not_reached")
    score = calibration.of(index).least_score(pooled.threshold)
    if score is not None:
        score = max(0.0, score - _LOST)
    above = [right for one, right in pairs if score is not None and one >= score]
    # What is known of the class, if too little to be sure, must not speak against it.
    if score is None or not above or sum(above) < target * len(above):
        return _abstains(pairs, "not_reached" if enough else "below_pooled")
    return _found(pairs, score, "pooled")


def _found(pairs: Pairs, threshold: float, reason: Reason) -> FoundThreshold:
    above = [right for score, right in pairs if score >= threshold]
    n, right = len(above), sum(above)
    return FoundThreshold(threshold, reason, n, right, lower_bound(right, n), n / len(pairs), len(pairs))


def _abstains(pairs: Pairs, reason: Reason) -> FoundThreshold:
    n, right = len(pairs), sum(right for _, right in pairs)
    return FoundThreshold(None, reason, n, right, lower_bound(right, n) if n else None, 0.0, n)
