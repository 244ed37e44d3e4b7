"""Most undecided first: the object whose score is nearest to one half."""

from __future__ import annotations

from collections.abc import Sequence

from prelabel.core.confidence import LN2, bernoulli_entropy, empty_doubt


class MaxEntropy:
    """Highest Bernoulli entropy of a shown object, divided by ln 2. Source: Settles 2009, section 3.1."""

    slug = "entropy"
    label = "Most undecided first"

    def score(self, shown: Sequence[float], best_hidden: float, show: float) -> float:
        """Doubt 0..1, higher = ask sooner."""
        if not shown:
            return empty_doubt(best_hidden, show)
        return max(bernoulli_entropy(score) for score in shown) / LN2
