"""Most undecided first."""

from __future__ import annotations

import math

from prelabel.core.confidence import LN2
from prelabel.core.pool import Floats, Pool
from prelabel.core.strategy import Scoring, Why


class MaxEntropy(Scoring):
    """Entropy as a share of the highest that there can be: ln 2 for a box, ln classes for a vector of classes.

    Source: Settles 2009, "Active Learning Literature Survey", section 3.1.
    """

    def score(self, pool: Pool) -> Floats:
        """Higher = ask sooner."""
        return pool.over_objects(lambda one: one.entropy / _most(pool))

    def why(self, pool: Pool, index: int, score: float) -> Why:
        """The highest entropy."""
        shares = [one.entropy / _most(pool) for one in pool.candidates[index].objects]
        return {"code": "undecided", "share": round(max(shares), 3)} if shares else {"code": "nothing_seen"}


def _most(pool: Pool) -> float:
    return LN2 if pool.boxes else math.log(max(2, pool.classes))
