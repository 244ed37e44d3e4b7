"""The contract of a metric: guesses and truth of many images in, named numbers out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Truth:
    """One true object: ``bbox`` xyxy px (None for a whole-image class), class index; ``rle`` where it is a mask."""

    bbox: Box | None
    class_index: int
    rle: Mapping[str, Any] | None = None


class Scored(Protocol):
    """What a metric reads of a guess (`prelabel.core.predictor.Guess` is one)."""

    @property
    def bbox(self) -> Box | None: ...
    @property
    def class_index(self) -> int: ...
    @property
    def score(self) -> float: ...


class Masked(Protocol):
    """What a metric of pixels reads of a guess."""

    @property
    def class_index(self) -> int: ...
    @property
    def rle(self) -> Mapping[str, Any] | None: ...


class Metric(Protocol):
    """Compares lists that run in parallel: one entry per image."""

    def __call__(
        self, guesses: Sequence[Sequence[Scored]], truths: Sequence[Sequence[Truth]], class_count: int
    ) -> dict[str, Any]:
        """Numbers 0..1, higher = better, plus whatever explains them."""
        ...
