"""When a learning curve is flat."""

from __future__ import annotations

import pytest

from prelabel.core.stopping import Flat, flat_end

RISING = [(50, 0.50), (100, 0.60), (150, 0.66), (200, 0.70), (250, 0.73)]


def test_a_curve_that_rises_gives_no_hint() -> None:
    assert flat_end(RISING) is None
    assert flat_end(RISING[:3]) is None, "three points say nothing of what was before them"
    assert flat_end([]) is None


def test_a_curve_whose_best_stays_is_flat_from_there() -> None:
    flat = flat_end([*RISING, (300, 0.72), (350, 0.735), (400, 0.731)])
    assert flat == Flat(250, 400, pytest.approx(0.005))


def test_one_unlucky_training_does_not_end_the_work() -> None:
    assert flat_end([*RISING, (300, 0.40), (350, 0.41), (400, 0.76)]) is None


def test_training_again_on_the_same_pictures_says_nothing_of_more_of_them() -> None:
    assert flat_end([(100, 0.7), (100, 0.7), (105, 0.7), (110, 0.7)]) is None


def test_a_window_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="1 or more"):
        flat_end(RISING, window=0)
