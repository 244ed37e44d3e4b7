from __future__ import annotations

import pytest

from annotator.core.errors import InvalidDocument
from annotator.core.tasktypes import TASK_TYPES

DETECTION = TASK_TYPES["object_detection"]
CLASSIFICATION = TASK_TYPES["image_classification"]
PICTURE = {"width": 100, "height": 50, "class_ids": {7, 9}}


def one(**changes):
    return {"id": "m-1", "bbox": [1, 2, 30, 40], "class_id": 7, "origin": "manual", "prediction_id": None} | changes


def path_of(document, task_type=DETECTION, kind="annotation"):
    with pytest.raises(InvalidDocument) as caught:
        task_type.validate(document, **PICTURE, kind=kind)
    assert caught.value.status == 422
    return caught.value.details["path"]


def test_slugs_are_the_keys_of_the_table():
    assert {slug: one.slug for slug, one in TASK_TYPES.items()} == {slug: slug for slug in TASK_TYPES}


def test_the_normal_form_has_floats_and_known_keys_only():
    document = DETECTION.validate({"objects": [one(extra=1, colour="red")]}, **PICTURE, kind="annotation")
    assert document == {"objects": [one(bbox=[1.0, 2.0, 30.0, 40.0])]}
    assert DETECTION.validate({"objects": []}, **PICTURE, kind="annotation") == {"objects": []}


def test_boxes_that_stick_out_are_clipped():
    document = DETECTION.validate({"objects": [one(bbox=[-5, -5, 500, 20.5])]}, **PICTURE, kind="annotation")
    assert document["objects"][0]["bbox"] == [0.0, 0.0, 100.0, 20.5]


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ([], ""),
        ({"objects": {}}, "objects"),
        ({"objects": [3]}, "objects[0]"),
        ({"objects": [one(bbox=None)]}, "objects[0].bbox"),
        ({"objects": [one(bbox=[1, 2, 3])]}, "objects[0].bbox"),
        ({"objects": [one(bbox=[1, 2, float("nan"), 4])]}, "objects[0].bbox[2]"),
        ({"objects": [one(bbox=[1, 2, "9", 4])]}, "objects[0].bbox[2]"),
        ({"objects": [one(bbox=[True, 2, 9, 4])]}, "objects[0].bbox[0]"),
        ({"objects": [one(bbox=[1, 2, 10**400, 4])]}, "objects[0].bbox[2]"),
        ({"objects": [one(bbox=[5, 5, 5, 9])]}, "objects[0].bbox"),
        ({"objects": [one(bbox=[200, 5, 300, 9])]}, "objects[0].bbox"),
        ({"objects": [one(), one()]}, "objects[1].id"),
        ({"objects": [one(id="")]}, "objects[0].id"),
        ({"objects": [one(class_id=8)]}, "objects[0].class_id"),
        ({"objects": [one(class_id="7")]}, "objects[0].class_id"),
        ({"objects": [one(origin="model")]}, "objects[0].origin"),
        ({"objects": [one(prediction_id=4)]}, "objects[0].prediction_id"),
    ],
)
def test_what_is_wrong_is_named_by_its_path(document, path):
    assert path_of(document) == path


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"score": 1.2}, "objects[0].score"),
        ({"score": None}, "objects[0].score"),
        ({"score": 0.5, "top3": [[7, 0.5], [8, 0.1]]}, "objects[0].top3[1][0]"),
        ({"score": 0.5, "top3": [[7, 1.5]]}, "objects[0].top3[0][1]"),
        ({"score": 0.5, "top3": [[7]]}, "objects[0].top3[0]"),
        ({"score": 0.5, "top3": [[7, 0.1]] * 4}, "objects[0].top3"),
        ({"score": 0.5, "entropy": -1}, "objects[0].entropy"),
    ],
)
def test_predictions_need_sound_scores(changes, path):
    assert path_of({"objects": [one() | changes]}, kind="prediction") == path


def test_a_prediction_keeps_score_top3_and_entropy():
    guess = {
        "id": "p1",
        "bbox": [1, 2, 3, 4],
        "class_id": 7,
        "score": 0.8,
        "top3": [(7, 0.8), (9, 0.1)],
        "entropy": 0.4,
    }
    document = DETECTION.validate({"objects": [guess]}, **PICTURE, kind="prediction")
    assert document["objects"][0]["top3"] == [[7, 0.8], [9, 0.1]]
    assert document["objects"][0]["entropy"] == 0.4


def test_ten_thousand_objects_are_the_limit():
    assert path_of({"objects": [one(id=str(n)) for n in range(10_001)]}) == "objects"


def test_a_classified_picture_has_exactly_one_class_and_no_box():
    label = {"id": "m-1", "class_id": 7}
    assert CLASSIFICATION.validate({"objects": [label]}, **PICTURE, kind="annotation") == {
        "objects": [label | {"origin": "manual", "prediction_id": None}]
    }
    assert path_of({"objects": []}, CLASSIFICATION) == "objects"
    assert path_of({"objects": [label, label | {"id": "m-2"}]}, CLASSIFICATION) == "objects"
    assert path_of({"objects": [one()]}, CLASSIFICATION) == "objects[0].bbox"
    assert CLASSIFICATION.validate({"objects": []}, **PICTURE, kind="prediction") == {"objects": []}


def test_classes_are_counted_by_id():
    assert DETECTION.class_counts({"objects": [one(), one(id="b"), one(id="c", class_id=9)]}) == {"7": 2, "9": 1}


def test_each_object_counts_once_in_the_changes():
    def guess(name, box):
        return {"id": name, "bbox": box, "class_id": 7, "score": 0.9}

    names = ("kept", "moved", "renamed", "gone")
    prediction = {"objects": [guess(name, [n, 0, n + 5, 5]) for n, name in enumerate(names)]}
    annotation = {
        "objects": [
            one(id="kept", prediction_id="kept", bbox=[0.001, 0, 5, 5]),
            one(id="moved", prediction_id="moved", bbox=[1, 0, 9, 5]),
            one(id="renamed", prediction_id="renamed", bbox=[2, 1, 7, 5], class_id=9),
            one(id="m-1", prediction_id=None),
            one(id="copy", prediction_id="kept", bbox=[0, 0, 5, 5]),
        ]
    }
    assert DETECTION.diff(prediction, annotation) == {
        "accepted": 1, "edited": 1, "relabelled": 1, "deleted": 1, "added": 2,
        "per_class": {"7": {"accepted": 1, "edited": 1, "relabelled": 1, "deleted": 1, "added": 2}},
    }  # fmt: skip
    nothing = dict.fromkeys(("accepted", "edited", "relabelled", "deleted", "added"), 0)
    assert DETECTION.diff(None, {"objects": []}) == nothing | {"per_class": {}}
    assert (
        CLASSIFICATION.diff(
            {"objects": [{"id": "p1", "class_id": 7}]},
            {"objects": [{"id": "p1", "class_id": 9, "prediction_id": "p1"}]},
        )["relabelled"]
        == 1
    )


def test_changes_count_under_the_class_of_the_guess_and_additions_under_their_own():
    prediction = {"objects": [{"id": "p1", "class_id": 7}, {"id": "p2", "class_id": 8}]}
    annotation = {
        "objects": [
            {"id": "p1", "class_id": 9, "prediction_id": "p1"},
            {"id": "m-1", "class_id": 10, "prediction_id": None},
        ]
    }
    assert CLASSIFICATION.diff(prediction, annotation)["per_class"] == {
        "7": {"relabelled": 1},
        "8": {"deleted": 1},
        "10": {"added": 1},
    }


SEGMENTATION = TASK_TYPES["semantic_segmentation"]


def painted(name: str, class_id: int, counts: object, **more: object) -> dict[str, object]:
    return {"id": name, "class_id": class_id, "rle": {"size": [2, 3], "counts": counts}, **more}


def test_a_mask_is_kept_in_its_compact_form_and_must_fit_the_picture() -> None:
    checked = SEGMENTATION.validate(
        {"objects": [painted("a", 1, [2, 3, 1], note="dropped")]}, width=3, height=2, class_ids={1}, kind="annotation"
    )
    assert checked == {
        "objects": [
            {
                "id": "a",
                "class_id": 1,
                "rle": {"size": [2, 3], "counts": "231"},
                "origin": "manual",
                "prediction_id": None,
            }
        ]
    }
    assert SEGMENTATION.class_counts(checked) == {"1": 1}
    for entry, path in (
        ({"id": "a", "class_id": 1, "bbox": [0, 0, 1, 1]}, "objects[0].rle"),
        (painted("a", 1, [2, 3]), "objects[0].rle.counts"),
        (painted("a", 2, [2, 3, 1]), "objects[0].class_id"),
        (painted("a", 1, [2, 3, 1], score=0.5) | {"id": ""}, "objects[0].id"),
    ):
        with pytest.raises(InvalidDocument) as caught:
            SEGMENTATION.validate({"objects": [entry]}, width=3, height=2, class_ids={1}, kind="annotation")
        assert caught.value.details["path"] == path


def test_a_mask_with_other_pixels_is_edited() -> None:
    guess = {"objects": [painted("p1", 1, "231"), painted("p2", 2, "231"), painted("p3", 1, "06")]}
    truth = {
        "objects": [
            painted("a", 1, "231", prediction_id="p1"),
            painted("b", 2, "141", prediction_id="p2"),
            painted("c", 3, "06", prediction_id="p3"),
            painted("d", 1, "06", prediction_id=None),
        ]
    }
    changes = SEGMENTATION.diff(guess, truth)
    assert {key: changes[key] for key in ("accepted", "edited", "relabelled", "deleted", "added")} == {
        "accepted": 1, "edited": 1, "relabelled": 1, "deleted": 0, "added": 1,
    }  # fmt: skip
