"""Which budgets a result keeps, and how far it is from the others. Free of torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from compression.core.planning.plan import Budgets


@dataclass(frozen=True)
class Reached:
    """What decides: metric 0..1 on val, size in bytes, latency p20 in ms."""

    metric: float
    size_bytes: float
    latency_ms: float


@dataclass(frozen=True)
class Shortfall:
    """One budget that was not kept; ``by`` is relative to what was wanted, more = further away."""

    target: str  # size_mb | latency_ms | metric
    wanted: float
    reached: float
    by: float

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return asdict(self)


def shortfalls(reached: Reached, budgets: Budgets, source_metric: float) -> list[Shortfall]:
    """The budgets that ``reached`` misses, the worst first."""
    found = []
    if budgets.size_bytes is not None and reached.size_bytes > budgets.size_bytes:
        wanted, have = budgets.size_bytes / 1e6, reached.size_bytes / 1e6
        found.append(Shortfall("size_mb", round(wanted, 4), round(have, 4), have / wanted - 1))
    if budgets.latency_ms is not None and reached.latency_ms > budgets.latency_ms:
        wanted, have = budgets.latency_ms, reached.latency_ms
        found.append(Shortfall("latency_ms", round(wanted, 4), round(have, 4), have / wanted - 1))
    least = budgets.least_metric(source_metric)
    if reached.metric < least:
        by = (least - reached.metric) / least
        found.append(Shortfall("metric", round(least, 4), round(reached.metric, 4), by))
    return sorted(found, key=lambda one: -one.by)


def best(candidates: Sequence[tuple[Reached, Sequence[Shortfall]]], aim: str) -> int:
    """Index of the result to take: among those that keep all budgets the smallest or fastest, else the nearest.

    ``aim`` size | latency. Raises ValueError without candidates.
    """
    kept = [index for index, (_, missed) in enumerate(candidates) if not missed]
    if kept:
        return min(kept, key=lambda index: (_cost(candidates[index][0], aim), -candidates[index][0].metric))
    return min(range(len(candidates)), key=lambda index: sum(one.by for one in candidates[index][1]))


def _cost(reached: Reached, aim: str) -> float:
    return reached.latency_ms if aim == "latency" else reached.size_bytes
