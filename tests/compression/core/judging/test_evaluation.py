"""An artifact run over labelled pictures: numbers that follow from what the toy model sees by construction."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from compression.core.judging.evaluation import evaluate
from compression.core.judging.judgement import ImageResult
from compression.core.judging.report import describe
from compression.core.snapshot import SnapshotItem
from prelabel.core.artifact import InputSpec, OutputSpec, Preprocess
from tests.prelabel.toy_models import colour_artifact, make_artifact

# The colour model on 64 x 64 px: a car here as sure as the picture is red, a person there as it is green.
CAR, PERSON = (8.0, 8.0, 24.0, 24.0), (40.0, 40.0, 56.0, 56.0)
CLASSES = ("person", "car")  # in another order than the model's


def picture(folder: Path, number: int, red: int, green: int, *objects: tuple[int, tuple[float, ...]]) -> SnapshotItem:
    path = folder / f"{number}.png"
    Image.new("RGB", (64, 64), (red, green, 0)).save(path)
    return SnapshotItem(number, path, 64, 64, objects)  # type: ignore[arg-type]


@pytest.fixture
def items(tmp_path: Path) -> list[SnapshotItem]:
    folder = tmp_path / "pictures"
    folder.mkdir()
    return [
        picture(folder, 11, 230, 0, (1, CAR)),  # a car, seen
        picture(folder, 12, 0, 204, (0, PERSON)),  # a person, seen
        picture(folder, 13, 153, 0, (0, CAR)),  # a person taken for a car
        picture(folder, 14, 0, 0, (1, CAR)),  # a car, missed
        picture(folder, 15, 0, 102),  # nothing there, yet a person seen
    ]


def test_boxes_are_judged_by_class_names_and_keep_their_items(items: list[SnapshotItem], tmp_path: Path) -> None:
    result = evaluate(colour_artifact(tmp_path / "m"), items, CLASSES, "object_detection")
    assert [image.item_id for image in result.images] == [11, 12, 13, 14, 15]
    # cars: seen .9 right, .6 wrong; two true ones: recall 1/2 at precision 1. Persons: .8 right, .4 wrong; the same.
    assert result.metrics["map50"] == pytest.approx(51 / 101)
    assert result.metrics["map5095"] == pytest.approx(51 / 101, abs=1e-6)
    assert result.metrics["per_size"]["small"]["truths"] == 4
    assert result.metrics["per_size"]["large"]["truths"] == 0
    # shown scores .9, .8 right and .6, .4 wrong, each alone in its bin
    assert result.metrics["ece"] == pytest.approx((0.1 + 0.2 + 0.6 + 0.4) / 4, abs=0.01)
    assert result.metrics["shown"]["per_class"]["1"] == {"precision": 0.5, "recall": 0.5}


def test_the_details_of_an_evaluation_name_each_fault(items: list[SnapshotItem], tmp_path: Path) -> None:
    result = evaluate(colour_artifact(tmp_path / "m"), items, CLASSES, "object_detection")
    details = describe(result.images, CLASSES, "object_detection", resamples=20)
    assert details["curves"]["confusion"]["matrix"] == [[1, 1, 0], [0, 1, 1], [1, 0, 0]]
    assert [(row["item_id"], row["why"]) for row in details["worst"]] == [
        (13, "1 person taken for car"),
        (14, "1 missed (car)"),
        (15, "1 false (person)"),
    ]


def test_what_was_stored_gives_the_same_numbers_again(items: list[SnapshotItem], tmp_path: Path) -> None:
    result = evaluate(colour_artifact(tmp_path / "m"), items, CLASSES, "object_detection")
    again = [ImageResult.from_json(image.to_json()) for image in result.images]
    first, second = (describe(images, CLASSES, "object_detection", resamples=20) for images in (result.images, again))
    assert first["curves"] == second["curves"]
    assert first["intervals"] == second["intervals"]
    assert first["influence"] == second["influence"]


def test_a_class_of_the_model_that_the_project_lacks_is_no_guess(items: list[SnapshotItem], tmp_path: Path) -> None:
    result = evaluate(colour_artifact(tmp_path / "m", classes=("car", "dog")), items, CLASSES, "object_detection")
    assert [len(image.classes) for image in result.images] == [1, 0, 1, 0, 0]


def test_a_classifier_brings_its_three_best_classes_for_curves(items: list[SnapshotItem], tmp_path: Path) -> None:
    folder = make_artifact(
        tmp_path / "m", [np.log(np.array([[0.6, 0.3, 0.1]]))], predictor="mobilenet", task_type="image_classification",
        classes=("hat", "shoes", "shirt"), output=OutputSpec("softmax"), input=InputSpec(64, 64, "RGB", "images"),
        preprocess=Preprocess("center_crop"),
    )  # fmt: skip
    labelled = [
        SnapshotItem(item.item_id, item.path, 64, 64, ((label, None),))
        for item, label in zip(items, (0, 0, 0, 1, 2), strict=True)
    ]
    result = evaluate(folder, labelled, ("hat", "shoes", "shirt"), "image_classification")
    assert result.images[0].classes == (0, 1, 2)
    assert result.images[0].scores == pytest.approx((0.6, 0.3, 0.1), abs=1e-5)
    assert result.metrics["accuracy"] == pytest.approx(3 / 5)
    assert result.metrics["ece"] == pytest.approx(0.0, abs=1e-5)  # .6 sure, 3 of 5 right
    worst = describe(result.images, ("hat", "shoes", "shirt"), "image_classification", resamples=20)["worst"]
    assert [(row["item_id"], row["score"]) for row in worst] == [
        (15, pytest.approx(-np.log(0.1), abs=1e-3)),
        (14, pytest.approx(-np.log(0.3), abs=1e-3)),
    ]


def test_a_segmenter_is_judged_by_the_pixels_that_are_labelled(tmp_path: Path) -> None:
    logits = np.zeros((1, 2, 8, 8), np.float32)  # left half the model's first class, right half its second
    logits[0, 0, :, :4], logits[0, 1, :, 4:] = 4.0, 4.0
    folder = make_artifact(
        tmp_path / "m", [logits], predictor="segmenter", task_type="semantic_segmentation", classes=("sky", "road"),
        output=OutputSpec("class_map"), preprocess=Preprocess("stretch"),
    )  # fmt: skip
    truth = np.full((64, 64), 0, np.uint8)  # road
    truth[:, :16], truth[:, 56:] = 1, 255  # sky, unlabelled
    Image.fromarray(truth).save(tmp_path / "mask.png")
    Image.new("RGB", (64, 64)).save(tmp_path / "picture.png")
    item = SnapshotItem(21, tmp_path / "picture.png", 64, 64, ((0, None), (1, None)), tmp_path / "mask.png")
    result = evaluate(folder, [item], ("road", "sky"), "semantic_segmentation")
    # of 64 columns: 16 sky right, 16 road taken for sky, 24 road right, 8 not looked at
    assert result.images[0].confusion == ((0, 0, 24 * 64), (0, 1, 16 * 64), (1, 1, 16 * 64))
    assert result.metrics["miou"] == pytest.approx((24 / 40 + 16 / 32) / 2)
    details = describe(result.images, ("road", "sky"), "semantic_segmentation", resamples=20)
    assert details["worst"][0]["why"] == "road taken for sky (28.6 % of the pixels)"
    assert details["intervals"]["miou"] == pytest.approx([0.55, 0.55])
    assert details["curves"]["pr"] == []
