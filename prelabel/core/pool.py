"""What a queue strategy chooses from: the pictures that wait, what the model saw in them, and what is reviewed."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from annotator.core.geometry import Box
from prelabel.core.confidence import empty_doubt

Floats = NDArray[np.float32]
# How the doubts of a picture's objects become the picture's: its worst object; all of them together, so that a crowded
# picture comes first; or the usual one.
RULES: dict[str, Callable[[Sequence[float]], float]] = {
    "max": max,
    "sum": sum,
    "mean": lambda values: sum(values) / len(values),
}


@dataclass(frozen=True)
class Seen:
    """One object that is shown: ``top`` up to three (class id, score), best first; ``entropy`` in nats; xyxy px."""

    class_id: int
    score: float
    top: tuple[tuple[int, float], ...] = ()
    entropy: float = 0.0
    bbox: Box | None = None


@dataclass(frozen=True)
class Candidate:
    """A picture that waits; ``hidden``: objects with a score too low to be shown; ``members``: what each of the last
    variants saw in it, the deployed one first; with ``views`` what the deployed one alone saw in several views of it.
    """

    key: int
    objects: tuple[Seen, ...] = ()
    hidden: tuple[Seen, ...] = ()
    width: int = 0
    height: int = 0
    flags: tuple[str, ...] = ()
    members: tuple[tuple[Seen, ...], ...] = ()
    views: bool = False
    predicted: bool = True

    @property
    def best_hidden(self) -> float:
        """The highest score that is not shown, 0 where there is none."""
        return max((one.score for one in self.hidden), default=0.0)


@dataclass(frozen=True)
class Pool:
    """``vectors`` (n, d) unit rows beside the candidates, all zero where a picture has none; ``known`` (m, d) of the
    reviewed ones; ``lengths`` (n,) of the features before they were scaled; ``reviewed`` class id → true objects."""

    candidates: tuple[Candidate, ...]
    vectors: Floats
    known: Floats
    lengths: Floats
    reviewed: Mapping[int, int] = field(default_factory=dict)
    classes: int = 2
    boxes: bool = False  # scores are of "there is such an object", each by itself, not of one vector that sums to 1
    show: float = 0.25
    rule: str = "max"
    seed: str = ""

    @classmethod
    def of(cls, candidates: Sequence[Candidate], vectors: Floats | None = None, known: Floats | None = None) -> Pool:
        """A pool with the other fields at their defaults; without ``vectors`` nothing can be said of likeness."""
        rows = np.zeros((len(candidates), 0), np.float32) if vectors is None else vectors
        known = np.zeros((0, rows.shape[1]), np.float32) if known is None else known
        return cls(tuple(candidates), rows, known, np.ones(len(candidates), np.float32))

    def after(self, keys: Collection[int]) -> Pool:
        """The pool once these pictures have been asked about: they wait no more, and what is like them is known."""
        gone = np.array([one.key in keys for one in self.candidates], dtype=bool)
        asked = self.vectors[gone & self.described]
        return replace(
            self,
            candidates=tuple(one for one, left in zip(self.candidates, ~gone, strict=True) if left),
            vectors=self.vectors[~gone],
            lengths=self.lengths[~gone],
            known=np.concatenate([self.known, asked]),
        )

    @property
    def described(self) -> NDArray[np.bool_]:
        """Which candidates have a vector (n,)."""
        return np.asarray(self.vectors.any(axis=1), dtype=np.bool_)

    def over_objects(self, measure: Callable[[Seen], float]) -> Floats:
        """A doubt 0..1 of objects, brought together by the pool's rule (n,); empty pictures have a doubt of their own.

        By ``sum`` the result can pass 1: only the order counts. -inf where no model has looked yet.
        """
        return np.array([self._together(one, measure) for one in self.candidates], dtype=np.float32)

    def _together(self, candidate: Candidate, measure: Callable[[Seen], float]) -> float:
        if not candidate.predicted:
            return -math.inf
        if not candidate.objects:
            return empty_doubt(candidate.best_hidden, self.show)
        return RULES[self.rule]([measure(one) for one in candidate.objects])
