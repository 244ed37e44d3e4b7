"""In no order: what every other strategy has to beat."""

from __future__ import annotations

import hashlib

import numpy as np

from prelabel.core.pool import Floats, Pool
from prelabel.core.strategy import Scoring, Why


class Random(Scoring):
    """Uniform numbers 0..1 by a hash of seed and key: the same picture keeps its place when others come or go."""

    def score(self, pool: Pool) -> Floats:
        """Higher = ask sooner."""
        return np.array([_share(f"{pool.seed}:{one.key}") for one in pool.candidates], dtype=np.float32)

    def why(self, pool: Pool, index: int, score: float) -> Why:
        """Chance."""
        return {"code": "chance"}


def _share(text: str) -> float:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") / 2**32
