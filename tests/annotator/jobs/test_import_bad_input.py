"""Imports of what is broken, hostile or does not fit: a clear error, and the rest comes in."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from annotator import storage
from annotator.core.errors import BadUpload, NotAllowed, NotFound, TooLarge, Unprocessable, UnsafePath
from annotator.models import (
    Item,
)
from tests.annotator.core.samples import picture_bytes, voc_xml, write_picture, write_voc
from tests.annotator.core.test_picture import png_bomb
from tests.annotator.jobs.runs import do, import_params, zip_folder

ROOT = Path(__file__).resolve().parents[3]


def codes(entries):
    return sorted({one["code"] for one in entries})


def test_unknown_classes_are_refused_and_the_picture_waits_for_a_person(project, cast, settings, tmp_path):
    source = write_voc(tmp_path / "set", 2, [("zebra", 1, 1, 9, 9)])
    (source / "Annotations/p1.xml").write_text(voc_xml("p1.jpg", [("zebra", 1, 1, 9, 9), (" CAR ", 3, 3, 20, 20)]))
    result = do(project, cast.alice, "import_dataset", import_params(source, settings))
    assert [(one["path"], one["code"], one["field"]) for one in result["refusals"]] == [
        ("JPEGImages/p0.jpg", "unknown_class", "class"), ("JPEGImages/p1.jpg", "unknown_class", "class"),
    ]  # fmt: skip
    assert "zebra" in result["refusals"][0]["reason"]
    states = dict(Item.objects.values_list("name", "state"))
    assert states == {"p0.jpg": "queued", "p1.jpg": "reviewed"}
    assert (result["classes_created"], result["boxes_stored"]) == ([], 1)


def test_pictures_that_cannot_be_taken_are_listed_by_name_and_the_rest_comes_in(project, cast, settings, tmp_path):
    folder = tmp_path / "set"
    folder.mkdir()
    whole = picture_bytes(1, (320, 240))
    bad = {
        "text.jpg": b"hello", "empty.png": b"", "cut.jpg": whole[: len(whole) // 2],
        "bomb.png": png_bomb(13_000, 13_000),
        "anim.gif": b"GIF89a", "drawing.svg": b"<svg/>", "gif.jpg": b"GIF89a" + b"\0" * 40,
    }  # fmt: skip
    for name, data in bad.items():
        (folder / name).write_bytes(data)
    write_picture(folder / "good.jpg", seed=2)
    result = do(project, cast.alice, "import_dataset", import_params(folder, settings))
    assert {one["path"]: one["code"] for one in result["refusals"]} == {
        "text.jpg": "not_an_image", "empty.png": "not_an_image", "cut.jpg": "truncated_image",
        "bomb.png": "too_many_pixels", "anim.gif": "unsupported_format", "drawing.svg": "unsupported_format",
        "gif.jpg": "unsupported_format",
    }  # fmt: skip
    assert "50 megapixels" in next(one["reason"] for one in result["refusals"] if one["path"] == "bomb.png")
    assert list(Item.objects.values_list("name", flat=True)) == ["good.jpg"]


def test_the_whole_report_can_be_downloaded_when_it_is_long(project, cast, settings, tmp_path):
    boxes = [("car", n % 50, 3, n % 50, 9) for n in range(1100)]
    result = do(project, cast.alice, "import_dataset", import_params(write_voc(tmp_path / "set", 1, boxes), settings))
    assert (len(result["refusals"]), result["refused"]) == (1000, 1100)
    lines = storage.read_blob(result["file"]["sha256"]).decode().splitlines()
    assert len(lines) == 1100
    assert json.loads(lines[0])["kind"] == "refusal" and json.loads(lines[1099])["line"] == 6 + 4 * 1099
    assert result["file"]["size_bytes"] == len(storage.read_blob(result["file"]["sha256"]))


@pytest.mark.parametrize(
    ("name", "error"), [("../../evil.jpg", UnsafePath), ("/etc/evil.jpg", UnsafePath), ("zeros.bin", TooLarge)]
)
def test_hostile_zips_are_refused_whole(project, cast, settings, tmp_path, name, error):
    with zipfile.ZipFile(tmp_path / "bad.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("good.jpg", picture_bytes(1))
        archive.writestr(name, b"\0" * (60 * 2**20 if error is TooLarge else 10))
    with pytest.raises(error):
        do(project, cast.alice, "import_dataset", import_params(tmp_path / "bad.zip", settings))
    assert Item.objects.count() == 0
    assert not list(tmp_path.rglob("evil.jpg"))


def test_a_file_that_is_no_zip_is_refused(project, cast, settings, tmp_path):
    (tmp_path / "a.zip").write_bytes(b"Rar!\x1a\x07 something")
    with pytest.raises(BadUpload, match="broken"):
        do(project, cast.alice, "import_dataset", import_params(tmp_path / "a.zip", settings))


def test_a_zip_without_pictures_is_refused_with_advice(project, cast, settings, tmp_path):
    (tmp_path / "set").mkdir()
    (tmp_path / "set/readme.md").write_text("hello")
    with pytest.raises(BadUpload, match="no pictures"):
        do(
            project,
            cast.alice,
            "import_dataset",
            import_params(zip_folder(tmp_path / "set", tmp_path / "a.zip"), settings),
        )


def test_a_format_that_the_folder_is_not_of_is_refused(project, cast, settings, tmp_path):
    params = import_params(write_voc(tmp_path / "set", 2), settings, format="coco")
    with pytest.raises(BadUpload, match="no COCO JSON labels") as caught:
        do(project, cast.alice, "import_dataset", params)
    assert caught.value.code == "no_labels"
    assert do(project, cast.alice, "import_dataset", params | {"labels": "none"})["items"] == 2


def test_files_that_look_like_labels_and_are_none_are_reported(project, cast, settings, tmp_path):
    write_picture(tmp_path / "set/1.jpg", seed=1)
    (tmp_path / "set/1.csv").write_text("x,y")
    result = do(project, cast.alice, "import_dataset", import_params(tmp_path / "set", settings))
    assert (result["items"], codes(result["notices"])) == (1, ["files_unread"])


def test_labels_for_a_picture_that_is_missing_are_reported(empty_project, cast, settings, tmp_path):
    source = write_voc(tmp_path / "set", 3)
    (source / "JPEGImages/p1.jpg").unlink()
    result = do(empty_project, cast.alice, "import_dataset", import_params(source, settings))
    assert [(one["path"], one["line"], one["code"]) for one in result["refusals"]] == [
        ("Annotations/p1.xml", 2, "missing_image")
    ]
    assert (result["items"], result["boxes_read"], result["boxes_stored"]) == (2, 6, 4)


def test_labels_of_another_task_type_are_refused_by_name(classification_project, cast, settings, tmp_path):
    source = write_voc(tmp_path / "set", 2)
    with pytest.raises(Unprocessable, match="object_detection") as caught:
        do(classification_project, cast.alice, "import_dataset", import_params(source, settings))
    assert caught.value.code == "wrong_task_type"
    assert Item.objects.count() == 0


def test_class_folders_in_a_detection_project_bring_only_pictures(project, cast, settings, tmp_path):
    write_picture(tmp_path / "set/cat/1.jpg", seed=1)
    write_picture(tmp_path / "set/dog/2.jpg", seed=2)
    result = do(project, cast.alice, "import_dataset", import_params(tmp_path / "set", settings))
    assert (result["items"], result["labelled"], codes(result["notices"])) == (2, 0, ["folder_names_unused"])


def test_a_folder_outside_the_import_root_is_refused(project, cast, settings, tmp_path):
    params = import_params(write_voc(tmp_path / "root" / "set", 1), settings)
    (tmp_path / "secret").mkdir()
    for folder in ("../secret", "/etc", str(tmp_path / "secret")):
        with pytest.raises(NotFound):
            do(project, cast.alice, "import_dataset", params | {"source": {"folder": folder, "name": "x"}})
    settings.IMPORT_ROOT = None
    with pytest.raises(NotAllowed):
        do(project, cast.alice, "import_dataset", params)
