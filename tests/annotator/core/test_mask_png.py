"""Pictures with index masks: real CamVid frames, a round trip, CVAT's colours, and what cannot be taken."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from annotator.core.format import ExportItem, SourceObject
from annotator.core.formats import FORMATS, sniff
from annotator.core.masks import UNLABELLED
from annotator.core.rle import area, decode_runs, encode_runs
from prelabel.core.masks import decode_mask

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data" / "camvid"
NAMES = [
    *("Sky", "Building", "Pole", "Road", "Pavement", "Tree", "SignSymbol", "Fence", "Car", "Pedestrian"),
    *("Bicyclist", "Unlabelled"),
]
MASKS = FORMATS["mask_png"]


def picture(path: Path, size: tuple[int, int] = (6, 4), shade: int = 90) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (shade, 80, 70)).save(path)


def mask(path: Path, values: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(values.astype(np.uint8)).save(path)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the CamVid sample is not on this machine")
def test_camvid_frames_come_with_their_splits_names_and_pixels(tmp_path: Path) -> None:
    for split in ("train", "val", "test"):
        for folder in (split, f"{split}annot"):
            (tmp_path / folder).mkdir()
            for path in sorted((SHARED / folder).iterdir())[:2]:
                shutil.copy(path, tmp_path / folder)
    (tmp_path / "classes.txt").write_text("\n".join(NAMES))
    assert sniff(tmp_path).slug == "mask_png"
    source = MASKS.read(tmp_path)
    assert not source.refusals
    assert source.classes == NAMES[:-1]
    assert [one.split for one in source.images] == ["test"] * 2 + ["train"] * 2 + ["val"] * 2
    for image in source.images:
        values = np.asarray(Image.open(tmp_path / image.path.replace("/", "annot/", 1)))
        assert image.labelled
        assert {thing.class_name for thing in image.objects} == {NAMES[v] for v in np.unique(values) if v != 11}
        for thing in image.objects:
            assert thing.mask is not None and thing.bbox is None
            found = decode_mask({"size": list(values.shape), "counts": thing.mask})
            assert (found == (values == NAMES.index(thing.class_name))).all()


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    source = tmp_path / "source.jpg"
    picture(source, (5, 3))
    objects = [
        SourceObject("road, wet", None, mask=encode_runs([0, 9, 6])),
        SourceObject("car", None, mask=encode_runs([4, 2, 9])),
    ]
    items = [
        ExportItem("a.jpg", "train", 5, 3, objects, source),
        ExportItem("a.png", "train", 5, 3, objects[:1], source),
        ExportItem("a.jpg", "test", 5, 3, objects[1:], source),
    ]
    MASKS.write(tmp_path / "out", items, ["road, wet", "car"])
    assert sniff(tmp_path / "out").slug == "mask_png"
    found = MASKS.read(tmp_path / "out")
    assert found.classes == ["road, wet", "car"]
    assert not found.refusals
    covered = {
        (one.path, one.split): {thing.class_name: area(decode_runs(thing.mask or "")) for thing in one.objects}
        for one in found.images
    }
    assert covered == {  # the car lies above the road
        ("images/test/a.jpg", "test"): {"car": 2},
        ("images/train/a.jpg", "train"): {"road, wet": 7, "car": 2},
        ("images/train/a_2.png", "train"): {"road, wet": 9},
    }


def test_without_names_the_values_name_themselves_and_255_is_nothing(tmp_path: Path) -> None:
    picture(tmp_path / "images" / "1.png")
    picture(tmp_path / "images" / "2.png", shade=40)
    mask(tmp_path / "masks" / "1.png", np.array([[0, 0, 3, 3, 255, 255]] * 4))
    mask(tmp_path / "masks" / "2.png", np.full((4, 6), UNLABELLED))
    source = MASKS.read(tmp_path)
    assert source.classes == ["class 0", "class 3"]
    assert [one.labelled for one in source.images] == [True, False]


def test_coloured_masks_are_read_by_cvat_s_labelmap(tmp_path: Path) -> None:
    picture(tmp_path / "JPEGImages" / "1.jpg", (3, 2))
    lines = ["# label:color_rgb:parts:actions", "void:0,0,0::", "road:128,64,128::", "car:128,64,129::"]
    (tmp_path / "labelmap.txt").write_text("\n".join(lines))
    colours = np.array([[[128, 64, 128], [128, 64, 129], [0, 0, 0]]] * 2, np.uint8)
    path = tmp_path / "SegmentationClass" / "1.png"
    path.parent.mkdir()
    Image.fromarray(colours).save(path)
    source = MASKS.read(tmp_path)
    assert source.classes == ["road", "car"]
    assert [(thing.class_name, area(decode_runs(thing.mask or ""))) for thing in source.images[0].objects] == [
        ("road", 2),
        ("car", 2),
    ]


def test_masks_that_cannot_be_taken_are_named(tmp_path: Path) -> None:
    for number in range(1, 5):
        picture(tmp_path / "images" / f"{number}.png", shade=number)
    mask(tmp_path / "masks" / "1.png", np.zeros((5, 6)))
    (tmp_path / "masks" / "2.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    Image.new("RGB", (6, 4)).save(tmp_path / "masks" / "3.png")
    mask(tmp_path / "masks" / "4.png", np.array([[0, 1, 2, 9, 9, 9]] * 4))
    mask(tmp_path / "masks" / "5.png", np.zeros((4, 6)))
    (tmp_path / "classes.txt").write_text("a\nb\nc\n")
    source = MASKS.read(tmp_path)
    assert {(one.path, one.code) for one in source.refusals} == {
        ("masks/1.png", "size_differs"),
        ("masks/2.png", "bad_mask"),
        ("masks/3.png", "bad_mask"),
        ("masks/4.png", "unknown_class"),
        ("masks/5.png", "missing_image"),
    }
    assert [one.labelled for one in source.images] == [False, False, False, True]
