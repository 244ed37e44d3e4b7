"""Table of queue strategies."""

from __future__ import annotations

from prelabel.core.strategies.entropy import MaxEntropy
from prelabel.core.strategies.least_confident import LeastConfident
from prelabel.core.strategy import Strategy

STRATEGIES: dict[str, Strategy] = {
    LeastConfident.slug: LeastConfident(),
    MaxEntropy.slug: MaxEntropy(),
}
DEFAULT_STRATEGY = LeastConfident.slug
