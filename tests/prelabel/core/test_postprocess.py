"""Every head is read as its authors wrote it; the numbers are worked out by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from annotator.core.errors import BadArtifact
from prelabel.core.artifact import FileEntry, InputSpec, Manifest, OutputSpec, Preprocess
from prelabel.core.inference import box_guesses
from prelabel.core.postprocess import (
    Candidates,
    decode_nanodet,
    decode_probabilities,
    decode_softmax,
    decode_yolo,
    decode_yolo_e2e,
    decode_yolox,
)
from prelabel.core.preprocess import Mapping

BASE = Manifest(
    name="toy",
    task_type="object_detection",
    predictor="onnx_detector",
    arch="",
    classes=("car", "dog"),
    input=InputSpec(64, 32),
    preprocess=Preprocess("stretch"),
    output=OutputSpec("yolo", 0.45, (8, 16)),
    precision="fp32",
    files={"model.onnx": FileEntry("0" * 64, 1)},
)


def test_yolo_turns_centres_into_corners_and_drops_what_is_under_the_floor() -> None:
    head = np.array([[[30, 5], [20, 5], [10, 2], [8, 2], [0.1, 0.01], [0.7, 0.02]]], dtype=np.float32)
    found = decode_yolo([head], BASE, 0.05)
    np.testing.assert_allclose(found.boxes, [[25, 16, 35, 24]])
    np.testing.assert_allclose(found.scores, [[0.1, 0.7]])
    assert not found.final


def test_the_floor_is_inclusive() -> None:
    head = np.array([[[30], [20], [10], [8], [0.25], [0.0]]], dtype=np.float32)
    assert len(decode_yolo([head], BASE, 0.25).scores) == 1


def test_end_to_end_rows_need_no_suppression() -> None:
    rows = np.array(
        [[[1, 2, 11, 12, 0.8, 1], [1, 2, 11, 12, 0.7, 1], [0, 0, 5, 5, 0.01, 0], [0, 0, 5, 5, 0.9, 7]]],
        dtype=np.float32,
    )
    found = decode_yolo_e2e([rows], BASE, 0.05)
    assert found.final
    np.testing.assert_allclose(found.scores, [[0, 0.8], [0, 0.7]])
    guesses = box_guesses(found, Mapping(1, 1, 0, 0, 64, 32), 0.45)
    assert [round(guess.score, 3) for guess in guesses] == [0.8, 0.7]


def test_yolox_adds_the_cell_and_scales_by_the_stride() -> None:
    # Input 64 x 32: stride 8 gives 8 x 4 = 32 cells, stride 16 gives 4 x 2 = 8.
    head = np.zeros((1, 40, 7), dtype=np.float32)
    head[0, 10] = [0.5, 0.25, math.log(2), math.log(3), 0.8, 0.5, 0.9]  # stride 8, column 2, row 1
    head[0, 32 + 5] = [0, 0, 0, 0, 1.0, 1.0, 0.0]  # stride 16, column 1, row 1
    found = decode_yolox([head], BASE, 0.05)
    # Centre (2.5 * 8, 1.25 * 8) = (20, 10), size (16, 24); centre (16, 16), size (16, 16).
    np.testing.assert_allclose(found.boxes, [[12, -2, 28, 22], [8, 8, 24, 24]], atol=1e-4)
    np.testing.assert_allclose(found.scores, [[0.4, 0.72], [1.0, 0.0]], atol=1e-6)


def test_nanodet_distances_are_the_expectation_over_the_bins() -> None:
    scores8, scores16 = np.zeros((1, 32, 2), np.float32), np.zeros((1, 8, 2), np.float32)
    sides8, sides16 = np.zeros((1, 32, 32), np.float32), np.zeros((1, 8, 32), np.float32)
    scores8[0, 9] = [0.1, 0.6]  # column 1, row 1: its middle is at (12, 12)
    for side, bin_ in enumerate((1, 0, 2, 1)):
        sides8[0, 9, side * 8 + bin_] = 50.0  # all weight on one bin
    found = decode_nanodet([scores8, sides8, scores16, sides16], BASE, 0.05)
    np.testing.assert_allclose(found.boxes, [[4, 12, 28, 20]], atol=1e-4)
    np.testing.assert_allclose(found.scores, [[0.1, 0.6]], atol=1e-6)


def test_a_softmax_head_sums_to_one_and_a_probability_head_is_left_alone() -> None:
    manifest = replace(BASE, task_type="image_classification", output=OutputSpec("softmax"))
    vector = decode_softmax([np.array([[0.0, math.log(3)]], dtype=np.float32)], manifest)
    np.testing.assert_allclose(vector, [0.25, 0.75], atol=1e-6)
    huge = decode_softmax([np.array([[1000.0, 0.0]], dtype=np.float32)], manifest)
    np.testing.assert_allclose(huge, [1.0, 0.0])
    np.testing.assert_allclose(
        decode_probabilities([np.array([[0.2, 0.8]], dtype=np.float32)], manifest), [0.2, 0.8], atol=1e-6
    )


@pytest.mark.parametrize(
    ("decode", "shape"),
    [
        (decode_yolo, (1, 7, 10)),
        (decode_yolo, (2, 6, 10)),
        (decode_yolox, (1, 40, 6)),
        (decode_yolox, (1, 39, 7)),
        (decode_yolo_e2e, (1, 10, 7)),
    ],
)
def test_a_head_that_does_not_fit_the_class_list_is_refused(decode: object, shape: tuple[int, ...]) -> None:
    with pytest.raises(BadArtifact):
        decode([np.zeros(shape, dtype=np.float32)], BASE, 0.05)  # type: ignore[operator]


def test_guesses_carry_the_top_three_and_the_entropy_of_their_score() -> None:
    found = Candidates(np.array([[0, 0, 10, 10]], dtype=np.float32), np.array([[0.1, 0.5, 0.2, 0.3]], dtype=np.float32))
    (guess,) = box_guesses(found, Mapping(1, 1, 0, 0, 64, 32), 0.45)
    assert [index for index, _ in guess.top3] == [1, 3, 2]
    assert guess.entropy == pytest.approx(math.log(2))


def test_at_most_three_hundred_objects_are_kept_and_broken_numbers_are_dropped() -> None:
    count = 400
    corner = np.stack([np.arange(count) * 20.0, np.zeros(count)], axis=1)
    boxes = np.hstack([corner, corner + 10]).astype(np.float32)
    scores = np.linspace(0.1, 0.9, count, dtype=np.float32)[:, None]
    boxes[399, 0] = np.nan
    guesses = box_guesses(Candidates(boxes, scores), Mapping(1, 1, 0, 0, 20 * count, 32), 0.45)
    assert len(guesses) == 300
    assert guesses[0].score == pytest.approx(float(scores[398, 0]))


def test_a_box_with_no_area_left_inside_the_picture_is_dropped() -> None:
    found = Candidates(np.array([[70, 0, 90, 10]], dtype=np.float32), np.array([[0.9, 0.1]], dtype=np.float32))
    assert box_guesses(found, Mapping(1, 1, 0, 0, 64, 32), 0.45) == []
