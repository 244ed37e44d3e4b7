"""The contract of a queue strategy: one number per image that orders the work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Strategy(Protocol):
    """Orders items by doubt."""

    slug: str
    label: str

    def score(self, shown: Sequence[float], best_hidden: float, show: float) -> float:
        """Doubt 0..1 of one image, higher = ask sooner.

        ``shown``: scores of the objects at or above their show threshold; ``best_hidden``: the best score below it, 0
        if none; ``show``: the project's show threshold.
        """
        ...
