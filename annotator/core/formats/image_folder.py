"""Folders named by class, with or without split folders above; a folder of pictures alone is unlabelled data."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from annotator.core.format import (
    SPLIT_NAMES,
    ExportItem,
    NameMaker,
    SourceImage,
    SourceObject,
    SourceSet,
    place_picture,
    safe_file_name,
    walk_pictures,
)

# Folders that hold pictures of every kind: their name is no class.
NEUTRAL = frozenset({"images", "image", "img", "imgs", "jpegimages", "photos", "pictures", "data", "all", "unlabelled"})


class ImageFolder:
    """train/cat/1.jpg, cat/1.jpg, train/1.jpg or 1.jpg."""

    slug = "image_folder"
    label = "Folders of pictures"
    task_types = {"image_classification", "object_detection", "semantic_segmentation"}
    extensions: tuple[str, ...] = ()

    def sniff(self, root: Path) -> float:
        paths = walk_pictures(root)
        first = next(paths, None)
        if first is None:
            return 0.0
        return 0.6 if any(_class_of(path) for path in (first, *paths)) else 0.3

    def read(self, root: Path) -> SourceSet:
        result = SourceSet()
        names: set[str] = set()
        for path in sorted(walk_pictures(root)):
            name = _class_of(path)
            objects = (SourceObject(name, None),) if name else ()
            names.update(one.class_name for one in objects)
            result.images.append(SourceImage(path, _split_of(path), objects, labelled=bool(objects)))
        result.classes = sorted(names)
        return result

    def write(self, out: Path, items: Iterable[ExportItem], classes: list[str]) -> None:
        """<split>/<class>/<name>; pictures without a class in <split>/unlabelled, and labels.csv with all of it."""
        names = NameMaker()
        out.mkdir(parents=True, exist_ok=True)
        with (out / "labels.csv").open("w", encoding="utf-8", newline="") as table:
            table.write("path,split,class\n")
            for item in items:
                label = item.objects[0].class_name if item.objects else ""
                folder = f"{item.split}/{safe_file_name(label) if label else 'unlabelled'}"
                path = f"{folder}/{names.make(item.name, folder)}"
                table.write(",".join(_cell(value) for value in (path, item.split, label)) + "\n")
                if item.image_path is not None:
                    place_picture(item.image_path, out / path)


def _cell(value: str) -> str:
    # A leading =, +, - or @ would be a formula to a spreadsheet.
    value = "'" + value if value[:1] in ("=", "+", "-", "@") else value
    return '"' + value.replace('"', '""') + '"' if any(mark in value for mark in ',"\n') else value


def _folders(path: str) -> tuple[str, ...]:
    return PurePosixPath(path).parts[:-1]


def _specific_folders(path: str) -> list[str]:
    folders = list(_folders(path))
    while folders and folders[0].lower() in NEUTRAL:
        folders.pop(0)
    return folders


def _split_of(path: str) -> str | None:
    folders = _specific_folders(path)
    return SPLIT_NAMES.get(folders[0].lower()) if folders else None


def _class_of(path: str) -> str | None:
    """The first folder that is neither neutral nor, at its head, a split."""
    folders = _specific_folders(path)
    if folders and folders[0].lower() in SPLIT_NAMES:
        folders = _specific_folders("/".join([*folders[1:], "_"]))
    return folders[0] if folders else None
