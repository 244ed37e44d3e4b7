"""Cuts a labelled folder (VOC, COCO or YOLO) into what the loop needs: test, seed and rounds; and zips to upload."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from annotator.core.format import ExportItem, SourceImage, content_root
from annotator.core.formats import FORMATS, sniff
from annotator.core.picture import read_size

SEED_VAL_SHARE = 0.3
TEST_SHARE = 0.2
LEAST_TEST = 20


@dataclass(frozen=True)
class Portions:
    """Pictures by what they are for; ``rounds`` are the thirds of the pool."""

    root: Path
    format: str
    classes: list[str]
    test: list[SourceImage]
    seed: list[SourceImage]
    rounds: list[list[SourceImage]]
    test_from: str

    def describe(self) -> str:
        sizes = " + ".join(str(len(part)) for part in self.rounds)
        train = sum(image.split == "train" for image in self.seed)
        return (
            f"{self.format}: test {len(self.test)} ({self.test_from}), seed {len(self.seed)} ({train} train, "
            f"{len(self.seed) - train} val), pool {sizes}; classes {', '.join(self.classes)}"
        )


def cut(folder: Path, *, seed: int, seed_size: int, rounds: int, most: int) -> Portions:
    """Read the folder and cut it, the same way for the same seed; at most ``most`` pictures are used.

    The source's test part is kept; without one its val part serves; without either a fifth is drawn by hash.
    Raises SystemExit in a sentence when the folder cannot serve.
    """
    root = content_root(folder)
    chosen = sniff(root)
    source = chosen.read(root)
    images = [image for image in source.images if image.labelled and read_size(root / image.path) is not None]
    images = [image for image in images if all(one.bbox is not None for one in image.objects)]
    images.sort(key=lambda image: _draw(seed, image.path))
    images = images[:most]
    test, rest, test_from = _cut_test(images)
    if len(rest) < seed_size + rounds:
        raise SystemExit(
            f"{folder} has {len(rest)} labelled pictures beside its {len(test)} of the test part; "
            f"{seed_size + rounds} are needed (--seed-images {seed_size} and one for each round)"
        )
    val_size = round(seed_size * SEED_VAL_SHARE)
    val = ([image for image in rest if image.split == "val"] or rest)[:val_size]
    chosen_val = {image.path for image in val}
    others = [image for image in rest if image.path not in chosen_val]
    # A source's val part is kept for val as long as there are other pictures to train on.
    others.sort(key=lambda image: image.split == "val")
    train, pool = others[: seed_size - len(val)], others[seed_size - len(val) :]
    pool.sort(key=lambda image: _draw(seed + 1, image.path))
    seeded = [replace(image, split="train") for image in train] + [replace(image, split="val") for image in val]
    found = {one.class_name for image in images for one in image.objects}
    return Portions(
        root=root,
        format=chosen.slug,
        classes=[name for name in source.classes if name in found],
        test=[replace(image, split="test") for image in test],
        seed=seeded,
        rounds=[[replace(image, split="train") for image in pool[number::rounds]] for number in range(rounds)],
        test_from=test_from,
    )


def _draw(seed: int, path: str) -> str:
    return hashlib.sha256(f"{seed}:{path}".encode()).hexdigest()


def _cut_test(images: Sequence[SourceImage]) -> tuple[list[SourceImage], list[SourceImage], str]:
    for split, what in (("test", "the source's test part"), ("val", "the source's val part")):
        test = [image for image in images if image.split == split]
        if len(test) >= LEAST_TEST or (test and split == "test"):
            return test, [image for image in images if image.split != split], what
    count = max(LEAST_TEST, round(len(images) * TEST_SHARE))
    return list(images[:count]), list(images[count:]), "drawn by hash"


def zip_labelled(portions: Portions, images: Sequence[SourceImage], out: Path) -> Path:
    """A zip with pictures, their splits and their truth, as COCO keeps boxes to the thousandth of a pixel."""
    with tempfile.TemporaryDirectory(dir=out.parent) as made:
        items = [_item(portions.root, image) for image in images]
        FORMATS["coco"].write(Path(made), items, portions.classes)
        return _zip(Path(made), out)


def zip_pictures(portions: Portions, images: Sequence[SourceImage], out: Path) -> Path:
    """A zip with pictures alone, in a folder for their split."""
    with tempfile.TemporaryDirectory(dir=out.parent) as made:
        for image in images:
            target = Path(made) / str(image.split) / file_name(image)
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(portions.root / image.path, target)
        return _zip(Path(made), out)


def file_name(image: SourceImage) -> str:
    """The picture's name in the product: unique, and free of what its folders say."""
    return f"{hashlib.sha256(image.path.encode()).hexdigest()[:12]}{Path(image.path).suffix.lower()}"


def _item(root: Path, image: SourceImage) -> ExportItem:
    size = read_size(root / image.path)
    assert size is not None  # cut() left the others out
    return ExportItem(
        name=file_name(image),
        split=str(image.split),
        width=size[0],
        height=size[1],
        objects=list(image.objects),
        image_path=root / image.path,
    )


def _zip(folder: Path, out: Path) -> Path:
    return Path(shutil.make_archive(str(out.with_suffix("")), "zip", folder))
