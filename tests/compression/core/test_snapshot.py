"""A frozen version on disk: links, labels in the trainer's units, and refusals that say what is missing."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from annotator.core.errors import Unprocessable
from compression.core.snapshot import materialize
from tests.compression.conftest import draw_manifest, shapes_manifest


@pytest.fixture
def manifest(tmp_path: Path) -> dict[str, Any]:
    return draw_manifest(tmp_path / "blobs", {"train": 8, "val": 1, "test": 1})


def test_pictures_are_linked_and_labels_are_fractions_of_the_picture(tmp_path: Path, manifest: dict[str, Any]) -> None:
    manifest["items"][0]["objects"] = [{"class_id": 12, "bbox": [16, 24, 48, 72]}]
    snapshot = materialize(manifest, tmp_path / "out", lambda sha256: tmp_path / "blobs" / sha256)
    item = snapshot.items["train"][0]
    assert item.path.is_symlink()
    assert item.path.resolve().parent == tmp_path / "blobs"
    label = tmp_path / "out" / "labels" / "train" / f"{item.path.stem}.txt"
    assert label.read_text().split() == ["1", "0.200000", "0.500000", "0.200000", "0.500000"]
    assert snapshot.counts() == {"train": 8, "val": 1, "test": 1}


def test_boxes_beyond_the_picture_are_clipped_and_empty_ones_left_out(tmp_path: Path, manifest: dict[str, Any]) -> None:
    manifest["items"][0]["objects"] = [
        {"class_id": 11, "bbox": [-80, 0, 80, 96]},
        {"class_id": 11, "bbox": [200, 0, 300, 20]},
    ]
    snapshot = materialize(manifest, tmp_path / "out", lambda sha256: tmp_path / "blobs" / sha256)
    label = tmp_path / "out" / "labels" / "train" / f"{snapshot.items['train'][0].path.stem}.txt"
    assert label.read_text().splitlines() == ["0 0.250000 0.500000 0.500000 1.000000"]


def test_a_jpeg_without_its_end_is_copied_so_that_no_trainer_can_touch_the_blob(
    tmp_path: Path, manifest: dict[str, Any]
) -> None:
    blob = tmp_path / "blobs" / manifest["items"][0]["sha256"]
    blob.write_bytes(blob.read_bytes()[:-2])
    snapshot = materialize(manifest, tmp_path / "out", lambda sha256: tmp_path / "blobs" / sha256)
    assert not snapshot.items["train"][0].path.is_symlink()


def test_too_few_images_are_refused_with_the_numbers(tmp_path: Path, manifest: dict[str, Any]) -> None:
    small = copy.deepcopy(manifest)
    small["items"] = small["items"][3:]
    with pytest.raises(Unprocessable) as refused:
        materialize(small, tmp_path / "out", lambda sha256: tmp_path / "blobs" / sha256)
    assert refused.value.code == "too_few_images"
    assert "5 train" in refused.value.message
    assert "at least 8 train" in refused.value.message


def test_judging_needs_no_training_images_but_something_to_judge_by(tmp_path: Path, manifest: dict[str, Any]) -> None:
    only = {**manifest, "items": [item for item in manifest["items"] if item["split"] != "train"]}
    blob_path = lambda sha256: tmp_path / "blobs" / sha256  # noqa: E731
    counts = materialize(only, tmp_path / "out", blob_path, to_train=False).counts()
    assert counts["train"] == 0 and counts["val"] and counts["test"]
    untested = {**manifest, "items": [item for item in manifest["items"] if item["split"] != "test"]}
    with pytest.raises(Unprocessable) as refused:
        materialize(untested, tmp_path / "other", blob_path, to_train=False)
    assert "at least 1 val, 1 test" in refused.value.message


def test_a_version_without_any_object_is_refused(tmp_path: Path, manifest: dict[str, Any]) -> None:
    for item in manifest["items"]:
        item["objects"] = []
    with pytest.raises(Unprocessable) as refused:
        materialize(manifest, tmp_path / "out", lambda sha256: tmp_path / "blobs" / sha256)
    assert refused.value.code == "nothing_to_learn"


def test_classification_pictures_lie_in_a_folder_per_class(tmp_path: Path) -> None:
    manifest = shapes_manifest(tmp_path / "blobs", {"train": 5, "val": 1, "test": 1})
    manifest["items"][0]["objects"] = []
    snapshot = materialize(manifest, tmp_path / "out", lambda sha256: tmp_path / "blobs" / sha256)
    assert snapshot.counts() == {"train": 9, "val": 2, "test": 2}
    assert {item.path.parent.name for item in snapshot.items["train"]} == {"0", "1"}
    assert snapshot.objects_per_class("train") == [4, 5]
