"""Classes, pixels and calibration against scikit-learn and hand calculations; confusion and worst images by hand."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, jaccard_score

from compression.core.judging.judgement import ImageResult, judge_image, judge_pixels
from compression.core.judging.measures import (
    main_metric,
    prepare_classes,
    reliability,
    weighted_accuracy,
    weighted_ece,
    weighted_macro_f1,
    weighted_miou,
)
from compression.core.judging.report import confusion_matrix as our_confusion
from compression.core.judging.worst import worst_images
from prelabel.core.metric import Truth
from prelabel.core.metrics import metric_for
from tests.compression.core.judging.judged_boxes import Shown

CLASSIFY, DETECT, SEGMENT = "image_classification", "object_detection", "semantic_segmentation"
NAMES = ("hat", "shoes", "shirt", "scarf")


def classified(seed: int, count: int = 60) -> tuple[list[ImageResult], list[int], list[int]]:
    """Images of four classes, of which a good half is guessed right; scarves occur in truth only by chance."""
    rng = random.Random(seed)
    truths = [rng.randrange(3) for _ in range(count)]
    guesses = [truth if rng.random() < 0.6 else rng.randrange(4) for truth in truths]
    images = [
        judge_image(
            [Shown(None, guess, 0.7), Shown(None, (guess + 1) % 4, 0.2)], [Truth(None, truth)], 4, item_id=n + 1
        )
        for n, (truth, guess) in enumerate(zip(truths, guesses, strict=True))
    ]
    return images, truths, guesses


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_accuracy_and_f1_equal_those_of_scikit_learn(seed: int) -> None:
    images, truths, guesses = classified(seed)
    whole = np.ones((1, len(images)))
    assert weighted_accuracy(images, whole)[0] == pytest.approx(accuracy_score(truths, guesses))
    assert weighted_macro_f1(images, whole)[0] == pytest.approx(f1_score(truths, guesses, average="macro"))
    per_class = f1_score(truths, guesses, average=None, labels=range(4))
    assert prepare_classes(images, CLASSIFY, "macro_f1")(whole)[0] == pytest.approx(per_class)


def test_weights_of_f1_are_those_of_scikit_learn() -> None:
    images, truths, guesses = classified(4)
    weights = np.random.default_rng(0).multinomial(60, np.full(60, 1 / 60)).astype(float)
    expected = f1_score(truths, guesses, average="macro", sample_weight=weights)
    assert weighted_macro_f1(images, weights[None])[0] == pytest.approx(expected)


def test_the_confusion_of_classes_equals_that_of_scikit_learn() -> None:
    images, truths, guesses = classified(5)
    found = our_confusion(images, NAMES, CLASSIFY)
    assert found["labels"] == list(NAMES)
    assert found["matrix"] == confusion_matrix(truths, guesses, labels=range(4)).tolist()


def test_mean_iou_equals_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(3)
    pairs = [(rng.integers(0, 3, 400), rng.integers(0, 3, 400)) for _ in range(5)]
    images = [
        judge_pixels([(t, g, int(((true == t) & (guess == g)).sum())) for t in range(3) for g in range(3)], 3)
        for true, guess in pairs
    ]
    true, guess = (np.concatenate(part) for part in zip(*pairs, strict=True))
    assert weighted_miou(images, np.ones((1, 5)))[0] == pytest.approx(jaccard_score(true, guess, average="macro"))
    assert our_confusion(images, ("a", "b", "c"), SEGMENT)["matrix"] == confusion_matrix(true, guess).tolist()


def test_a_class_that_occurs_nowhere_does_not_count_in_mean_iou() -> None:
    image = judge_pixels([(0, 0, 60), (0, 1, 20), (1, 1, 20)], 3)
    assert weighted_miou([image], np.ones((1, 1)))[0] == pytest.approx((60 / 80 + 20 / 40) / 2)
    assert image.truths == (1, 1, 0)


def test_the_calibration_error_is_the_one_worked_out_by_hand() -> None:
    # Bin 0.9-1: two guesses of .95, one right: |.5 - .95|. Bin 0.6-.7: one of .65, right: |1 - .65|.
    images = [
        judge_image([Shown(None, 0, 0.95)], [Truth(None, 0)], 2),
        judge_image([Shown(None, 0, 0.95)], [Truth(None, 1)], 2),
        judge_image([Shown(None, 1, 0.65)], [Truth(None, 1)], 2),
    ]
    expected = 2 / 3 * 0.45 + 1 / 3 * 0.35
    assert weighted_ece(images, np.ones((1, 3)), CLASSIFY)[0] == pytest.approx(expected)
    assert reliability(images, CLASSIFY) == [
        {"confidence": 0.65, "accuracy": 1.0, "n": 1},
        {"confidence": 0.95, "accuracy": 0.5, "n": 2},
    ]


def test_calibration_of_boxes_looks_at_those_that_are_shown() -> None:
    truths = [Truth((0, 0, 10, 10), 0), Truth((50, 50, 60, 60), 0)]
    guesses = [Shown((0, 0, 10, 10), 0, 0.8), Shown((20, 0, 30, 10), 0, 0.4), Shown((50, 50, 60, 60), 0, 0.1)]
    image = judge_image(guesses, truths, 1)
    assert weighted_ece([image], np.ones((1, 1)), DETECT)[0] == pytest.approx((0.2 + 0.4) / 2)
    assert [row["n"] for row in reliability([image], DETECT)] == [1, 1]


def test_calibration_of_masks_weighs_each_by_its_labelled_pixels() -> None:
    # Of 80 pixels called road 60 are road; all 20 called sky are sky.
    image = judge_pixels([(0, 0, 60), (1, 0, 20), (1, 1, 20)], 3, scores=[(0, 0.95), (1, 0.65), (2, 0.4)])
    expected = 0.8 * abs(0.75 - 0.95) + 0.2 * abs(1 - 0.65)
    assert weighted_ece([image], np.ones((1, 1)), SEGMENT)[0] == pytest.approx(expected)
    assert reliability([image], SEGMENT) == [
        {"confidence": 0.65, "accuracy": 1.0, "n": 20},
        {"confidence": 0.95, "accuracy": 0.75, "n": 80},
    ]
    assert image.right == (True, True, False)


def boxes_with_every_mistake() -> ImageResult:
    truths = [Truth((0, 0, 10, 10), 0), Truth((50, 0, 60, 10), 1), Truth((0, 50, 10, 60), 1)]
    guesses = [
        Shown((0, 0, 10, 10), 0, 0.9),  # right
        Shown((0, 0, 10, 9), 1, 0.95),  # sits where the right one is: false, however sure
        Shown((50, 0, 60, 10), 0, 0.6),  # right place, other class
        Shown((80, 80, 90, 90), 0, 0.3),  # nothing there
        Shown((0, 50, 10, 60), 1, 0.2),  # under the shown score: missed
    ]
    return judge_image(guesses, truths, 2, item_id=7)


def test_the_confusion_of_boxes_has_the_background_as_row_and_column() -> None:
    found = our_confusion([boxes_with_every_mistake()], ("a", "b"), DETECT)
    assert found["labels"] == ["a", "b", "background"]
    assert found["matrix"] == [[1, 0, 0], [1, 0, 1], [1, 1, 0]]
    assert (found["score"], found["iou"]) == (0.25, 0.5)


def test_the_worst_images_come_first_and_say_why() -> None:
    fine = judge_image([Shown((0, 0, 10, 10), 0, 0.9)], [Truth((0, 0, 10, 10), 0)], 2, item_id=1)
    missed = judge_image([], [Truth((0, 0, 10, 10), 1)], 2, item_id=2)
    rows = worst_images([fine, missed, boxes_with_every_mistake()], ("a", "b"), DETECT)
    assert [row["item_id"] for row in rows] == [7, 2]
    # one missed, a wrong class at .6 (1 + .6), false ones at .95 and .3
    assert rows[0]["score"] == pytest.approx(1 + 1.6 + 0.95 + 0.3)
    assert (rows[0]["missed"], rows[0]["false"], rows[0]["wrong"]) == (1, 2, 1)
    assert rows[0]["why"] == "1 missed (b), 2 false (a, b), 1 b taken for a"
    assert rows[1]["objects"] == [
        {"kind": "missed", "class": "b", "guessed": None, "score": None, "bbox": [0, 0, 10, 10]}
    ]


def test_the_surest_wrong_class_is_the_worst_picture() -> None:
    images = [
        judge_image([Shown(None, 1, 0.9), Shown(None, 0, 0.1)], [Truth(None, 0)], 2, item_id=1),
        judge_image([Shown(None, 1, 0.6), Shown(None, 0, 0.4)], [Truth(None, 0)], 2, item_id=2),
        judge_image([Shown(None, 0, 0.6)], [Truth(None, 0)], 2, item_id=3),
    ]
    rows = worst_images(images, ("hat", "shoes"), CLASSIFY)
    assert [row["item_id"] for row in rows] == [1, 2]
    assert rows[0]["score"] == pytest.approx(-math.log(0.1), abs=1e-4)
    assert rows[0]["why"] == "1 hat taken for shoes"


def test_the_worst_segmentation_names_its_largest_confusion() -> None:
    good = judge_pixels([(0, 0, 100)], 2, item_id=1)
    bad = judge_pixels([(0, 0, 50), (0, 1, 30), (1, 1, 20)], 2, item_id=2)
    rows = worst_images([good, bad], ("road", "sky"), SEGMENT)
    assert [row["item_id"] for row in rows] == [2]
    assert rows[0]["score"] == pytest.approx(1 - (50 / 80 + 20 / 50) / 2)
    assert rows[0]["why"] == "road taken for sky (30.0 % of the pixels)"


@pytest.mark.parametrize("task_type", [DETECT, CLASSIFY, SEGMENT])
def test_the_gate_and_the_table_of_metrics_mean_the_same_number(task_type: str) -> None:
    assert main_metric(task_type) == metric_for(task_type).main
