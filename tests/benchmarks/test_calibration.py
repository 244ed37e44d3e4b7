"""The calibration benchmark on made-up pictures: what a repetition is, and that it can fail."""

from __future__ import annotations

import random

import pytest

from benchmarks.calibration import exchange_by_seed, repetition, report, split_by_seed
from compression.core.judging.judgement import ImageResult


def _pictures(n: int, first: int, worth: float, seed: int) -> list[ImageResult]:
    """Ten boxes each; a score s is right with probability s ** worth."""
    rng = random.Random(seed)
    made = []
    for item in range(first, first + n):
        scores = sorted((0.25 + 0.74 * rng.random() ** 0.3 for _ in range(10)), reverse=True)
        right = tuple(rng.random() < score**worth for score in scores)
        made.append(ImageResult((0,) * 10, tuple(scores), right, (10,), item_id=item))
    return made


def test_no_picture_is_on_both_sides() -> None:
    val, test = _pictures(87, 1, 0.2, 1), _pictures(72, 100, 0.2, 2)
    for seed in range(10):
        for deal in (split_by_seed, exchange_by_seed):
            calibrated_on, judged = ({one.item_id for one in side} for side in deal(val, test, seed))
            assert not calibrated_on & judged
    assert [len(side) for side in split_by_seed(val, test, 0)] == [70, 36]
    assert {one.item_id for one in split_by_seed(val, test, 0)[1]} <= {one.item_id for one in test}
    assert [len(side) for side in exchange_by_seed(val, test, 0)] == [87, 72]
    assert split_by_seed(val, test, 3) == split_by_seed(val, test, 3) != split_by_seed(val, test, 4)


def test_pictures_of_the_same_kind_keep_the_promise() -> None:
    found = report(_pictures(87, 1, 0.2, 1), _pictures(72, 100, 0.2, 2), 1, 0.95, 4)
    assert found["reached_in_10"] == 4
    assert found["of"] == 4 == len(found["coverage"])


def test_a_world_that_changed_is_noticed() -> None:
    found = report(_pictures(87, 1, 0.05, 1), _pictures(72, 100, 6.0, 2), 1, 0.95, 4)
    assert found["reached_in_10"] == 0
    assert found["ece_before"] > 0.1


def test_what_a_threshold_accepts_is_counted_by_hand() -> None:
    known = [ImageResult((0, 0), (0.9, 0.3), (True, False), (1,), item_id=item) for item in range(60)]
    judged = [
        ImageResult((0, 0), (0.95, 0.8), (True, False), (1,)),
        ImageResult((0,), (0.9,), (True,), (1,)),
        ImageResult((0, 0), (0.92, 0.2), (False, False), (1,)),
    ]
    found = repetition(known, judged, 1, 0.95)
    # .95, .9 and .92 of four shown boxes, two of three true ones; the picture with a .8 goes to a person.
    assert (found["n"], found["precision"]) == (3, 0.6667)
    assert (found["coverage"], found["coverage_shown"]) == (0.6667, 0.75)
    assert (found["pictures"], found["pictures_precision"]) == (2, 0.5)
    assert found["interval"] == pytest.approx([0.0943, 0.9916], abs=1e-4)
    assert found["reached"] and not found["outright"]
