"""COCO JSON: images, annotations with [x, y, width, height], categories."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

from annotator.core.format import (
    SPLIT_NAMES,
    ExportItem,
    NameMaker,
    PictureIndex,
    Report,
    SourceImage,
    SourceObject,
    SourceSet,
    place_picture,
    split_in_name,
    split_in_path,
    walk_files,
)
from annotator.core.geometry import Box
from annotator.core.picture import read_size

# Parsed JSON takes about ten times its size in memory; COCO's own largest file has 450 MB.
MAX_JSON_BYTES = 2**29


class Coco:
    """One or several JSON files, each beside its pictures or in an annotations folder."""

    slug = "coco"
    label = "COCO JSON"
    task_types = {"object_detection"}
    extensions: tuple[str, ...] = (".json",)

    def sniff(self, root: Path) -> float:
        return 0.95 if any(_looks_like_coco(root / path) for path in _json_files(root)) else 0.0

    def read(self, root: Path) -> SourceSet:
        return _Reader(root).read()

    def write(self, out: Path, items: Iterable[ExportItem], classes: list[str]) -> None:
        """images/<split>/ and annotations/instances_<split>.json; category ids count from 1 in the order given."""
        ids = {name: index for index, name in enumerate(classes, start=1)}
        names = NameMaker()
        splits: dict[str, dict[str, list[Any]]] = {}
        number = 0
        for image_id, item in enumerate(items, start=1):
            part = splits.setdefault(item.split, {"images": [], "annotations": []})
            name = names.make(item.name, item.split)
            part["images"].append({"id": image_id, "file_name": name, "width": item.width, "height": item.height})
            for thing in item.objects:
                if thing.bbox is None:
                    continue
                number += 1
                part["annotations"].append(_annotation(number, image_id, ids[thing.class_name], thing.bbox))
            if item.image_path is not None:
                place_picture(item.image_path, out / "images" / item.split / name)
        categories = [{"id": index, "name": name, "supercategory": ""} for name, index in ids.items()]
        (out / "annotations").mkdir(parents=True, exist_ok=True)
        for split, part in splits.items():
            content = {"info": {}, "licenses": [], "categories": categories, **part}
            (out / "annotations" / f"instances_{split}.json").write_text(json.dumps(content), encoding="utf-8")


def _annotation(number: int, image_id: int, category: int, box: Box) -> dict[str, Any]:
    width, height = box[2] - box[0], box[3] - box[1]
    bbox = [round(value, 3) for value in (box[0], box[1], width, height)]
    return {
        "id": number, "image_id": image_id, "category_id": category, "bbox": bbox,
        "area": round(width * height, 3), "iscrowd": 0, "segmentation": [],
    }  # fmt: skip


def _json_files(root: Path) -> list[str]:
    return [path for path in walk_files(root) if path.lower().endswith(".json")]


def _looks_like_coco(path: Path) -> bool:
    """By its first and last bytes, so that a gigabyte of labels is not parsed to be recognised."""
    size = path.stat().st_size
    with path.open("rb") as file:
        ends = file.read(2**16)
        file.seek(max(0, size - 2**16))
        ends += file.read(2**16)
    if not ends.lstrip().startswith(b"{") or b'"caption"' in ends or b'"segments_info"' in ends:
        return False
    lists = (b'"images"', b'"annotations"', b'"categories"')
    entries = (b'"image_id"', b'"file_name"', b'"bbox"')
    return sum(key in ends for key in lists) >= 1 and sum(key in ends for key in (*lists, *entries)) >= 2


class _Reader:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.index = PictureIndex(root)
        self.result = SourceSet()
        self.report = Report(self.result)
        self.objects: dict[str, list[SourceObject]] = {}
        self.splits: dict[str, str | None] = {}
        self.sizes: dict[str, tuple[int, int] | None] = {}
        self.listed: set[str] = set()

    def read(self) -> SourceSet:
        contents = self._load_all()
        instances = [path for path in contents if PurePosixPath(path).name.startswith("instances")]
        for path, content in contents.items():
            if instances and path not in instances:
                self.report.notice(path, None, None, "ignored_file", "instances files are there; this one was left out")
                continue
            self._read_file(path, content)
        self.index.report_masks(self.report)
        for picture in self.index.paths:
            things = self.report.drop_repeats(self.objects.get(picture, []), picture)
            # A picture all of whose objects were refused is not thereby an empty one.
            labelled = picture in self.objects and (bool(things) or picture not in self.listed)
            split = self.splits.get(picture) or split_in_path(picture)
            self.result.images.append(SourceImage(picture, split, things, labelled))
        return self.result

    def _load_all(self) -> dict[str, dict[str, Any]]:
        contents = {}
        for path in _json_files(self.root):
            full = self.root / path
            if not _looks_like_coco(full):
                continue
            if full.stat().st_size > MAX_JSON_BYTES:
                self.report.refuse(
                    path, None, None, "file_too_large", "label files above 512 MiB are not read; split it"
                )
                continue
            try:
                content = json.loads(full.read_bytes())
            except json.JSONDecodeError as error:
                self.report.refuse(
                    path, error.lineno, None, "bad_json", f"not JSON: {error.msg} (column {error.colno})"
                )
                continue
            except (UnicodeDecodeError, RecursionError) as error:
                self.report.refuse(path, None, None, "bad_json", f"not JSON: {error}")
                continue
            if self._is_detection(path, content):
                contents[path] = content
        return contents

    def _is_detection(self, path: str, content: Any) -> bool:
        if not isinstance(content, dict) or not isinstance(content.get("images"), list):
            self.report.refuse(path, None, "images", "bad_json", "there is no list “images”")
            return False
        annotations = content.get("annotations", [])
        if not isinstance(annotations, list) or not isinstance(content.get("categories", []), list):
            self.report.refuse(path, None, "annotations", "bad_json", "“annotations” and “categories” must be lists")
            return False
        first = next((one for one in annotations if isinstance(one, dict)), {})
        if "caption" in first or "segments_info" in first:
            self.report.notice(path, None, None, "ignored_file", "captions and panoptic segments are not boxes")
            return False
        return True

    def _read_file(self, path: str, content: dict[str, Any]) -> None:
        categories = self._categories(path, content.get("categories", []))
        pictures = self._pictures(path, content["images"])
        for number, entry in enumerate(content.get("annotations", [])):
            where = f"annotations[{number}]"
            if not isinstance(entry, dict):
                self.report.refuse(path, None, where, "bad_json", "an annotation must be an object")
                continue
            self._read_annotation(path, where, entry, categories, pictures)

    def _categories(self, path: str, entries: list[Any]) -> dict[Any, str]:
        categories: dict[Any, str] = {}
        for number, entry in enumerate(entries):
            name = entry.get("name") if isinstance(entry, dict) else None
            if not isinstance(name, str) or not name.strip():
                self.report.refuse(path, None, f"categories[{number}].name", "bad_class", "a category needs a name")
                continue
            categories[_key(entry.get("id"))] = name.strip()
            if name.strip() not in self.result.classes:
                self.result.classes.append(name.strip())
        return categories

    def _pictures(self, path: str, entries: list[Any]) -> dict[Any, str | None]:
        folder = PurePosixPath(path).parent
        split = split_in_name(PurePosixPath(path).stem) or split_in_path(path)
        folders = [str(folder), str(folder / "images")]
        parents = [folder.parent / "images", folder.parent] if str(folder) != "." else [PurePosixPath("images")]
        for parent in parents:
            named = [str(parent / name) for name, value in SPLIT_NAMES.items() if value == split] if split else []
            folders += [*named, str(parent)]
        pictures: dict[Any, str | None] = {}
        for number, entry in enumerate(entries):
            where = f"images[{number}]"
            name = entry.get("file_name") if isinstance(entry, dict) else None
            if not isinstance(name, str) or not name:
                self.report.refuse(path, None, f"{where}.file_name", "bad_json", "an image needs a file_name")
                continue
            key = _key(entry.get("id"))
            found = self.index.find(name, folders)
            if key in pictures:
                self.report.refuse(
                    path,
                    None,
                    f"{where}.id",
                    "duplicate_id",
                    f"the image id {key!r} appears twice; “{name}” was left out",
                )
                continue
            pictures[key] = found
            if found is None:
                reason = f"“{name}” is not among the pictures; its annotations were left out"
                self.report.refuse(path, None, f"{where}.file_name", "missing_image", reason)
            else:
                self._start_picture(path, where, entry, found, split)
        return pictures

    def _start_picture(self, path: str, where: str, entry: dict[str, Any], found: str, split: str | None) -> None:
        if found in self.objects:
            self.report.notice(
                path, None, where, "image_named_twice", f"“{found}” is named twice; its objects were joined"
            )
        self.objects.setdefault(found, [])
        self.splits.setdefault(found, split)
        size = self.sizes[found] = read_size(self.root / found)
        width, height = entry.get("width"), entry.get("height")
        if size and isinstance(width, int) and isinstance(height, int):
            self.report.check_size(path, None, (width, height), size)

    def _read_annotation(
        self, path: str, where: str, entry: dict[str, Any], categories: dict[Any, str], pictures: dict[Any, str | None]
    ) -> None:
        box = _box_of(entry)
        self.result.boxes_read += 1
        image_id, category_id = _key(entry.get("image_id")), _key(entry.get("category_id"))
        if image_id not in pictures:
            self.report.refuse(
                path, None, f"{where}.image_id", "missing_image", f"there is no image with the id {image_id!r}"
            )
            return
        picture = pictures[image_id]
        if picture is None:
            self.report.refuse(path, None, where, "missing_image", "the picture it belongs to is missing")
            return
        self.listed.add(picture)
        if category_id not in categories:
            reason = f"there is no category with the id {category_id!r}"
            self.report.refuse(path, None, f"{where}.category_id", "unknown_class", reason)
            return
        if entry.get("iscrowd") == 1:
            self.report.refuse(path, None, f"{where}.iscrowd", "crowd", "a crowd region is not one object")
            return
        if box is None:
            self.report.refuse(
                path, None, f"{where}.bbox", "bad_box", "bbox must be four numbers [x, y, width, height]"
            )
            return
        size = self.sizes[picture]
        taken = self.report.take_box(box, size, (path, None, f"{where}.bbox")) if size else box
        if taken is not None:
            self.objects[picture].append(SourceObject(categories[category_id], taken, _score(entry)))


def _key(value: Any) -> Any:
    return value if isinstance(value, int | str) else repr(value)


def _score(entry: dict[str, Any]) -> float | None:
    score = entry.get("score")
    return float(score) if isinstance(score, int | float) and 0 <= score <= 1 else None


def _box_of(entry: dict[str, Any]) -> Box | None:
    values = entry.get("bbox")
    if not isinstance(values, list) or len(values) != 4:
        return None
    if any(isinstance(value, bool) or not isinstance(value, int | float) for value in values):
        return None
    x, y, width, height = (float(value) for value in values)
    return (x, y, x + width, y + height)
