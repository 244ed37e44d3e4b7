"""Least confident first: the doubt of the weakest object that is shown."""

from __future__ import annotations

from collections.abc import Sequence

from prelabel.core.confidence import empty_doubt, least_confidence


class LeastConfident:
    """1 minus the lowest shown score. Source: Lewis and Gale 1994."""

    slug = "least_confident"
    label = "Least confident first"

    def score(self, shown: Sequence[float], best_hidden: float, show: float) -> float:
        """Doubt 0..1, higher = ask sooner."""
        return least_confidence(shown) if shown else empty_doubt(best_hidden, show)
