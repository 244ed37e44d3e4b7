"""Smallest margin first."""

from __future__ import annotations

from prelabel.core.confidence import lead_of
from prelabel.core.pool import Floats, Pool
from prelabel.core.strategy import Scoring, Why


class SmallestMargin(Scoring):
    """1 minus the lead of the best answer over the next. Source: Scheffer, Decomain and Wrobel 2001."""

    def score(self, pool: Pool) -> Floats:
        """Higher = ask sooner."""
        return pool.over_objects(lambda one: 1.0 - lead_of(one.score, one.top, box=pool.boxes))

    def why(self, pool: Pool, index: int, score: float) -> Why:
        """The smallest margin."""
        margins = [lead_of(one.score, one.top, box=pool.boxes) for one in pool.candidates[index].objects]
        return {"code": "unsure", "margin": round(min(margins), 3)} if margins else {"code": "nothing_seen"}
