"""Least confident first."""

from __future__ import annotations

from prelabel.core.pool import Floats, Pool
from prelabel.core.strategy import Scoring, Why


class LeastConfident(Scoring):
    """1 minus the score of the best class. Source: Lewis and Gale 1994."""

    def score(self, pool: Pool) -> Floats:
        """Higher = ask sooner."""
        return pool.over_objects(lambda one: 1.0 - one.score)

    def why(self, pool: Pool, index: int, score: float) -> Why:
        """The lowest score that is shown."""
        scores = [one.score for one in pool.candidates[index].objects]
        return {"code": "unsure", "score": round(min(scores), 3)} if scores else {"code": "nothing_seen"}
