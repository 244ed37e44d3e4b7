"""The contract of a predictor: pictures in, guesses out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

FLOOR = 0.05
MAX_OBJECTS = 300


@dataclass(frozen=True)
class Guess:
    """One object: ``bbox`` xyxy px of the upright picture (None for a whole-image class), ``score`` 0..1,
    ``top3`` = up to three (class index, score) best first, ``entropy`` in nats, ``rle`` a COCO mask of the picture,
    ``scores`` of a whole-image class: the score of every class, for curves; never stored with a prediction."""

    bbox: tuple[float, float, float, float] | None
    class_index: int
    score: float
    top3: tuple[tuple[int, float], ...]
    entropy: float
    rle: Mapping[str, Any] | None = None
    scores: tuple[float, ...] = ()


class Predictor(Protocol):
    """A loaded model. ``predict`` may be called from as many threads as it was loaded with streams."""

    classes: tuple[str, ...]
    embeds: bool

    def decode(self, source: Path | bytes, max_pixels: int = ...) -> Any:
        """A picture file as ``predict`` and ``look`` take it, no larger than they need it. Raises BadPicture."""
        ...

    def predict(self, images: Sequence[Any]) -> list[list[Guess]]:
        """Guesses ≥ the floor, best first, at most 300, per picture: what ``decode`` gave, or (h, w, 3) uint8 RGB."""
        ...

    def look(self, image: Any) -> tuple[list[Guess], Any | None]:
        """Guesses of one picture and its features (d,) float32, None unless ``embeds``."""
        ...
