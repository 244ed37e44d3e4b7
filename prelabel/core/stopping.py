"""Whether more labels still help: a hint from the learning curve, standard library only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WINDOW = 3
LEAST_GAIN = 0.01


@dataclass(frozen=True)
class Flat:
    """Over the last trainings, from ``labels_from`` to ``labels_to`` pictures, the metric's best rose by ``gain``."""

    labels_from: int
    labels_to: int
    gain: float


def flat_end(
    curve: Sequence[tuple[int, float]], *, window: int = WINDOW, least_gain: float = LEAST_GAIN
) -> Flat | None:
    """The flat end of a curve of (labels, metric 0..1, higher = better), None while it still rises.

    Flat: the best of the last ``window`` points is less than ``least_gain`` above the best before them, though the
    labels grew by a quarter or more. The best, not the last: one unlucky training does not end the work, nor does one
    lucky one go on with it. The idea is that of Bloodgood and Vijay-Shanker 2009 (stop when successive models agree),
    on the metric that people look at. Raises ValueError for a window under 1.
    """
    if window < 1:
        raise ValueError("window must be 1 or more")
    points = sorted(curve)
    if len(points) <= window:
        return None
    before, last = points[:-window], points[-window:]
    gain = max(value for _, value in last) - max(value for _, value in before)
    if gain >= least_gain or last[-1][0] < 1.25 * before[-1][0]:
        return None
    return Flat(before[-1][0], last[-1][0], gain)
