"""Weighted box fusion against the reference implementation's own numbers, and what it keeps besides."""

from __future__ import annotations

import pytest

from prelabel.core.confidence import bernoulli_entropy, vector_entropy
from prelabel.core.fusion import fuse_boxes, fuse_classes
from prelabel.core.predictor import Guess


def guess(box: tuple[float, float, float, float], index: int, score: float, *more: tuple[int, float]) -> Guess:
    return Guess(box, index, score, ((index, score), *more), bernoulli_entropy(score))


# Boxes in thousandths of the picture; what ensemble-boxes 1.0.9 weighted_boxes_fusion (iou_thr 0.55, conf_type "avg",
# no weights) gives for them.
FIRST = [guess((0, 510, 810, 910), 0, 0.9), guess((100, 310, 710, 610), 1, 0.8), guess((10, 320, 830, 930), 0, 0.2),
         guess((20, 530, 110, 940), 1, 0.4), guess((30, 240, 120, 350), 1, 0.7)]  # fmt: skip
SECOND = [guess((40, 560, 840, 920), 0, 0.5), guess((120, 330, 720, 640), 1, 0.8), guess((380, 660, 790, 950), 1, 0.7),
          guess((80, 490, 210, 890), 0, 0.3)]  # fmt: skip
REFERENCE = [
    ((110, 320, 715, 625), 1, 0.8),
    ((13.75, 501.875, 821.875, 915.625), 0, 0.5333333),
    ((380, 660, 790, 950), 1, 0.35),
    ((30, 240, 120, 350), 1, 0.35),
    ((20, 530, 110, 940), 1, 0.2),
    ((80, 490, 210, 890), 0, 0.15),
]


def test_fused_boxes_are_those_of_the_reference_implementation() -> None:
    fused = fuse_boxes([FIRST, SECOND])
    assert len(fused) == len(REFERENCE)
    by_score = sorted(fused, key=lambda one: (-round(one.score, 6), -(one.bbox or (0,))[0]))
    for found, (box, index, score) in zip(by_score, REFERENCE, strict=True):
        assert found.bbox == pytest.approx(box, abs=0.01)
        assert (found.class_index, found.score) == (index, pytest.approx(score, abs=1e-5))


def test_a_fused_box_is_the_mean_weighted_by_scores_and_keeps_a_class_vector() -> None:
    # By hand: (0.6 * 0 + 0.2 * 8) / 0.8 = 2, (0.6 * 100 + 0.2 * 108) / 0.8 = 102; (0.6 + 0.2) / 2 = 0.4.
    one, other = guess((0, 0, 100, 100), 0, 0.6, (2, 0.3)), guess((8, 8, 108, 108), 0, 0.2, (1, 0.1))
    [fused] = fuse_boxes([[one], [other]])
    assert fused.bbox == pytest.approx((2, 2, 102, 102)) and fused.score == pytest.approx(0.4)
    assert [index for index, _ in fused.top3] == [0, 2, 1]
    assert [score for _, score in fused.top3] == pytest.approx([0.4, 0.15, 0.05])
    assert fused.entropy == pytest.approx(bernoulli_entropy(0.4))


def test_what_one_of_two_members_saw_counts_half_and_falls_under_the_floor() -> None:
    lonely = guess((0, 0, 10, 10), 0, 0.08)
    assert [one.score for one in fuse_boxes([[lonely], []])] == [pytest.approx(0.04)]
    assert fuse_boxes([[lonely], []], floor=0.05) == []
    assert fuse_boxes([[], []]) == []


def test_classes_are_never_fused_with_one_another() -> None:
    box = (0.0, 0.0, 10.0, 10.0)
    assert sorted(one.class_index for one in fuse_boxes([[guess(box, 0, 0.9)], [guess(box, 1, 0.8)]])) == [0, 1]


def test_whole_pictures_take_the_mean_of_the_class_vectors() -> None:
    members = [
        [Guess(None, 0, 0.8, ((0, 0.8), (1, 0.2)), 0.5, scores=(0.8, 0.2))],
        [Guess(None, 1, 0.9, ((1, 0.9), (0, 0.1)), 0.3, scores=(0.1, 0.9))],
    ]
    [fused] = fuse_classes(members)
    assert (fused.class_index, fused.score) == (1, pytest.approx(0.55))
    assert fused.scores == pytest.approx((0.45, 0.55)) and fused.entropy == pytest.approx(vector_entropy((0.45, 0.55)))
    assert fuse_classes([[], []]) == []
