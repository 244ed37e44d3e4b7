"""What would change the model most comes first."""

from __future__ import annotations

import math

import numpy as np

from prelabel.core.pool import Floats, Pool, Seen
from prelabel.core.strategy import Scoring, Why


class ModelChange(Scoring):
    """Expected length of the last layer's gradient, over the answers that a person may give.

    That gradient is (scores - answer) times the features, so its length is that of the first times theirs. Of a class
    vector the best three are stored; the others count as one class, which makes the length a little too small.
    Source: Settles, Craven and Ray 2008, "Multiple-Instance Active Learning".
    """

    def score(self, pool: Pool) -> Floats:
        """Higher = ask sooner; without stored features their length counts as 1."""
        seen = pool.over_objects(lambda one: _box(one.score) if pool.boxes else _vector(one))
        for index, candidate in enumerate(pool.candidates):
            if candidate.predicted and not candidate.objects:
                seen[index] = _box(candidate.best_hidden)
        scores: Floats = seen * np.where(pool.lengths > 0, pool.lengths, 1.0).astype(np.float32)
        return scores

    def why(self, pool: Pool, index: int, score: float) -> Why:
        """The expected length."""
        if not pool.candidates[index].objects:
            return {"code": "nothing_seen"}
        return {"code": "model_change", "length": round(score, 3)}


def _box(score: float) -> float:
    """|score - answer| expected over the answers "there" (probability ``score``) and "not there"."""
    return 2.0 * score * (1.0 - score)


def _vector(one: Seen) -> float:
    scores = [score for _, score in one.top] or [one.score]
    scores.append(max(0.0, 1.0 - math.fsum(scores)))
    squares = math.fsum(score * score for score in scores)
    # |p - e_c|² = Σ p² - p_c² + (1 - p_c)² = Σ p² + 1 - 2 p_c
    return math.fsum(score * math.sqrt(max(0.0, squares + 1.0 - 2.0 * score)) for score in scores)
