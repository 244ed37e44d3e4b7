"""Whether two ways of running one network say the same of the same pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from prelabel.core.predictor import Guess

SHOWN = 0.25  # guesses below are seldom seen; they may differ
SAME_PLACE = 0.5  # IoU
# A threshold stands on scores: a shift of .02 on the mean moves as many boxes across it as a point of accept would.
MOST_SHIFT = 0.02
MOST_LOST = 0.02
FEWEST = 20  # guesses; fewer prove nothing


@dataclass(frozen=True)
class Agreement:
    """``compared`` guesses of the reference, the share ``lost`` of them, the mean score difference of the others."""

    compared: int
    lost: float
    shift: float

    @property
    def refusal(self) -> str:
        """Why the other way cannot stand in for the reference; empty when it can."""
        if self.compared < FEWEST:
            return f"only {self.compared} guesses to compare with f32, {FEWEST} are needed"
        if self.lost > MOST_LOST:
            return (
                f"{100 * self.lost:.1f} % of f32's guesses are not there, at most {100 * MOST_LOST:g} % may be missing"
            )
        if self.shift > MOST_SHIFT:
            return f"scores differ from f32's by {self.shift:.3f} on the mean, at most {MOST_SHIFT:g} is allowed"
        return ""

    def to_json(self) -> dict[str, Any]:
        """For the variant's record."""
        return {"compared": self.compared, "lost": round(self.lost, 4), "shift": round(self.shift, 4)}


def agreement_of(reference: Sequence[Sequence[Guess]], other: Sequence[Sequence[Guess]]) -> Agreement:
    """Compare the guesses of the same pictures: each shown one of ``reference`` with the best of its class and place.

    A guess of the whole picture, or a mask, is compared with that of the same class.
    """
    compared, lost, shifts = 0, 0, 0.0
    for before, after in zip(reference, other, strict=True):
        free = list(after)
        for guess in (one for one in before if one.score >= SHOWN):
            compared += 1
            twin = max(
                (one for one in free if one.class_index == guess.class_index), key=_nearness(guess), default=None
            )
            if twin is None or _nearness(guess)(twin) < SAME_PLACE:
                lost += 1
                continue
            free.remove(twin)
            shifts += abs(twin.score - guess.score)
    found = compared - lost
    return Agreement(compared, lost / compared if compared else 0.0, shifts / found if found else 0.0)


def _nearness(guess: Guess) -> Any:
    def iou(other: Guess) -> float:
        if guess.bbox is None or other.bbox is None:
            return 1.0
        a, b = guess.bbox, other.bbox
        width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
        if width <= 0 or height <= 0:
            return 0.0
        shared = width * height
        return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)

    return iou
