"""Table of queue strategies. Free of numpy, so that the API can list it; classes load on first use."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from annotator.core.errors import Unprocessable

if TYPE_CHECKING:
    from prelabel.core.strategy import Strategy


@dataclass(frozen=True)
class StrategyInfo:
    """``path`` is ``module:Class``; ``needs`` what it cannot do without; ``parts`` slugs given to its class."""

    slug: str
    path: str
    label: str
    needs: frozenset[str] = frozenset()
    parts: tuple[str, ...] = ()


def _info(slug: str, name: str, label: str, *needs: str, parts: tuple[str, ...] = ()) -> StrategyInfo:
    return StrategyInfo(slug, f"prelabel.core.strategies.{slug}:{name}", label, frozenset(needs), parts)


STRATEGIES: dict[str, StrategyInfo] = {
    "mix": _info("mix", "Mix", "A third unsure, a third unlike, a third edge cases",
                 parts=("margin", "coverage", "edge_cases")),
    "least_confident": _info("least_confident", "LeastConfident", "Least confident first", "predictions"),
    "margin": _info("margin", "SmallestMargin", "Smallest margin first", "predictions"),
    "entropy": _info("entropy", "MaxEntropy", "Most undecided first", "predictions"),
    "diverse": _info("diverse", "Diverse", "Unlike what is reviewed first", "embeddings"),
    "coverage": _info("coverage", "Coverage", "What stands for most of the doubtful first", "embeddings"),
    "edge_cases": _info("edge_cases", "EdgeCases", "Rare classes, odd sizes, poor pictures first"),
    "committee": _info("committee", "Committee", "Where the last models disagree first", "members"),
    "model_change": _info("model_change", "ModelChange", "What would change the model most first", "predictions"),
    "random": _info("random", "Random", "In no order"),
}  # fmt: skip
DEFAULT_STRATEGY = "mix"


def strategy_info(slug: str) -> StrategyInfo:
    """Entry of the table. Raises Unprocessable for an unknown slug."""
    if slug not in STRATEGIES:
        raise Unprocessable(f"there is no strategy {slug!r}; use one of {', '.join(STRATEGIES)}", field="strategy")
    return STRATEGIES[slug]


def load_strategy(slug: str) -> Strategy:
    """The strategy itself, with those that it is made of."""
    info = strategy_info(slug)
    module, _, name = info.path.partition(":")
    strategy: Strategy = getattr(import_module(module), name)(*map(load_strategy, info.parts))
    return strategy
