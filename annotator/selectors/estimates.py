"""What few numbers can say: the interval of a share, and when work will be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from statistics import quantiles

TWO_SIDED_95 = 1.959964
FEWEST_DAYS = 3


def wilson_interval(right: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share of ``right`` of ``n`` (≥ 1), both ends in 0..1.

    Source: Wilson 1927, "Probable inference, the law of succession, and statistical inference".
    """
    z, share = TWO_SIDED_95, right / n
    centre = share + z * z / (2 * n)
    margin = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    # The formula's ends at 0 and n are 0 and 1 but for rounding.
    low = 0.0 if right == 0 else (centre - margin) / (1 + z * z / n)
    high = 1.0 if right == n else (centre + margin) / (1 + z * z / n)
    return low, high


@dataclass(frozen=True)
class Forecast:
    """Days until nothing is left, the fast and the slow end; and the daily paces behind them."""

    fast_days: int
    slow_days: int
    fast_pace: float
    slow_pace: float


def forecast_days(left: int, per_day: Sequence[int]) -> Forecast | None:
    """How long ``left`` items take at the pace of these whole days, first worked day first, idle days as 0.

    The ends are the quartiles of the worked days, thinned by the share of days on which anybody worked: the middle
    half of what was seen, so that neither one heroic day nor one slack one moves it. None with fewer than three worked
    days. A mean with its standard error was the alternative: on three days its slow end is often never.
    """
    worked = [n for n in per_day if n > 0]
    if len(worked) < FEWEST_DAYS:
        return None
    slow, _, fast = quantiles(worked, n=4, method="inclusive")
    share = len(worked) / len(per_day)
    slow_pace, fast_pace = slow * share, fast * share
    return Forecast(ceil(left / fast_pace), ceil(left / slow_pace), fast_pace, slow_pace)
