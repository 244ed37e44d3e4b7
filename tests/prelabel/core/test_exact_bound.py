"""The exact bound of a share, against closed forms, published tables and SciPy."""

from __future__ import annotations

import pytest
from scipy.stats import beta

from prelabel.core.exact_bound import fewest_all_right, interval, lower_bound, share_is_surely


def test_all_right_is_the_nth_root_of_five_per_cent() -> None:
    assert lower_bound(149, 149) == pytest.approx(0.05 ** (1 / 149))
    assert lower_bound(149, 149) >= 0.98 > lower_bound(148, 148)
    assert lower_bound(1, 1) == pytest.approx(0.05)
    assert lower_bound(0, 7) == 0.0


def test_two_of_three_by_hand() -> None:
    # 3 p² (1 - p) + p³ = .05 has the root p = .13535
    p = lower_bound(2, 3)
    assert 3 * p**2 * (1 - p) + p**3 == pytest.approx(0.05, abs=1e-9)
    assert p == pytest.approx(0.13535, abs=1e-5)


@pytest.mark.parametrize(("right", "n"), [(8, 10), (95, 100), (970, 1000), (1, 40), (49_500, 50_000), (150, 300)])
def test_it_is_clopper_and_pearsons(right: int, n: int) -> None:
    assert lower_bound(right, n) == pytest.approx(beta.ppf(0.05, right, n - right + 1), abs=1e-9)


@pytest.mark.parametrize("right", range(190, 201))
def test_asking_for_a_share_agrees_with_the_bound(right: int) -> None:
    bound = lower_bound(right, 200)
    assert share_is_surely(right, 200, bound - 1e-6)
    assert not share_is_surely(right, 200, bound + 1e-6)


def test_nothing_is_sure_of_no_guesses() -> None:
    assert not share_is_surely(0, 0, 0.5)


@pytest.mark.parametrize(("share", "n"), [(0.98, 149), (0.95, 59), (0.99, 299), (0.9, 29), (1.0, None), (0.05, 1)])
def test_how_many_right_ones_are_needed_at_least(share: float, n: int | None) -> None:
    assert fewest_all_right(share) == n


def test_both_ends_of_four_of_five_are_the_tables() -> None:
    # Clopper and Pearson's 95 % limits of 4 of 5
    assert interval(4, 5) == pytest.approx((0.2836, 0.9949), abs=1e-4)
    assert interval(5, 5) == pytest.approx((0.025 ** (1 / 5), 1.0))
