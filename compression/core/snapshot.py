"""A frozen dataset version laid out on disk in the way trainers read it: YOLO folders, or a folder per class."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annotator.core.errors import Unprocessable
from annotator.core.masks import UNLABELLED, paint

SPLITS = ("train", "val", "test")
# Less than this trains nothing that a gate could judge; the message names the numbers.
NEEDED = {"train": 8, "val": 1, "test": 1}
TO_JUDGE = {"val": 1, "test": 1}
_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"}


@dataclass(frozen=True)
class SnapshotItem:
    """One picture and its truth. Boxes are float xyxy pixels of the upright image, None where there are none.

    ``mask`` is an index PNG of the picture's size for segmentation: class index, or 255 for unlabelled pixels.
    """

    item_id: int
    path: Path
    width: int
    height: int
    objects: tuple[tuple[int, tuple[float, float, float, float] | None], ...]  # (class index, bbox)
    mask: Path | None = None


@dataclass(frozen=True)
class Snapshot:
    """A dataset version on disk: ``items`` by split, ``classes`` in index order."""

    root: Path
    task_type: str
    classes: tuple[str, ...]
    class_ids: tuple[int, ...]
    items: Mapping[str, tuple[SnapshotItem, ...]]

    def counts(self) -> dict[str, int]:
        """Number of items per split."""
        return {split: len(self.items.get(split, ())) for split in SPLITS}

    def objects_per_class(self, split: str) -> list[int]:
        """Objects of each class index in ``split``."""
        counts = [0] * len(self.classes)
        for item in self.items.get(split, ()):
            for index, _ in item.objects:
                counts[index] += 1
        return counts


def materialize(
    manifest: Mapping[str, Any], out: Path, blob_path: Callable[[str], Path], *, to_train: bool = True
) -> Snapshot:
    """Lay a version's manifest out under ``out`` (idempotent) with links to the blobs.

    ``blob_path`` maps a sha256 to a local file; without ``to_train`` the train split may be empty. Classification
    items without exactly one object are left out.
    Raises Unprocessable where a split is too small to train or judge by, or a mask PNG cannot hold so many classes.
    """
    task_type = str(manifest["task_type"])
    classes = tuple(str(entry["name"]) for entry in manifest["classes"])
    class_ids = tuple(int(entry["id"]) for entry in manifest["classes"])
    index_of = {class_id: index for index, class_id in enumerate(class_ids)}
    if task_type == "semantic_segmentation" and len(classes) > UNLABELLED:
        raise Unprocessable(f"Masks hold at most {UNLABELLED} classes, this version has {len(classes)}.")
    items: dict[str, list[SnapshotItem]] = {split: [] for split in SPLITS}
    for entry in manifest["items"]:
        objects = tuple((index_of[int(o["class_id"])], _box(o.get("bbox"))) for o in entry["objects"])
        if task_type == "image_classification" and len(objects) != 1:
            continue
        split = str(entry["split"])
        folder = _folder(out, task_type, split, classes[objects[0][0]] if objects else "", objects)
        path = _place(blob_path(str(entry["sha256"])), folder, int(entry["item_id"]), str(entry["name"]))
        mask = _mask(entry, index_of, out / "masks" / split) if task_type == "semantic_segmentation" else None
        item = SnapshotItem(int(entry["item_id"]), path, int(entry["width"]), int(entry["height"]), objects, mask)
        if task_type == "object_detection":
            write_label(out / "labels" / split / f"{path.stem}.txt", item)
        items[split].append(item)
    snapshot = Snapshot(out, task_type, classes, class_ids, {k: tuple(v) for k, v in items.items()})
    check_size(snapshot, NEEDED if to_train else TO_JUDGE)
    if task_type == "object_detection":
        _write_data_yaml(snapshot)
    return snapshot


def check_size(snapshot: Snapshot, needed: Mapping[str, int] = NEEDED) -> None:
    """Raises Unprocessable, with the numbers a person needs, when a split is too small or nothing is labelled."""
    counts = snapshot.counts()
    if any(counts[split] < least for split, least in needed.items()):
        have = ", ".join(f"{counts[split]} {split}" for split in needed)
        need = ", ".join(f"{least} {split}" for split, least in needed.items())
        raise Unprocessable(
            f"This version has too few reviewed images: {have}; at least {need} are needed. "
            "Review more images, freeze a new version and start again.",
            code="too_few_images",
            have=counts,
            need=dict(needed),
        )
    if needed.get("train") and not sum(snapshot.objects_per_class("train")):
        raise Unprocessable(
            "No reviewed training image of this version holds an object, so there is nothing to learn.",
            code="nothing_to_learn",
        )


def _box(values: Any) -> tuple[float, float, float, float] | None:
    if values is None:
        return None
    x1, y1, x2, y2 = (float(value) for value in values)
    return x1, y1, x2, y2


def _mask(entry: Mapping[str, Any], index_of: Mapping[int, int], folder: Path) -> Path:
    """Paint the masks of an item into an index PNG, once."""
    target = folder / f"{int(entry['item_id']):08d}.png"
    if not target.exists():
        folder.mkdir(parents=True, exist_ok=True)
        layers = [(index_of[int(one["class_id"])], str(one["rle"]["counts"])) for one in entry["objects"]]
        partial = target.with_suffix(".part")
        paint(layers, int(entry["width"]), int(entry["height"])).save(partial, "PNG")
        partial.replace(target)
    return target


def _folder(out: Path, task_type: str, split: str, class_name: str, objects: tuple[Any, ...]) -> Path:
    if task_type == "image_classification":
        return out / "images" / split / str(objects[0][0])  # class index: names may hold slashes
    return out / "images" / split


def _place(source: Path, folder: Path, item_id: int, name: str) -> Path:
    """Link the blob under its item's id. A JPEG without its end marker is copied instead.

    Ultralytics re-saves such a file in place, which through a link would rewrite a content-addressed blob.
    """
    suffix = Path(name).suffix.lower()
    suffix = suffix if suffix in _SUFFIXES else _sniffed_suffix(source)
    target = folder / f"{item_id:08d}{suffix}"
    if target.exists():
        return target
    folder.mkdir(parents=True, exist_ok=True)
    if suffix in {".jpg", ".jpeg"} and not _ends_like_jpeg(source):
        partial = target.with_suffix(".part")
        shutil.copyfile(source, partial)
        partial.replace(target)
        return target
    target.unlink(missing_ok=True)  # a dangling link of an earlier attempt
    target.symlink_to(source.resolve())
    return target


def _sniffed_suffix(source: Path) -> str:
    with source.open("rb") as file:
        head = file.read(12)
    if head.startswith(b"\x89PNG"):
        return ".png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return ".webp"
    if head.startswith(b"BM"):
        return ".bmp"
    return ".tif" if head[:4] in {b"II*\0", b"MM\0*"} else ".jpg"


def _ends_like_jpeg(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(2)
        if head != b"\xff\xd8":
            return True  # not a JPEG at all, whatever its name: left alone by the reader
        file.seek(-2, os.SEEK_END)
        return file.read(2) == b"\xff\xd9"


def write_label(path: Path, item: SnapshotItem) -> None:
    """Write a YOLO label file: a line per box with class, centre, size as fractions of the clipped box."""
    lines = []
    for index, bbox in item.objects:
        if bbox is None:
            continue
        x1, x2 = (min(max(v, 0.0), float(item.width)) for v in (bbox[0], bbox[2]))
        y1, y2 = (min(max(v, 0.0), float(item.height)) for v in (bbox[1], bbox[3]))
        if x2 <= x1 or y2 <= y1:
            continue
        values = ((x1 + x2) / 2 / item.width, (y1 + y2) / 2 / item.height)
        sizes = ((x2 - x1) / item.width, (y2 - y1) / item.height)
        lines.append(f"{index} " + " ".join(f"{v:.6f}" for v in (*values, *sizes)))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + ("\n" if lines else ""), encoding="utf-8")


def _write_data_yaml(snapshot: Snapshot) -> None:
    # JSON is YAML, and quotes names safely.
    data = {
        "path": str(snapshot.root.resolve()),
        "train": "images/train",
        "val": "images/val",
        "test": "images/test",
        "names": list(snapshot.classes),
    }
    text = "\n".join(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in data.items())
    (snapshot.root / "data.yaml").write_text(text + "\n", encoding="utf-8")
