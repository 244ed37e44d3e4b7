"""Average precision at all IoUs, of each class and each size, against pycocotools."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from compression.core.judging.average_precision import (
    average_precisions,
    precision_curve,
    weighted_map50,
    weighted_map5095,
)
from compression.core.judging.judgement import ImageResult, judge_image
from compression.core.judging.matching import SIZES
from compression.core.judging.measures import extra_metrics
from tests.compression.core.judging.judged_boxes import coco_precision, random_guesses, random_truths

SEEDS = [1, 2, 3, 4, 5]


def judged(seed: int) -> tuple[list[ImageResult], Any]:
    truths = random_truths(seed)
    guesses = random_guesses(truths, seed + 100)
    images = [judge_image(g, t, 3) for g, t in zip(guesses, truths, strict=True)]
    return images, coco_precision(guesses, truths)


def mean(table: Any) -> float:
    return float(table[table > -1].mean())


@pytest.mark.parametrize("seed", SEEDS)
def test_means_equal_those_of_pycocotools(seed: int) -> None:
    images, precision = judged(seed)
    whole = np.ones((1, len(images)))
    assert weighted_map50(images, whole)[0] == pytest.approx(mean(precision[0, :, :, 0]), abs=1e-9)
    assert weighted_map5095(images, whole)[0] == pytest.approx(mean(precision[..., 0]), abs=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_each_size_equals_that_of_pycocotools(seed: int) -> None:
    images, precision = judged(seed)
    sizes = extra_metrics(images, "object_detection")["per_size"]
    for column, size in enumerate(SIZES, start=1):
        assert sizes[size]["map5095"] == pytest.approx(mean(precision[..., column]), abs=1e-9)
        assert sizes[size]["map50"] == pytest.approx(mean(precision[0, :, :, column]), abs=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_each_class_at_each_threshold_equals_that_of_pycocotools(seed: int) -> None:
    images, precision = judged(seed)
    table = average_precisions(images, np.ones((1, len(images))), levels=range(10))[:, 0]
    for index in range(3):
        expected = precision[:, :, index, 0].mean(axis=1)
        assert table[:, index] == pytest.approx(expected, abs=1e-9)


def test_the_curve_of_a_class_is_the_one_that_pycocotools_integrates() -> None:
    images, precision = judged(1)
    curve = dict(precision_curve(images, 0))
    expected = precision[0, :, 0, 0]
    for position, value in enumerate(expected):
        assert curve.get(round(position / 100, 2), 0.0) == pytest.approx(value, abs=6e-5)


def test_a_weight_of_two_is_the_image_taken_twice_at_every_threshold() -> None:
    truths = random_truths(9, images=12)
    guesses = random_guesses(truths, 10)
    images = [judge_image(g, t, 3) for g, t in zip(guesses, truths, strict=True)]
    weights = [2, 0, 1, 1, 0, 3, 1, 0, 1, 1, 2, 0]
    taken = [index for index, weight in enumerate(weights) for _ in range(weight)]
    expected = coco_precision([guesses[i] for i in taken], [truths[i] for i in taken])[..., 0]
    found = weighted_map5095(images, np.array([weights], dtype=float))[0]
    # pycocotools breaks ties of score by the order of images, which the copies change
    assert found == pytest.approx(mean(expected), abs=0.02)


def test_sizes_of_pictures_without_such_objects_are_undefined() -> None:
    images = [judge_image([], [], 3)]
    assert extra_metrics(images, "object_detection")["per_size"]["small"] == {
        "map50": None,
        "map5095": None,
        "truths": 0,
    }


def test_the_record_reads_back_with_all_it_holds() -> None:
    images, _ = judged(2)
    for image in images:
        again = ImageResult.from_json(image.to_json())
        assert again.levels == image.levels and again.sized == image.sized
        assert again.confusion == image.confusion and len(again.mistakes) == len(image.mistakes)
    whole = np.ones((1, len(images)))
    again_all = [ImageResult.from_json(image.to_json()) for image in images]
    assert weighted_map5095(again_all, whole)[0] == pytest.approx(weighted_map5095(images, whole)[0], abs=1e-12)


def test_a_record_of_the_first_kind_is_still_read_and_knows_one_threshold() -> None:
    images, _ = judged(2)
    old = [
        ImageResult.from_json({key: image.to_json()[key] for key in ("classes", "scores", "right", "truths")})
        for image in images
    ]
    whole = np.ones((1, len(images)))
    assert weighted_map50(old, whole)[0] == pytest.approx(weighted_map50(images, whole)[0], abs=1e-9)
    with pytest.raises(ValueError, match="evaluate again"):
        weighted_map5095(old, whole)
