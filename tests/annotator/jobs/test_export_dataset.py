"""Exports against real Postgres: what is annotated comes out, and comes back in the same."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from annotator import storage
from annotator.core.errors import NotFound, Unprocessable
from annotator.core.formats import FORMATS
from annotator.models import Item, LabelClass
from annotator.services.versions import freeze_version
from tests.annotator.core.samples import write_picture, write_voc
from tests.annotator.jobs.runs import do, import_params
from tests.conftest import make_project


@pytest.fixture
def filled(cast, settings, tmp_path):
    project = make_project(cast, "object_detection", ())
    source = write_voc(tmp_path / "set", 6, [("cat", 4.5, 5, 20, 30.25), ("dog", 30, 10, 60, 40)])
    write_picture(source / "JPEGImages" / "later.jpg", seed=99)
    do(project, cast.alice, "import_dataset", import_params(source, settings))
    return project


def unpack(result, folder):
    with zipfile.ZipFile(io.BytesIO(storage.read_blob(result["file"]["sha256"]))) as archive:
        archive.extractall(folder)
    return folder


@pytest.mark.parametrize("slug", ["coco", "yolo", "pascal_voc"])
def test_an_export_holds_every_annotated_item_and_reads_back_the_same(filled, cast, tmp_path, slug):
    params = {"format": slug, "version_id": None, "images": True}
    result = do(filled, cast.alice, "export_dataset", params)
    assert (result["items"], result["objects"], result["reviewed"], result["auto"]) == (6, 12, 6, 0)
    assert result["file"]["name"] == f"Street-{slug}.zip"
    found = FORMATS[slug].read(unpack(result, tmp_path / "out"))
    assert (found.refusals, len(found.images)) == ([], 6)
    splits = dict(Item.objects.values_list("name", "split"))
    for image in found.images:
        name = image.path.rsplit("/", 1)[-1]
        assert image.split == splits[name]
        assert [one.class_name for one in image.objects] == ["cat", "dog"]
        assert image.objects[0].bbox == pytest.approx((4.5, 5, 20, 30.25), abs=0.01)
        item = Item.objects.get(name=name)
        assert (tmp_path / "out" / image.path).read_bytes() == storage.read_blob(item.blob)


def test_without_images_only_labels_are_packed(filled, cast, tmp_path):
    result = do(filled, cast.alice, "export_dataset", {"format": "yolo", "version_id": None, "images": False})
    files = [path for path in unpack(result, tmp_path / "out").rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".txt", ".yaml"}
    assert len(files) == result["files"] == 7


def test_a_frozen_version_is_exported_as_it_was(filled, cast, tmp_path):
    version = freeze_version(actor=cast.alice, project=filled)
    Item.objects.filter(name="p0.jpg").update(state="problem")
    LabelClass.objects.filter(name="cat").update(name="lion")
    result = do(filled, cast.alice, "export_dataset", {"format": "coco", "version_id": version.pk, "images": False})
    assert (result["items"], result["version"]) == (6, 1)
    folder = unpack(result, tmp_path / "out")
    contents = [json.loads(path.read_text()) for path in folder.glob("annotations/*.json")]
    assert {one["name"] for content in contents for one in content["categories"]} == {"cat", "dog"}
    assert sum(len(content["images"]) for content in contents) == 6


def test_class_folders_for_classification(cast, settings, tmp_path):
    project = make_project(cast, "image_classification", ())
    for number in range(4):
        write_picture(tmp_path / "set" / ("hat" if number % 2 else "shoe") / f"{number}.jpg", seed=number)
    do(project, cast.alice, "import_dataset", import_params(tmp_path / "set", settings))
    result = do(project, cast.alice, "export_dataset", {"format": "image_folder", "version_id": None, "images": True})
    found = FORMATS["image_folder"].read(unpack(result, tmp_path / "out"))
    assert sorted(one.objects[0].class_name for one in found.images) == ["hat", "hat", "shoe", "shoe"]


def test_pictures_that_came_as_tiff_leave_as_png(cast, settings, tmp_path):
    project = make_project(cast, "image_classification", ())
    write_picture(tmp_path / "set/hat/a.tif", seed=1, kind="TIFF")
    write_picture(tmp_path / "set/shoe/b.jpg", seed=2)
    do(project, cast.alice, "import_dataset", import_params(tmp_path / "set", settings))
    result = do(project, cast.alice, "export_dataset", {"format": "image_folder", "version_id": None, "images": True})
    names = {
        path.name for path in unpack(result, tmp_path / "out").rglob("*") if path.suffix in (".png", ".jpg", ".tif")
    }
    assert names == {"a.png", "b.jpg"}


def test_nothing_annotated_a_wrong_type_and_a_strange_version_are_refused(project, filled, cast):
    wanted = {"format": "coco", "version_id": None, "images": True}
    with pytest.raises(Unprocessable, match="nothing is annotated"):
        do(project, cast.alice, "export_dataset", wanted)
    with pytest.raises(NotFound):
        do(filled, cast.alice, "export_dataset", wanted | {"version_id": 12345})
    classes = make_project(cast, "image_classification", ("a",))
    with pytest.raises(Unprocessable) as caught:
        do(classes, cast.alice, "export_dataset", wanted)
    assert caught.value.code == "wrong_task_type"
