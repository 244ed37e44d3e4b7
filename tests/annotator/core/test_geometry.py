from __future__ import annotations

import pytest

from annotator.core.geometry import box_area, clip_box, iou, match_greedy, overhang


def test_iou_of_half_overlapping_unit_squares_is_a_third():
    assert iou((0, 0, 2, 1), (1, 0, 3, 1)) == pytest.approx(1 / 3)


def test_iou_is_one_for_equal_and_zero_for_touching_or_empty_boxes():
    assert iou((1, 2, 3, 4), (1, 2, 3, 4)) == 1.0
    assert iou((0, 0, 1, 1), (1, 0, 2, 1)) == 0.0
    assert iou((0, 0, 0, 1), (0, 0, 1, 1)) == 0.0


def test_clip_keeps_what_is_inside():
    assert clip_box((-5, 10, 700, 20), 640, 480) == (0, 10, 640, 20)
    assert box_area(clip_box((700, 0, 800, 10), 640, 480)) == 0


def test_overhang_is_the_worst_side():
    assert overhang((-2, 0, 645, 10), 640, 480) == 5
    assert overhang((0, 0, 640, 480), 640, 480) == 0


def test_the_best_guess_chooses_first_and_each_truth_is_used_once():
    truths = [((0, 0, 10, 10), "a")]
    guesses = [((0, 0, 10, 8), "a"), ((0, 0, 10, 10), "a")]
    assert match_greedy(guesses, truths, 0.5) == [(0, 0, pytest.approx(0.8))]


def test_classes_are_kept_apart_unless_told_otherwise():
    truths, guesses = [((0, 0, 10, 10), "a")], [((0, 0, 10, 10), "b")]
    assert match_greedy(guesses, truths, 0.5) == []
    assert match_greedy(guesses, truths, 0.5, class_aware=False) == [(0, 0, 1.0)]


def test_the_threshold_is_inclusive():
    assert match_greedy([((0, 0, 10, 5), 1)], [((0, 0, 10, 10), 1)], 0.5) == [(0, 0, 0.5)]
