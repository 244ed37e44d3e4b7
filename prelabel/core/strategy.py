"""The contract of a queue strategy: which pictures of a pool people are asked about first. Higher = ask sooner.

A strategy chooses a *set*, since what is worth asking may depend on what is asked beside it; one that looks at each
picture by itself gives a score and takes the rest from ``Scoring``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from prelabel.core.pool import Floats, Pool

Why = dict[str, Any]  # {"code": …} and its parameters; the browser has the words


@dataclass(frozen=True)
class Pick:
    """One picture to ask about; ``score`` higher = sooner, comparable only within one strategy."""

    key: int
    score: float
    why: Why


class Strategy(Protocol):
    """Chooses pictures."""

    def choose(self, pool: Pool, budget: int) -> list[Pick]:
        """At most ``budget`` picks, the one to ask first at the front, none twice; the same for the same pool.

        Pictures of which the strategy can say nothing are left out.
        """
        ...


class Scoring(ABC):
    """A strategy that scores every picture by itself."""

    @abstractmethod
    def score(self, pool: Pool) -> Floats:
        """(n,) higher = ask sooner; -inf where nothing can be said."""

    @abstractmethod
    def why(self, pool: Pool, index: int, score: float) -> Why:
        """Why this candidate was chosen."""

    def choose(self, pool: Pool, budget: int) -> list[Pick]:
        """The best scores."""
        return ranked(pool, self.score(pool), lambda index, score: self.why(pool, index, score), budget)


def ranked(pool: Pool, scores: Floats, why: Callable[[int, float], Why], budget: int) -> list[Pick]:
    """The best of ``scores`` (n,) with ``why(index, score)``; equal ones by key: asking again changes nothing."""
    keys = np.array([one.key for one in pool.candidates], dtype=np.int64)
    order = np.lexsort((keys, -scores))[: max(0, budget)]
    return [
        Pick(int(keys[index]), float(scores[index]), why(index, float(scores[index])))
        for index in order.tolist()
        if np.isfinite(scores[index])
    ]
