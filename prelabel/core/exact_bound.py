"""The exact lower bound of a share, from right and wrong alone. Standard library only: the web part asks it too.

Source: Clopper and Pearson 1934, "The use of confidence or fiducial limits illustrated in the case of the binomial";
the continued fraction of the incomplete beta function as in Press et al., "Numerical Recipes", 3rd edition, 6.4.
"""

from __future__ import annotations

from math import ceil, exp, lgamma, log, log1p

DOUBT = 0.05  # one-sided: in one of twenty samples the true share lies below the bound
_STEPS = 10_000  # it needs about the root of n
_TINY = 1e-300


def share_is_surely(right: int, n: int, share: float) -> bool:
    """Whether the exact lower bound of ``right`` of ``n`` is at least ``share`` (0..1), without finding the bound."""
    return n > 0 and _at_least(right, n, share) <= DOUBT


def lower_bound(right: int, n: int, doubt: float = DOUBT) -> float:
    """Lower end of the exact one-sided interval (95 %) of a share of ``right`` of ``n`` (≥ 1), in 0..1.

    It is the share at which so many right ones or more would turn up in 5 % (``doubt``) of all samples.
    """
    if right <= 0:
        return 0.0
    if right >= n:
        return float(doubt ** (1 / n))
    low, high = 0.0, right / n
    while high - low > 1e-12:
        middle = (low + high) / 2
        low, high = (middle, high) if _at_least(right, n, middle) < doubt else (low, middle)
    return low


def interval(right: int, n: int) -> tuple[float, float]:
    """Both ends of the exact two-sided 95 % interval of ``right`` of ``n`` (≥ 1)."""
    return lower_bound(right, n, DOUBT / 2), 1.0 - lower_bound(n - right, n, DOUBT / 2)


def fewest_all_right(share: float) -> int | None:
    """How many guesses, all right, are needed before ``share`` (0..1) can be sure: 149 for 98 %. None for 1."""
    if share >= 1.0:
        return None
    return max(1, ceil(log(DOUBT) / log(share) - 1e-9)) if share > 0 else 1


def _at_least(right: int, n: int, share: float) -> float:
    """Probability of ``right`` or more of ``n`` when each is right with ``share``: the beta function I(share)."""
    if right <= 0 or share >= 1.0:
        return 1.0
    if share <= 0.0:
        return 0.0
    a, b = float(right), float(n - right + 1)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(share) + b * log1p(-share))
    # The fraction converges fast on one side of the mean only; the other side is its mirror.
    if share < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, share) / a
    return 1.0 - front * _fraction(b, a, 1.0 - share) / b


def _fraction(a: float, b: float, x: float) -> float:
    """Lentz's evaluation of the continued fraction."""
    c = 1.0
    d = 1.0 / _away(1.0 - (a + b) * x / (a + 1.0))
    value = d
    for m in range(1, _STEPS):
        for part in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 / _away(1.0 + part * d)
            c = _away(1.0 + part / c)
            value *= d * c
        if abs(d * c - 1.0) < 1e-14:
            break
    return value


def _away(value: float) -> float:
    """Not zero, so that it can be divided by."""
    return value if abs(value) > _TINY else _TINY
