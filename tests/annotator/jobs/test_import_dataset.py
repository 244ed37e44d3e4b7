"""Imports of the real sets and of every kind of label, against real Postgres."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from annotator import storage
from annotator.jobs import JOBS
from annotator.jobs.runner import load_job
from annotator.models import (
    Annotation,
    AuditEvent,
    Dataset,
    Item,
    LabelClass,
    Prediction,
    PredictionSource,
    QueueEntry,
    Run,
)
from tests.annotator.core.samples import write_coco, write_picture, write_voc
from tests.annotator.core.test_picture import rotated
from tests.annotator.jobs.runs import again, do, import_params, start, zip_folder
from tests.conftest import make_project

ROOT = Path(__file__).resolve().parents[3]


def codes(entries):
    return sorted({one["code"] for one in entries})


def test_bccd_comes_in_with_its_splits_and_the_two_refusals(shared, empty_project, cast, settings, tmp_path):
    if shared is None:
        boxes = [("RBC", 1, 2, 30, 40), ("WBC", 5, 5, 25, 25), ("RBC", 7, 7, 7, 7)]
        source, images, read, stored, classes = write_voc(tmp_path / "bccd", 6, boxes), 6, 18, 12, {"RBC", "WBC"}
    else:
        source, images, read, stored = shared / "data" / "bccd", 364, 4888, 4886
        classes = {"RBC", "WBC", "Platelets"}
    result = do(empty_project, cast.alice, "import_dataset", import_params(source, settings))
    assert (result["format"], result["images_read"], result["items"]) == ("pascal_voc", images, images)
    assert (result["boxes_read"], result["boxes_stored"], result["labelled"]) == (read, stored, images)
    assert set(result["classes_created"]) == classes
    items = Item.objects.filter(project=empty_project)
    assert (items.count(), items.filter(state="reviewed", revision=1).count()) == (images, images)
    annotations = list(Annotation.objects.filter(item__project=empty_project))
    assert {one.origin for one in annotations} == {"import"}
    assert sum(len(one.document["objects"]) for one in annotations) == stored
    assert sum(sum(one.class_counts.values()) for one in items) == stored
    assert QueueEntry.objects.filter(project=empty_project, done=False).count() == 0
    if shared is not None:
        assert [(one["path"], one["line"], one["field"]) for one in result["refusals"]] == [
            ("Annotations/BloodImage_00338.xml", 163, "bndbox"), ("Annotations/BloodImage_00343.xml", 55, "bndbox"),
        ]  # fmt: skip
        assert result["splits"] == {"train": 205, "val": 87, "test": 72}


def test_clothing_comes_in_with_ten_classes_from_a_zip(shared, cast, settings, tmp_path):
    project = make_project(cast, "image_classification", ())
    if shared is None:
        for number, (split, name) in enumerate(
            (s, c) for s in ("train", "validation", "test") for c in ("hat", "shirt")
        ):
            write_picture(tmp_path / "clothing" / split / name / f"{number}.jpg", seed=number)
        folder, images, classes = tmp_path / "clothing", 6, 2
    else:
        folder, images, classes = shared / "data" / "clothing", 500, 10
    archive = zip_folder(folder, tmp_path / "clothing.zip")
    result = do(project, cast.alice, "import_dataset", import_params(archive, settings))
    assert (result["items"], result["labelled"], result["objects"]) == (images, images, images)
    assert LabelClass.objects.filter(project=project).count() == classes
    assert set(result["splits"]) == {"train", "val", "test"}
    document = Annotation.objects.filter(item__project=project).first().document
    assert "bbox" not in document["objects"][0]


def test_a_dry_run_reports_the_same_and_writes_nothing(empty_project, cast, settings, tmp_path):
    source = write_voc(tmp_path / "set", 5, [("cat", -9, 2, 30, 40), ("dog", 3, 3, 3, 3)])
    (source / "JPEGImages" / "broken.jpg").write_bytes(b"junk")
    (source / "JPEGImages" / "copy.jpg").write_bytes((source / "JPEGImages" / "p0.jpg").read_bytes())
    dry = do(empty_project, cast.alice, "import_dataset", import_params(source, settings, dry_run=True))
    assert dry["dry_run"] is True
    for model in (Item, Dataset, LabelClass, Annotation, PredictionSource, QueueEntry):
        assert model.objects.count() == 0, model
    wet = do(empty_project, cast.alice, "import_dataset", import_params(source, settings))
    facts = [key for key in wet if key not in ("dry_run", "file")]
    assert {key: dry[key] for key in facts} == {key: wet[key] for key in facts}
    assert codes(wet["refusals"]) == ["not_an_image", "zero_area"]
    assert codes(wet["notices"]) == ["clipped", "duplicate"]


def test_the_same_import_twice_adds_nothing(empty_project, cast, settings, tmp_path):
    params = import_params(write_voc(tmp_path / "set", 5), settings)
    do(empty_project, cast.alice, "import_dataset", params)
    second = do(empty_project, cast.alice, "import_dataset", params)
    assert (second["items"], second["duplicates"], second["boxes_stored"]) == (0, 5, 0)
    assert Item.objects.count() == Annotation.objects.count() == 5


def test_unlabelled_pictures_wait_in_the_queue(project, cast, settings, tmp_path):
    for number in range(3):
        write_picture(tmp_path / "flat" / f"{number}.jpg", seed=number)
    result = do(project, cast.alice, "import_dataset", import_params(tmp_path / "flat", settings))
    assert (result["items"], result["labelled"]) == (3, 0)
    entries = QueueEntry.objects.filter(project=project, done=False)
    assert {(one.reason, one.item.state) for one in entries} == {("no_prediction", "queued")}
    assert entries.count() == 3


def test_labels_may_be_left_out(project, cast, settings, tmp_path):
    params = import_params(write_voc(tmp_path / "set", 3), settings, labels="none")
    result = do(project, cast.alice, "import_dataset", params)
    assert (result["items"], result["labelled"]) == (3, 0)
    assert Annotation.objects.count() == 0 and set(LabelClass.objects.values_list("name", flat=True)) == {
        "car",
        "person",
    }


def test_labels_brought_later_go_to_the_items_that_are_there(empty_project, cast, settings, tmp_path):
    source = write_voc(tmp_path / "set", 4)
    do(empty_project, cast.alice, "import_dataset", import_params(source, settings, labels="none"))
    later = do(empty_project, cast.alice, "import_dataset", import_params(source, settings))
    assert (later["items"], later["duplicates"], later["labelled_before"], later["boxes_stored"]) == (0, 4, 4, 8)
    assert set(Item.objects.values_list("state", "revision")) == {("reviewed", 1)}
    assert QueueEntry.objects.filter(done=False).count() == 0


def test_guesses_become_predictions_and_wait_for_people_least_certain_first(project, cast, settings, tmp_path):
    content = {
        "images": [{"id": n, "file_name": f"{n}.jpg"} for n in range(3)],
        "categories": [{"id": 1, "name": "car"}],
        "annotations": [
            {"image_id": 0, "category_id": 1, "bbox": [1, 1, 9, 9], "score": 0.9},
            {"image_id": 0, "category_id": 1, "bbox": [20, 1, 9, 9], "score": 0.8},
            {"image_id": 1, "category_id": 1, "bbox": [1, 1, 9, 9]},
        ],
    }
    source = write_coco(tmp_path / "guessed", content, ["0.jpg", "1.jpg", "2.jpg"])
    result = do(project, cast.alice, "import_dataset", import_params(source, settings, labels="guesses"))
    assert (result["items"], Annotation.objects.count(), Prediction.objects.count()) == (3, 0, 3)
    kept = PredictionSource.objects.get(project=project)
    assert (kept.kind, kept.name) == ("import", "guessed")
    entries = QueueEntry.objects.filter(project=project).order_by("-priority", "item__name")
    assert [(one.item.name, one.reason, round(one.priority, 2)) for one in entries] == [
        ("1.jpg", "uncertain", 0.5), ("2.jpg", "empty", 0.5), ("0.jpg", "uncertain", 0.2),
    ]  # fmt: skip
    first = Prediction.objects.get(item__name="0.jpg").document["objects"][0]
    assert (first["score"], first["entropy"]) == (0.9, pytest.approx(0.3251, abs=1e-4))


def test_classes_are_made_on_demand_also_in_a_project_that_has_some(project, cast, settings, tmp_path):
    params = import_params(write_voc(tmp_path / "set", 2), settings, create_classes=True)
    result = do(project, cast.alice, "import_dataset", params)
    assert result["classes_created"] == ["cat", "dog"]
    assert list(LabelClass.objects.filter(project=project).values_list("name", flat=True)) == [
        "car",
        "person",
        "cat",
        "dog",
    ]


def test_near_duplicates_get_their_twins_split(project, cast, settings, tmp_path):
    folder = tmp_path / "flat"
    for number in range(30):
        write_picture(folder / f"{number:02}.jpg", seed=number, size=(320, 240))
        with Image.open(folder / f"{number:02}.jpg") as image:
            image.save(folder / f"{number:02}_small.jpg", quality=30)
    result = do(project, cast.alice, "import_dataset", import_params(folder, settings))
    assert (result["items"], result["near_duplicates"]) == (60, 30)
    for twin in Item.objects.filter(twin__isnull=False).select_related("twin"):
        assert twin.name == twin.twin.name.replace(".jpg", "_small.jpg")
        assert twin.split == twin.twin.split


def test_a_split_that_the_source_names_is_kept_and_a_leak_is_reported(project, cast, settings, tmp_path):
    folder = tmp_path / "set"
    for split in ("train", "test"):
        write_picture(
            folder / split / "a.jpg" if split == "train" else folder / split / "b.jpg", seed=1, size=(320, 240)
        )
    with Image.open(folder / "test/b.jpg") as image:
        image.save(folder / "test/b.jpg", quality=30)
    result = do(project, cast.alice, "import_dataset", import_params(folder, settings))
    assert dict(Item.objects.values_list("name", "split")) == {"a.jpg": "train", "b.jpg": "test"}
    assert codes(result["notices"]) == ["twin_across_splits"]
    hashed = import_params(folder, settings, split="hash")
    Item.objects.all().delete()
    do(project, cast.alice, "import_dataset", hashed)
    assert len(set(Item.objects.values_list("split", flat=True))) == 1


def test_pictures_are_stored_upright_and_the_file_as_it_came_decides_about_duplicates(
    project, cast, settings, tmp_path
):
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "turned.jpg").write_bytes(rotated(6))
    result = do(project, cast.alice, "import_dataset", import_params(folder, settings))
    item = Item.objects.get()
    assert (item.width, item.height, codes(result["notices"])) == (32, 64, ["turned_upright"])
    assert item.blob != item.source_sha256
    with Image.open(storage.blob_path(item.blob)) as image, Image.open(storage.blob_path(item.thumbnail)) as thumbnail:
        assert (image.size, thumbnail.size) == ((32, 64), (32, 64))


def test_every_batch_is_audited_with_its_actor(project, cast, settings, tmp_path):
    do(project, cast.alice, "import_dataset", import_params(write_voc(tmp_path / "set", 2), settings, labels="none"))
    event = AuditEvent.objects.get(verb="items.import")
    assert (event.actor, event.after["items"]) == (cast.alice, 2)


def test_a_deployed_model_is_asked_about_what_came_in_once(project, cast, settings, tmp_path):
    project.active_source = PredictionSource.objects.create(
        project=project, kind="model", name="road v1", reference="variant:1"
    )
    project.save()
    for number in range(2):
        write_picture(tmp_path / "flat" / f"{number}.jpg", seed=number)
    context = start(project, cast.alice, "import_dataset", import_params(tmp_path / "flat", settings))
    result = load_job(JOBS["import_dataset"])(context)
    load_job(JOBS["import_dataset"])(again(context.run_id))
    asked = Run.objects.get(kind="predict")
    assert asked.pk == result["predict_run_id"]
    assert asked.created_by == cast.alice
