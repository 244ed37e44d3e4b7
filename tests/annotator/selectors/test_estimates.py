"""Intervals and forecasts against values worked out elsewhere."""

from __future__ import annotations

import pytest

from annotator.selectors.estimates import Forecast, forecast_days, wilson_interval


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    [
        # Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (20, 20, 0.8389, 1.0),  # the mirror of 0 of 20
    ],
)
def test_the_interval_is_wilsons(right: int, n: int, low: float, high: float) -> None:
    assert wilson_interval(right, n) == pytest.approx((low, high), abs=1e-4)


def test_a_forecast_spans_the_middle_half_of_the_worked_days() -> None:
    # 10, 20, 30, 40: quartiles 17.5 and 32.5, worked on every day.
    assert forecast_days(65, [10, 40, 30, 20]) == Forecast(2, 4, 32.5, 17.5)


def test_idle_days_make_it_longer() -> None:
    assert forecast_days(65, [10, 0, 40, 30, 0, 0, 20, 0]) == Forecast(4, 8, 16.25, 8.75)


@pytest.mark.parametrize("per_day", [[], [5], [5, 5], [5, 0, 0, 5]])
def test_two_worked_days_say_nothing(per_day: list[int]) -> None:
    assert forecast_days(10, per_day) is None


def test_nothing_left_is_done_now() -> None:
    assert forecast_days(0, [4, 4, 4]) == Forecast(0, 0, 4, 4)
