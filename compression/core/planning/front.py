"""Pareto fronts: what no other point beats in everything. Free of arrays, since the API draws them too."""

from __future__ import annotations

from collections.abc import Sequence


def front(points: Sequence[Sequence[float]]) -> list[bool]:
    """For each point whether it is on the front; every number is a cost, lower = better.

    A point leaves the front when another is no worse in all and better in one; equal points stay together.
    """
    return [not any(_beats(other, one) for other in points) for one in points]


def _beats(one: Sequence[float], other: Sequence[float]) -> bool:
    return all(a <= b for a, b in zip(one, other, strict=True)) and any(a < b for a, b in zip(one, other, strict=True))
