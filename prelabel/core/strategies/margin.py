"""Smallest margin first."""

from __future__ import annotations

from prelabel.core.pool import Floats, Pool, Seen
from prelabel.core.strategy import Scoring, Why


class SmallestMargin(Scoring):
    """1 minus the lead of the best answer over the next. Source: Scheffer, Decomain and Wrobel 2001.

    For a box the answers are its classes and "nothing there", which is as likely as the box is not.
    """

    def score(self, pool: Pool) -> Floats:
        """Higher = ask sooner."""
        return pool.over_objects(lambda one: 1.0 - _margin(one, pool.boxes))

    def why(self, pool: Pool, index: int, score: float) -> Why:
        """The smallest margin."""
        margins = [_margin(one, pool.boxes) for one in pool.candidates[index].objects]
        return {"code": "unsure", "margin": round(min(margins), 3)} if margins else {"code": "nothing_seen"}


def _margin(one: Seen, box: bool) -> float:
    second = one.top[1][1] if len(one.top) > 1 else 0.0
    lead = max(0.0, one.score - second)
    return min(lead, abs(2.0 * one.score - 1.0)) if box else lead
