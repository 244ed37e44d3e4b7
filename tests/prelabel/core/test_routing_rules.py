"""The pure rules of routing, doubt and calibration, worked out by hand."""

from __future__ import annotations

import math
import random

import pytest

from annotator.core.rle import encode_runs
from prelabel.core.calibration import CurvePoint, find_accept, find_show, precision_curve, verdict_pairs
from prelabel.core.confidence import bernoulli_entropy, empty_doubt, least_confidence, vector_entropy
from prelabel.core.documents import map_classes, prediction_document
from prelabel.core.predictor import Guess
from prelabel.core.routing import Thresholds, is_spot_check, route, shown_objects, spot_priority

LIMITS = Thresholds(0.25, 0.90)


def _document(*scores: float, class_id: int = 1) -> dict[str, list[dict[str, float]]]:
    return {"objects": [{"class_id": class_id, "score": score} for score in scores]}


@pytest.mark.parametrize(
    ("scores", "split", "auto", "reason"),
    [
        ((0.95, 0.90), "train", True, "certain"),
        ((0.95, 0.8999), "train", False, "uncertain"),
        ((0.95, 0.25), "train", False, "uncertain"),
        ((0.95, 0.2499), "train", True, "certain"),
        ((0.2499,), "train", False, "empty"),
        ((), "train", False, "empty"),
        ((0.95,), "val", True, "certain"),
        ((0.95,), "test", False, "test_item"),
        ((0.5,), "test", False, "uncertain"),
    ],
)
def test_only_a_picture_whose_shown_objects_are_all_accepted_is_decided_by_the_machine(
    scores: tuple[float, ...], split: str, auto: bool, reason: str
) -> None:
    found = route(_document(*scores), LIMITS, split)
    assert (found.auto, found.reason) == (auto, reason)


def test_a_route_counts_shown_and_certain_objects_and_its_weakest_one() -> None:
    found = route(_document(0.95, 0.6, 0.3, 0.1), LIMITS, "train")
    assert (found.shown, found.certain, found.confidence) == (3, 1, 0.3)
    assert found.uncertainty == pytest.approx(0.7)
    assert route(_document(), LIMITS, "train").confidence is None


def test_a_class_with_its_own_thresholds_follows_them() -> None:
    limits = Thresholds(0.25, 0.90, {7: (0.5, 0.6)})
    assert route(_document(0.6, class_id=7), limits, "train").auto
    assert route(_document(0.4, class_id=7), limits, "train").reason == "empty"
    assert not route(_document(0.6, class_id=8), limits, "train").auto
    assert len(shown_objects(_document(0.6, 0.4, class_id=7), limits)) == 1


def test_an_empty_picture_meets_a_barely_shown_one_at_the_threshold() -> None:
    assert empty_doubt(0.0, 0.25) == 0.5
    assert empty_doubt(0.2499999, 0.25) == pytest.approx(least_confidence([0.25]), abs=1e-5)
    assert empty_doubt(0.1, 0.25) < empty_doubt(0.2, 0.25)
    assert empty_doubt(0.0, 0.0) == 0.5


def test_entropies_have_their_known_values() -> None:
    assert bernoulli_entropy(0.5) == pytest.approx(math.log(2))
    assert bernoulli_entropy(0.0) == bernoulli_entropy(1.0) == 0.0
    assert bernoulli_entropy(0.9) == pytest.approx(bernoulli_entropy(0.1))
    assert vector_entropy([0.25] * 4) == pytest.approx(math.log(4))
    assert vector_entropy([2.0, 2.0]) == pytest.approx(math.log(2))
    assert vector_entropy([1.0, 0.0]) == 0.0
    assert vector_entropy([0.0, 0.0]) == 0.0


def test_the_spot_check_is_a_fixed_share_of_the_pictures() -> None:
    names = [f"{index:064x}" for index in range(20_000)]
    share = sum(is_spot_check(name, 0.05, "3") for name in names) / len(names)
    assert abs(share - 0.05) < 0.006  # four standard deviations
    assert not any(is_spot_check(name, 0.0) for name in names[:2000])
    assert all(is_spot_check(name, 1.0) for name in names[:2000])
    low = {name for name in names if is_spot_check(name, 0.05)}
    assert low <= {name for name in names if is_spot_check(name, 0.2)}
    assert {is_spot_check(name, 0.5, "1") == is_spot_check(name, 0.5, "2") for name in names[:50]} == {True, False}
    assert all(0.5 <= spot_priority(name) < 1.0 for name in names[:200])


def test_the_precision_curve_moves_over_equal_scores_at_once() -> None:
    pairs = [(0.9, True), (0.8, False), (0.8, True), (0.5, False)]
    assert precision_curve(pairs) == [CurvePoint(0.9, 1.0, 1), CurvePoint(0.8, 2 / 3, 3), CurvePoint(0.5, 0.5, 4)]


def test_accept_is_the_lowest_threshold_that_surely_keeps_the_precision() -> None:
    pairs = [(0.99 - index / 1000, True) for index in range(100)] + [(0.55, False), (0.54, False), (0.53, False)]
    # With one wrong of 101 the bound is .954, with two of 102 .940: too little, though 98 % are right.
    assert find_accept(pairs, 0.95) == pytest.approx(0.55)
    assert find_accept(pairs, 0.97) == pytest.approx(0.891)
    assert find_accept(pairs, 0.99) is None


def test_accept_is_not_found_when_too_little_or_nothing_supports_it() -> None:
    assert find_accept([(0.9, True)] * 58, 0.95) is None
    assert find_accept([(0.9, True)] * 59, 0.95) == 0.9
    assert find_accept([(0.9, True)] * 148, 0.98) is None
    assert find_accept([(0.9, True)] * 149, 0.98) == 0.9
    assert find_accept([(0.9, False)] * 50, 0.9) is None
    assert find_accept([], 0.9) is None


def test_a_lucky_run_below_a_failure_does_not_pull_the_threshold_down() -> None:
    pairs = [(0.9, True)] * 60 + [(0.8, False)] * 9 + [(0.7, True)] * 900
    assert find_accept(pairs, 0.95) == 0.9


@pytest.mark.parametrize("seed", range(5))
def test_asking_for_more_precision_never_lowers_the_threshold(seed: int) -> None:
    rng = random.Random(seed)
    scores = [rng.random() for _ in range(300)]
    pairs = [(score, rng.random() < score) for score in scores]
    found = [find_accept(pairs, precision) for precision in (0.5, 0.6, 0.7, 0.8, 0.9, 0.99)]
    known = [1.0 if threshold is None else threshold for threshold in found]
    assert known == sorted(known)


def test_verdicts_match_boxes_of_the_same_class_once() -> None:
    truth = {"objects": [{"bbox": [0, 0, 10, 10], "class_id": 1}, {"bbox": [20, 0, 30, 10], "class_id": 2}]}
    guess = {
        "objects": [
            {"bbox": [1, 0, 11, 10], "class_id": 1, "score": 0.6},
            {"bbox": [0, 0, 10, 10], "class_id": 1, "score": 0.9},
            {"bbox": [20, 0, 30, 10], "class_id": 1, "score": 0.8},
        ]
    }
    assert verdict_pairs(guess, truth) == [(0.9, True), (0.8, False), (0.6, False)]
    classified = {"objects": [{"class_id": 1, "score": 0.7}]}
    assert verdict_pairs(classified, {"objects": [{"class_id": 1}]}) == [(0.7, True)]
    assert verdict_pairs(classified, {"objects": [{"class_id": 2}]}) == [(0.7, False)]


def test_classes_map_exactly_before_loosely() -> None:
    found = map_classes(["Car", "dog", "bus "], {"car": 1, "Car": 2, "Bus": 3})
    assert dict(found.ids) == {0: 2, 2: 3}
    assert found.unmapped == ("dog",)


def test_a_document_keeps_boxes_inside_and_rounds_scores_up_to_what_was_meant() -> None:
    classes = map_classes(["car", "dog"], {"car": 4})
    guesses = [
        Guess((-0.004, 1.0, 64.004, 9.5), 0, 0.8999999761581421, ((0, 0.9), (1, 0.05)), 0.325083),
        Guess((1, 1, 2, 2), 1, 0.8, ((1, 0.8),), 0.5),
    ]
    document = prediction_document(guesses, classes, width=64, height=48)
    assert document == {
        "objects": [
            {"id": "p1", "class_id": 4, "score": 0.9, "bbox": [0, 1, 64, 9.5], "top3": [[4, 0.9]], "entropy": 0.32508}
        ]
    }


def test_show_is_set_where_deletions_and_drawings_together_are_fewest() -> None:
    # Cost of showing from each score on, by hand: wrong ones above + right ones below.
    pairs = [(0.9, True), (0.8, True), (0.7, False), (0.6, True), (0.5, False), (0.4, False)]
    # 0.9: 0 + 2, 0.8: 0 + 1, 0.7: 1 + 1, 0.6: 1 + 0, 0.5: 2 + 0, 0.4: 3 + 0; of 0.8 and 0.6 the lower one
    assert find_show(pairs, minimum=6) == 0.6


def test_show_is_not_set_from_too_few_guesses() -> None:
    assert find_show([(0.9, True)] * 19) is None
    assert find_show([(0.9, True)] * 20) == 0.9
    assert find_show([]) is None


def test_a_guessed_mask_is_right_by_its_iou_with_everything_of_its_class() -> None:
    def entry(class_id: int, runs: list[int], score: float = 0.9) -> dict[str, object]:
        return {"class_id": class_id, "score": score, "rle": {"size": [1, 10], "counts": encode_runs(runs)}}

    truth = {"objects": [entry(1, [0, 2, 8]), entry(1, [4, 2, 4]), entry(2, [6, 4])]}
    # Class 1 truly covers 0, 1, 4, 5. Guessed 0..3: 2 of 6 pixels; guessed 0..5: 4 of 6.
    assert verdict_pairs({"objects": [entry(1, [0, 4, 6], 0.8)]}, truth) == [(0.8, False)]
    assert verdict_pairs({"objects": [entry(1, [0, 6, 4], 0.7), entry(3, [6, 4])]}, truth) == [
        (0.9, False),
        (0.7, True),
    ]
