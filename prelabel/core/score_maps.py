"""From a model's score to how often it is right, and back. Standard library only; fitted in ``calibration_fit``.

Sources: temperature as Guo et al. 2017, "On calibration of modern neural networks", for one logit; isotonic as Zadrozny
and Elkan 2002, "Transforming classifier scores into accurate multiclass probability estimates".
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, log
from typing import Any, Literal

Kind = Literal["none", "temperature", "isotonic"]
_EDGE = 1e-6  # scores of 0 and 1 have no logit


@dataclass(frozen=True)
class ScoreMap:
    """A rising function of scores 0..1: as they are, divided by a ``temperature`` as logits, or through ``points``.

    ``points`` (score, share right) rise in both; between two it is a straight line, beyond the ends level.
    """

    temperature: float = 1.0
    points: tuple[tuple[float, float], ...] = ()

    def of(self, score: float) -> float:
        """How often a guess of this score is right, 0..1."""
        if not self.points:
            return score if self.temperature == 1.0 else _sigmoid(logit(score) / self.temperature)
        scores = [one[0] for one in self.points]
        at = bisect_left(scores, score)
        if at == 0:
            return self.points[0][1]
        if at == len(scores):
            return self.points[-1][1]
        (low, below), (high, above) = self.points[at - 1], self.points[at]
        return below + (above - below) * (score - low) / (high - low)

    def least_score(self, share: float) -> float | None:
        """The lowest score that is right at least as often as ``share``; None where no score is.

        Never below the lowest score of the points: nothing is known there.
        """
        if not self.points:
            return share if self.temperature == 1.0 else _sigmoid(logit(share) * self.temperature)
        for at, (high, above) in enumerate(self.points):
            if above < share:
                continue
            if at == 0 or above == share:
                return high
            low, below = self.points[at - 1]
            return low + (high - low) * (share - below) / (above - below)
        return None

    def to_json(self) -> dict[str, Any]:
        """Plain form, the inverse of :meth:`from_json`."""
        if self.points:
            return {"points": [list(one) for one in self.points]}
        return {"temperature": self.temperature}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> ScoreMap:
        """Read the plain form."""
        points = tuple((float(score), float(share)) for score, share in value.get("points", ()))
        return cls(float(value.get("temperature", 1.0)), points)


@dataclass(frozen=True)
class Calibration:
    """The maps of one model: of its classes, and ``pooled`` for those with too few guesses.

    ``reason`` why scores stay as they are: {"code": …} and its numbers; the browser has the words. {} = they do not.
    """

    kind: Kind = "none"
    pooled: ScoreMap = ScoreMap()
    per_class: Mapping[int, ScoreMap] = field(default_factory=dict)
    reason: Mapping[str, Any] = field(default_factory=dict)

    def of(self, class_index: int) -> ScoreMap:
        """The map that holds for a class."""
        return self.per_class.get(class_index, self.pooled)

    def to_json(self) -> dict[str, Any]:
        """Plain form, the inverse of :meth:`from_json`."""
        return {
            "kind": self.kind,
            "reason": dict(self.reason),
            "pooled": self.pooled.to_json(),
            "per_class": {str(index): one.to_json() for index, one in self.per_class.items()},
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Calibration:
        """Read the plain form."""
        per_class = {int(index): ScoreMap.from_json(one) for index, one in value["per_class"].items()}
        return cls(value["kind"], ScoreMap.from_json(value["pooled"]), per_class, value["reason"])


def logit(share: float) -> float:
    """log(p / (1 - p)), at most ± 13.8."""
    inside = min(1 - _EDGE, max(_EDGE, share))
    return log(inside / (1 - inside))


def _sigmoid(value: float) -> float:
    return 1 / (1 + exp(-value))


def reliability(pairs: Sequence[tuple[float, bool]], bins: int = 10) -> list[dict[str, float]]:
    """Per bin of equal width that holds guesses: mean ``confidence``, ``accuracy``, ``n``."""
    filled: dict[int, list[tuple[float, bool]]] = {}
    for pair in pairs:
        filled.setdefault(min(bins - 1, int(pair[0] * bins)), []).append(pair)
    return [
        {
            "confidence": sum(score for score, _ in one) / len(one),
            "accuracy": sum(right for _, right in one) / len(one),
            "n": len(one),
        }
        for _, one in sorted(filled.items())
    ]


def calibration_error(pairs: Sequence[tuple[float, bool]], bins: int = 10) -> float:
    """Expected calibration error 0..1, lower is better: |accuracy - confidence| over equal bins, by their guesses.

    Source: Naeini et al. 2015, "Obtaining well calibrated probabilities using Bayesian binning".
    """
    rows = reliability(pairs, bins)
    return sum(row["n"] * abs(row["accuracy"] - row["confidence"]) for row in rows) / len(pairs) if pairs else 0.0
