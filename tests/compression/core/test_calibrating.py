"""What is read from judged pictures for a calibration."""

from __future__ import annotations

import json

import pytest

from compression.core.judging.calibrating import calibrate, outcomes_of, pairs_by_class
from compression.core.judging.judgement import ImageResult
from prelabel.core.calibration import Outcome


def test_shown_boxes_count_and_whole_pictures_by_their_best_guess() -> None:
    boxes = ImageResult((1, 0), (0.9, 0.2), (True, False), (1, 0))
    assert outcomes_of([boxes], "object_detection") == [Outcome(0, 1, 0.9, True)]
    unknown = ImageResult((0,), (0.9,), (False,), (0, 0))
    whole = ImageResult((1, 0), (0.6, 0.4), (False, True), (1, 0))
    assert outcomes_of([unknown, whole], "image_classification") == [Outcome(1, 1, 0.6, False)]
    assert pairs_by_class([Outcome(1, 1, 0.6, False)], 2) == {0: [], 1: [(0.6, False)]}


def test_what_is_stored_names_classes_thresholds_and_reasons() -> None:
    images = [ImageResult((0, 0), (0.9, 0.5), (True, index % 2 == 0), (1, 1)) for index in range(60)]
    found = json.loads(json.dumps(calibrate(images, ["cell", "platelet"], "object_detection")))
    assert found["thresholds"]["0.95"]["cell"]["threshold"] == 0.9
    assert found["thresholds"]["0.95"]["platelet"]["reason"] == "few"
    assert found["thresholds"]["0.98"]["cell"]["threshold"] is None
    # Two bins: .9 of which all are right, .5 of which half are.
    assert found["before"]["ece"] == pytest.approx((60 * 0.1 + 60 * 0.0) / 120)
    assert [row["n"] for row in found["before"]["reliability"]] == [60, 60]
    assert found["guesses"] == 120 and found["pictures"] == 60


def test_a_class_that_people_left_out_of_a_picture_counts_neither_way_there() -> None:
    usual = [ImageResult((0, 0, 0), (0.9, 0.9, 0.9), (True,) * 3, (3, 1), item_id=item) for item in range(1, 60)]
    unmarked = ImageResult((0, 0, 0, 1), (0.95, 0.95, 0.95, 0.9), (False,) * 3 + (True,), (0, 1), item_id=77)
    found = calibrate([*usual, unmarked], ["cell", "platelet"], "object_detection")
    assert found["left_out"] == [{"item_id": 77, "class": "cell", "guesses": 3}]
    assert found["guesses"] == 59 * 3 + 1
    assert found["thresholds"]["0.98"]["cell"]["threshold"] == 0.9
