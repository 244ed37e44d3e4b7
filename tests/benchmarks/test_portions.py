"""Cutting a labelled folder: nothing in two portions, splits as the source has them, names that give nothing away."""

import zipfile
from pathlib import Path

import pytest
from PIL import Image

from annotator.core.format import ExportItem, SourceObject
from annotator.core.formats import FORMATS, sniff
from benchmarks.portions import Portions, cut, file_name, zip_labelled, zip_pictures


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A VOC folder: 40 train, 20 val, 25 test."""
    return make_folder(tmp_path / "voc", {"train": 40, "val": 20, "test": 25})


def make_folder(out: Path, counts: dict[str, int]) -> Path:
    items = []
    out.mkdir()
    for split, count in counts.items():
        for number in range(count):
            path = out.parent / f"{split}-{number}.png"
            Image.new("RGB", (32, 24), (number, 5, len(split))).save(path)
            items.append(ExportItem(path.name, split, 32, 24, [SourceObject("cat", (1.0, 2.0, 11.0, 12.0))], path))
    FORMATS["pascal_voc"].write(out, items, ["cat"])
    return out


def paths(portions: Portions) -> list[str]:
    parts = [portions.test, portions.seed, *portions.rounds]
    return [image.path for part in parts for image in part]


def test_every_picture_is_in_one_portion(folder: Path) -> None:
    portions = cut(folder, seed=0, seed_size=20, rounds=3, most=1000)
    assert len(paths(portions)) == len(set(paths(portions))) == 85


def test_the_sources_test_part_is_the_test_part(folder: Path) -> None:
    portions = cut(folder, seed=0, seed_size=20, rounds=3, most=1000)
    assert len(portions.test) == 25
    assert all("test-" in image.path for image in portions.test)


def test_the_seed_keeps_a_val_part_from_the_sources_val(folder: Path) -> None:
    portions = cut(folder, seed=0, seed_size=20, rounds=3, most=1000)
    val = [image.path for image in portions.seed if image.split == "val"]
    assert len(portions.seed) == 20
    assert len(val) == 6
    assert all("val-" in path for path in val)
    assert all("train-" in image.path for image in portions.seed if image.split == "train")


def test_the_same_seed_cuts_the_same_and_another_cuts_otherwise(folder: Path) -> None:
    first, again, other = (paths(cut(folder, seed=s, seed_size=20, rounds=3, most=1000)) for s in (0, 0, 1))
    assert first == again != other


def test_without_a_test_part_the_val_part_serves(tmp_path: Path) -> None:
    portions = cut(make_folder(tmp_path / "f", {"train": 60, "val": 20}), seed=0, seed_size=20, rounds=3, most=1000)
    assert portions.test_from == "the source's val part"
    assert len(portions.test) == 20
    assert sum(image.split == "val" for image in portions.seed) == 6


def test_without_any_split_a_fifth_is_drawn(tmp_path: Path) -> None:
    portions = cut(make_folder(tmp_path / "f", {"train": 150}), seed=0, seed_size=20, rounds=3, most=1000)
    assert portions.test_from == "drawn by hash"
    assert len(portions.test) == 30


def test_a_folder_that_is_too_small_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="63 are needed"):
        cut(make_folder(tmp_path / "f", {"train": 50}), seed=0, seed_size=60, rounds=3, most=1000)


def test_a_labelled_zip_reads_back_with_its_splits_and_boxes(folder: Path, tmp_path: Path) -> None:
    portions = cut(folder, seed=0, seed_size=20, rounds=3, most=1000)
    archive = zip_labelled(portions, portions.seed, tmp_path / "seed.zip")
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(tmp_path / "read")
    read = sniff(tmp_path / "read").read(tmp_path / "read")
    assert {image.split for image in read.images} == {"train", "val"}
    assert {one.bbox for image in read.images for one in image.objects} == {(1.0, 2.0, 11.0, 12.0)}


def test_a_zip_of_pictures_holds_no_labels_and_no_telling_names(folder: Path, tmp_path: Path) -> None:
    portions = cut(folder, seed=0, seed_size=20, rounds=3, most=1000)
    with zipfile.ZipFile(zip_pictures(portions, portions.rounds[0], tmp_path / "r.zip")) as opened:
        names = [name for name in opened.namelist() if not name.endswith("/")]
    assert sorted(names) == sorted(f"train/{file_name(image)}" for image in portions.rounds[0])
