"""From which score on a machine may decide alone, with hand-computed values and properties."""

from __future__ import annotations

import random

import pytest

from prelabel.core.found_thresholds import TARGETS, find_thresholds
from prelabel.core.score_maps import Calibration, ScoreMap

PLAIN = Calibration()


def test_149_right_ones_support_98_per_cent_and_148_do_not() -> None:
    found = find_thresholds({0: [(0.9, True)] * 149}, PLAIN)[0.98][0]
    assert (found.threshold, found.reason, found.n, found.right, found.coverage) == (0.9, "own", 149, 149, 1.0)
    assert found.bound == pytest.approx(0.05 ** (1 / 149))
    one_less = find_thresholds({0: [(0.9, True)] * 148}, PLAIN)[0.98][0]
    assert (one_less.threshold, one_less.reason, one_less.n) == (None, "pooled_not_reached", 148)


def test_coverage_is_the_share_of_the_class_at_or_above_the_threshold() -> None:
    found = find_thresholds({0: [(0.9, True)] * 60 + [(0.5, False)] * 40}, PLAIN)[0.95][0]
    assert (found.threshold, found.n, found.guesses, found.coverage) == (0.9, 60, 100, 0.6)


def test_a_class_with_few_guesses_takes_the_pooled_threshold_through_its_own_map() -> None:
    # All together hold the target from a calibrated .8 on; the second class's scores say .9 where .8 is meant.
    own = ScoreMap(points=((0.3, 0.2), (0.9, 0.8), (1.0, 0.9)))
    pairs = {0: [(0.8, True)] * 100 + [(0.5, False)] * 100, 1: [(0.9, True)] * 30 + [(0.4, False)] * 10}
    found = find_thresholds(pairs, Calibration("isotonic", ScoreMap(), {1: own}))[0.95]
    assert (found[0].threshold, found[0].reason) == (0.8, "own")
    assert found[1].threshold == pytest.approx(0.9)
    assert (found[1].reason, found[1].n, found[1].right) == ("pooled", 30, 30)
    assert found[1].bound == pytest.approx(0.05 ** (1 / 30))


def test_a_class_whose_few_guesses_speak_against_the_pooled_threshold_abstains() -> None:
    pairs = {0: [(0.95, True)] * 400, 1: [(0.9, True)] * 20 + [(0.9, False)] * 5}
    found = find_thresholds(pairs, PLAIN)[0.9][1]
    assert (found.threshold, found.reason, found.n, found.right) == (None, "below_pooled", 25, 20)


def test_a_class_with_hardly_any_guesses_or_too_many_wrong_ones_abstains() -> None:
    pairs = {0: [(0.8, True)] * 400, 1: [(0.9, True)] * 19, 2: [(0.9, True), (0.9, False)] * 40, 3: []}
    found = find_thresholds(pairs, PLAIN)[0.95]
    assert [found[index].reason for index in range(4)] == ["own", "few", "not_reached", "few"]
    assert all(found[index].threshold is None for index in (1, 2, 3))
    assert found[3].bound is None


def test_what_is_refused_at_90_per_cent_is_not_let_through_by_others_at_98() -> None:
    # 40 guesses are enough to fail 90 % (29 needed) and too few to be asked alone for 98 %.
    pairs = {0: [(0.8, True)] * 900, 1: [(0.9, True)] * 30 + [(0.95, False)] * 10}
    found = find_thresholds(pairs, PLAIN)
    assert [found[target][1].threshold for target in TARGETS] == [None] * 4


@pytest.mark.parametrize("seed", range(20))
def test_a_stricter_target_never_has_a_lower_threshold(seed: int) -> None:
    rng = random.Random(seed)
    pairs = {
        index: [(score := rng.random(), rng.random() < score ** rng.choice((0.05, 0.2))) for _ in range(n)]
        for index, n in enumerate((30, 80, 160, 700))
    }
    calibration = Calibration("temperature", ScoreMap(temperature=0.6), {1: ScoreMap(temperature=1.7)})
    found = find_thresholds(pairs, calibration)
    for index in pairs:
        scores = [found[target][index].threshold for target in TARGETS]
        known = [2.0 if score is None else score for score in scores]
        assert known == sorted(known)
