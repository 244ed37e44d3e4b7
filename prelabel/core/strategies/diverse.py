"""Unlike what is reviewed comes first: a set that leaves no picture far from one that was asked about."""

from __future__ import annotations

import numpy as np

from prelabel.core.neighbours import Neighbours
from prelabel.core.pool import Floats, Pool
from prelabel.core.strategy import Pick


class Diverse:
    """Greedy k-centres on the deployed model's embeddings.

    Source: Sener and Savarese 2018, "Active Learning for Convolutional Neural Networks: A Core-Set Approach".
    """

    def choose(self, pool: Pool, budget: int) -> list[Pick]:
        """Again and again the picture that is farthest from all that is reviewed or picked; ``score`` = distance."""
        rows = np.flatnonzero(pool.described)
        vectors = pool.vectors[rows]
        picks = []
        for at, distance in k_centres(vectors, pool.known, budget):
            why = {"code": "unlike", "distance": round(distance, 3)} if np.isfinite(distance) else {"code": "typical"}
            picks.append(Pick(pool.candidates[int(rows[at])].key, distance, why))
        return picks


def k_centres(vectors: Floats, known: Floats, budget: int) -> list[tuple[int, float]]:
    """(row, distance to the nearest centre before it was taken) of the centres in the order of their choice.

    ``vectors`` (n, d), ``known`` (m, d) centres there are already. Without any the first is the row nearest to the
    mean, at distance infinity: an outlier as the first centre would say nothing of the rest.
    """
    if not len(vectors):
        return []
    if len(known):
        nearest = Neighbours(known).nearest(vectors, 1)[0][:, 0]
    else:
        nearest = np.full(len(vectors), np.inf, dtype=np.float32)
    chosen: list[tuple[int, float]] = []
    for _ in range(min(budget, len(vectors))):
        far = float(nearest.max())
        at = int(_to(vectors, vectors.mean(axis=0)).argmin()) if np.isinf(far) else int(nearest.argmax())
        chosen.append((at, far))
        nearest = np.minimum(nearest, _to(vectors, vectors[at]))
        nearest[at] = -1.0
    return chosen


def _to(vectors: Floats, centre: Floats) -> Floats:
    distances: Floats = np.linalg.norm(vectors - centre, axis=1).astype(np.float32)
    return distances
