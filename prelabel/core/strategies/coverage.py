"""What stands for most of the doubtful pictures comes first: a core-set of the doubt, not of the outliers."""

from __future__ import annotations

import numpy as np

from prelabel.core.confidence import lead_of
from prelabel.core.pool import Floats, Pool
from prelabel.core.strategy import Pick

# Pictures that are to be covered, and those that may be chosen: beyond them every n-th stands for all.
COVERED, CHOICE = 2000, 20_000


class Coverage:
    """Greedy facility location: each pick is as like as possible to doubtful pictures that nothing else is like.

    Likeness is the cosine of embeddings, a picture counts by the square of its doubt. k-centres ask for the farthest
    picture, which with few labels is an odd one that teaches little (docs/queue.md has both, measured).
    Source: Wei, Iyer and Bilmes 2015, "Submodularity in Data Subset Selection and Active Learning".
    """

    def choose(self, pool: Pool, budget: int) -> list[Pick]:
        """``score`` = doubt that is covered anew, falling from pick to pick."""
        rows = _thinned(np.flatnonzero(pool.described), CHOICE)
        targets = _thinned(rows, COVERED)
        doubt = pool.over_objects(lambda one: 1.0 - lead_of(one.score, one.top, box=pool.boxes))
        weights = np.where(np.isfinite(doubt), doubt, 1.0)[targets] ** 2
        return [
            Pick(pool.candidates[int(rows[at])].key, gain, {"code": "stands_for", "share": round(share, 3)})
            for at, gain, share in cover(pool.vectors[rows], pool.vectors[targets], pool.known, weights, budget)
        ]


def cover(
    choice: Floats, targets: Floats, known: Floats, weights: Floats, budget: int
) -> list[tuple[int, float, float]]:
    """(row of ``choice``, weight it covers anew, share of all targets that it is now nearest to) in order of choice.

    All rows are unit vectors; ``known`` covers already. A likeness under 0 covers nothing.
    """
    if not len(choice):
        return []
    covered = np.zeros(len(targets), dtype=np.float32)
    for start in range(0, len(known), CHOICE):
        covered = np.maximum(covered, (targets @ known[start : start + CHOICE].T).max(axis=1))
    likeness = targets @ choice.T  # (targets, choice)
    chosen: list[tuple[int, float, float]] = []
    free = np.ones(len(choice), dtype=bool)
    for _ in range(min(budget, len(choice))):
        gains = weights @ np.maximum(likeness - covered[:, None], 0.0)
        at = int(np.where(free, gains, -1.0).argmax())
        nearer = likeness[:, at] > covered
        chosen.append((at, float(gains[at]), float(nearer.mean())))
        covered, free[at] = np.maximum(covered, likeness[:, at]), False
    return chosen


def _thinned(rows: np.ndarray[tuple[int], np.dtype[np.int64]], most: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return rows[:: -(-len(rows) // most)] if len(rows) > most else rows
