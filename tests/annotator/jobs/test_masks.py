"""Masks from an import through a frozen version to the export, and back in."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from annotator import storage
from annotator.core.formats import FORMATS
from annotator.models import Annotation, Item
from annotator.services import annotations, queue
from annotator.services.annotations import Submission
from annotator.services.versions import freeze_version, read_manifest
from compression.core.snapshot import materialize
from prelabel.core.masks import decode_mask, encode_mask
from tests.annotator.core.samples import write_picture
from tests.annotator.jobs.runs import do, import_params
from tests.conftest import make_project


def write_masks(root: Path) -> dict[str, np.ndarray]:
    """Four pictures of 64 x 48 px with a road below a sky; the first column is unlabelled."""
    made = {}
    for number, split in enumerate(("train", "train", "val", "test"), start=1):
        write_picture(root / split / f"{number}.png", seed=number)
        width, height = Image.open(root / split / f"{number}.png").size
        values = np.zeros((height, width), np.uint8)
        values[10 + number :] = 1
        values[:, 0] = 255
        path = root / f"{split}annot" / f"{number}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(values).save(path)
        made[f"{number}.png"] = values
    (root / "classes.txt").write_text("sky\nroad\n")
    return made


@pytest.fixture
def filled(cast, settings, tmp_path):
    made = write_masks(tmp_path / "set")
    project = make_project(cast, "semantic_segmentation", ())
    result = do(project, cast.alice, "import_dataset", import_params(tmp_path / "set", settings))
    assert (result["format"], result["items"], result["labelled"], result["objects"]) == ("mask_png", 4, 4, 8)
    return project, made


def test_imported_masks_are_annotations_with_their_pixels(filled):
    project, made = filled
    for item in Item.objects.filter(project=project):
        document = Annotation.objects.get(item=item).document
        values = made[item.name]
        for index, entry in enumerate(document["objects"]):
            assert entry["rle"]["size"] == list(values.shape)
            assert (decode_mask(entry["rle"]) == (values == index)).all()
    assert set(Item.objects.values_list("split", flat=True)) == {"train", "val", "test"}


def test_a_frozen_version_carries_masks_and_exports_what_came_in(filled, cast, tmp_path):
    project, made = filled
    version = freeze_version(actor=cast.alice, project=project)
    manifest = read_manifest(version)
    assert all(set(one) == {"class_id", "rle"} for entry in manifest["items"] for one in entry["objects"])
    assert version.counts["objects"] == 8
    result = do(project, cast.alice, "export_dataset", {"format": "mask_png", "version_id": version.pk, "images": True})
    with zipfile.ZipFile(io.BytesIO(storage.read_blob(result["file"]["sha256"]))) as archive:
        archive.extractall(tmp_path / "out")
    for name, values in made.items():
        path = next((tmp_path / "out" / "masks").rglob(name))
        assert (np.asarray(Image.open(path)) == values).all()
    assert len(FORMATS["mask_png"].read(tmp_path / "out").images) == 4


def test_plain_pictures_come_in_unlabelled(cast, settings, tmp_path):
    write_picture(tmp_path / "set" / "cat" / "1.png", seed=5)
    project = make_project(cast, "semantic_segmentation", ("cat",))
    result = do(project, cast.alice, "import_dataset", import_params(tmp_path / "set", settings))
    assert (result["items"], result["labelled"]) == (1, 0)
    assert "folder_names_unused" in {one["code"] for one in result["notices"]}


@pytest.fixture
def drawn(cast, make_item):
    """One picture of 64 x 48 px that bob has annotated: a road in pixels, and over it a car drawn as a polygon."""
    project = make_project(cast, "semantic_segmentation", ("road", "car"))
    road, car = project.classes.order_by("index").values_list("pk", flat=True)
    item = make_item(project, 1)
    lower = np.zeros((48, 64), bool)
    lower[20:] = True
    document = {
        "objects": [
            {"id": "m-1", "class_id": road, "rle": encode_mask(lower)},
            {"id": "m-2", "class_id": car, "polygon": [[10, 10, 30, 10, 30, 30, 10, 30]]},
        ]
    }
    entry = queue.lease_next(actor=cast.bob, project_id=project.pk)
    annotations.submit_annotation(
        actor=cast.bob, item_id=item.pk, submission=Submission(document, 0, entry.lease_token)
    )
    truth = np.full((48, 64), 255, np.uint8)
    truth[20:] = 0
    truth[10:30, 10:30] = 1  # the later one has the pixels of both
    return project, item, truth


def test_what_was_drawn_is_frozen_and_exported_as_masks_the_later_above_the_earlier(drawn, cast, tmp_path):
    project, item, truth = drawn
    kept = Annotation.objects.get(item=item).document["objects"][1]
    assert kept["polygon"] == [[10.0, 10.0, 30.0, 10.0, 30.0, 30.0, 10.0, 30.0]]
    version = freeze_version(actor=cast.alice, project=project)
    (entry,) = read_manifest(version)["items"]
    assert all(set(one) == {"class_id", "rle"} for one in entry["objects"])
    result = do(project, cast.alice, "export_dataset", {"format": "mask_png", "version_id": version.pk, "images": True})
    with zipfile.ZipFile(io.BytesIO(storage.read_blob(result["file"]["sha256"]))) as archive:
        archive.extractall(tmp_path / "out")
    exported = next((tmp_path / "out" / "masks").rglob("*.png"))
    assert (np.asarray(Image.open(exported)) == truth).all()


def test_what_was_drawn_is_what_a_segmenter_learns(drawn, cast, tmp_path):
    project, _, truth = drawn
    manifest = read_manifest(freeze_version(actor=cast.alice, project=project))
    (entry,) = manifest["items"]
    # A trainer asks for ten pictures; the one that was drawn stands for all of them.
    splits = ["train"] * 8 + ["val", "test"]
    manifest["items"] = [{**entry, "item_id": number, "split": split} for number, split in enumerate(splits, start=1)]
    snapshot = materialize(manifest, tmp_path / "snapshot", storage.blob_path)
    assert snapshot.objects_per_class("train") == [8, 8]
    for one in (one for split in snapshot.items.values() for one in split):
        assert (np.asarray(Image.open(one.mask)) == truth).all()
