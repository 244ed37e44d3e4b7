"""The contract of a data format: recognise a folder, read it with every fault named, write it."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Protocol

from annotator.core.geometry import Box, box_area, clip_box, overhang
from annotator.core.picture import EXTENSIONS

SPLIT_NAMES: dict[str, str] = {
    "train": "train", "training": "train", "train2017": "train", "train2014": "train",
    "val": "val", "valid": "val", "validation": "val", "dev": "val", "val2017": "val", "val2014": "val",
    "test": "test", "testing": "test", "test2017": "test",
}  # fmt: skip
FOREIGN_SUFFIXES: dict[str, str] = {
    ".gif": "GIF", ".avif": "AVIF", ".avifs": "AVIF", ".heic": "HEIC", ".heif": "HEIF", ".jp2": "JPEG 2000",
    ".j2k": "JPEG 2000", ".svg": "SVG", ".ico": "ICO", ".psd": "PSD", ".ppm": "PNM", ".pgm": "PNM", ".pbm": "PNM",
    ".sgi": "SGI", ".tga": "TGA", ".pdf": "PDF", ".cr2": "raw camera", ".nef": "raw camera", ".arw": "raw camera",
    ".dng": "raw camera", ".raw": "raw camera", ".exr": "EXR", ".dcm": "DICOM", ".jxl": "JPEG XL",
}  # fmt: skip
# Below this, a box over the edge is rounding of the tool that wrote it; it is clipped without a word.
EDGE_TOLERANCE_PX = 0.5


@dataclass(frozen=True)
class SourceObject:
    """One object as the file has it; ``bbox`` xyxy pixels inside the picture, None for a class of the whole picture.

    ``score`` 0..1 where the file carries one: it is a guess then. ``mask`` is compact COCO run lengths of the picture's
    size, for a class of pixels.
    """

    class_name: str
    bbox: Box | None
    score: float | None = None
    mask: str | None = None


@dataclass(frozen=True)
class SourceImage:
    """One picture file; ``path`` is posix and relative to the folder read, ``split`` train, val, test or None.

    ``labelled`` is False where nothing was said about the picture; no objects and True means: there is nothing on it.
    """

    path: str
    split: str | None
    objects: tuple[SourceObject, ...] = ()
    labelled: bool = False


@dataclass(frozen=True)
class Refusal:
    """Something that was not taken (or, as a notice, was changed): where it is, a code, and why in one sentence."""

    path: str
    line: int | None
    field: str | None
    code: str
    reason: str


@dataclass
class SourceSet:
    """Everything that a folder holds in one format; ``boxes_read`` counts the refused ones too."""

    images: list[SourceImage] = field(default_factory=list)
    classes: list[str] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    notices: list[Refusal] = field(default_factory=list)
    boxes_read: int = 0


@dataclass(frozen=True)
class ExportItem:
    """One picture to write; without ``image_path`` only its labels are written."""

    name: str
    split: str
    width: int
    height: int
    objects: list[SourceObject]
    image_path: Path | None = None


class Format(Protocol):
    """One data format."""

    slug: str
    label: str
    task_types: set[str]
    extensions: tuple[str, ...]

    def sniff(self, root: Path) -> float:
        """How sure it is, 0..1, that the folder is of this format."""
        ...

    def read(self, root: Path) -> SourceSet:
        """Everything in the folder; faults are reported, not raised. Raises BadUpload when nothing can be read."""
        ...

    def write(self, out: Path, items: Iterable[ExportItem], classes: list[str]) -> None:
        """Write the items below ``out``, which is made."""
        ...


class Report:
    """Collects refusals and notices of one label file after another, and checks boxes on the way."""

    def __init__(self, source: SourceSet) -> None:
        self.source = source

    def refuse(self, path: str, line: int | None, field: str | None, code: str, reason: str) -> None:
        self.source.refusals.append(Refusal(path, line, field, code, reason))

    def notice(self, path: str, line: int | None, field: str | None, code: str, reason: str) -> None:
        self.source.notices.append(Refusal(path, line, field, code, reason))

    def take_box(self, box: Box, size: tuple[int, int], where: tuple[str, int | None, str]) -> Box | None:
        """The box clipped to a picture of ``size`` pixels; None when nothing is left. Either is reported."""
        width, height = size
        numbers = ", ".join(f"{corner:g}" for corner in box)
        if any(corner != corner or abs(corner) == float("inf") for corner in box):
            self.refuse(*where, "bad_number", f"the box ({numbers}) holds something that is not a number")
            return None
        if box_area(box) <= 0:
            self.refuse(*where, "zero_area", f"the box ({numbers}) has no area")
            return None
        inside = clip_box(box, width, height)
        if box_area(inside) <= 0:
            self.refuse(*where, "outside", f"the box ({numbers}) lies outside the picture of {width} x {height} px")
            return None
        out = overhang(box, width, height)
        if out > EDGE_TOLERANCE_PX:
            reason = (
                f"the box ({numbers}) stuck out of the picture of {width} x {height} px by {out:g} px; it was clipped"
            )
            self.notice(*where, "clipped", reason)
        return inside

    def check_size(self, path: str, line: int | None, said: tuple[int, int], found: tuple[int, int]) -> None:
        """A notice when a label file says another size than the picture has."""
        if said != found and min(said) > 0:
            reason = (
                f"the labels say {said[0]} x {said[1]} px, the picture has {found[0]} x {found[1]}; boxes may be off"
            )
            self.notice(path, line, "size", "size_differs", reason)

    def drop_repeats(self, objects: list[SourceObject], path: str) -> tuple[SourceObject, ...]:
        """The objects without exact repeats, which are reported."""
        kept = list(dict.fromkeys(objects))
        if len(kept) < len(objects):
            count = len(objects) - len(kept)
            self.notice(path, None, None, "repeated_object", f"{count} object(s) appeared twice and were taken once")
        return tuple(kept)


class PictureIndex:
    """The picture files below a folder, found by path, by name or by stem, blind to upper and lower case."""

    def __init__(self, root: Path) -> None:
        self.root = root
        found = sorted(walk_pictures(root))
        self.masks = [path for path in found if _is_mask(path)]
        self.paths = [path for path in found if not _is_mask(path)] if self.masks else found
        self._by_path = {path.lower(): path for path in self.paths}
        self._by_name: dict[str, list[str]] = {}
        self._by_stem: dict[str, list[str]] = {}
        for path in self.paths:
            name = PurePosixPath(path)
            self._by_name.setdefault(name.name.lower(), []).append(path)
            self._by_stem.setdefault(name.stem.lower(), []).append(path)

    def report_masks(self, report: Report) -> None:
        """A notice for each folder of segmentation masks that was passed over."""
        for folder in sorted({str(PurePosixPath(path).parent) for path in self.masks}):
            report.notice(folder, None, None, "masks_left_out", "a folder of segmentation masks, not of pictures")

    def at(self, path: str) -> str | None:
        """The picture at this relative path."""
        return self._by_path.get(path.lower())

    def find(self, name: str, folders: Iterable[str] = ()) -> str | None:
        """A picture named in a label file: below one of ``folders``, else anywhere if the name is there once."""
        clean = name.replace("\\", "/").lstrip("/")
        for folder in folders:
            found = self.at(_join(folder, clean))
            if found:
                return found
        hits = self._by_name.get(PurePosixPath(clean).name.lower(), [])
        return hits[0] if len(hits) == 1 else None

    def with_stem(self, stem: str, folders: Iterable[str] = ()) -> str | None:
        """A picture of this stem: below one of ``folders``, else anywhere if there is one only."""
        hits = self._by_stem.get(stem.lower(), [])
        for folder in folders:
            for hit in hits:
                if _join(folder, PurePosixPath(hit).name).lower() == hit.lower():
                    return hit
        return hits[0] if len(hits) == 1 else None


def _is_mask(path: str) -> bool:
    """True for PNGs in a folder that label tools keep segmentation masks in."""
    folders = [part.lower() for part in PurePosixPath(path).parts[:-1]]
    starts = ("masks_", "segmentationclass", "segmentationobject", "panoptic_", "stuffthingmaps")
    return path.lower().endswith(".png") and any(part == "masks" or part.startswith(starts) for part in folders)


def _join(folder: str, name: str) -> str:
    parts: list[str] = []
    for part in (*PurePosixPath(folder).parts, *PurePosixPath(name).parts):
        if part == "..":
            if parts:
                parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def walk_files(root: Path) -> Iterator[str]:
    """Posix paths of the plain files below a folder, relative to it; links are not followed, hidden ones left out."""
    for folder, folders, files in os.walk(root, followlinks=False):
        folders[:] = sorted(one for one in folders if not one.startswith(".") and one != "__MACOSX")
        base = Path(folder)
        for name in sorted(files):
            if not name.startswith(".") and not (base / name).is_symlink():
                yield (base / name).relative_to(root).as_posix()


def walk_pictures(root: Path) -> Iterator[str]:
    """Those of ``walk_files`` whose extension is a picture's."""
    return (path for path in walk_files(root) if PurePosixPath(path).suffix.lower() in EXTENSIONS)


def foreign_pictures(root: Path) -> Iterator[tuple[str, str]]:
    """(path, format) of pictures below a folder that are of a kind that is not taken."""
    for path in walk_files(root):
        kind = FOREIGN_SUFFIXES.get(PurePosixPath(path).suffix.lower())
        if kind is not None:
            yield path, kind


def split_in_path(path: str) -> str | None:
    """The split that a folder of the path names (train/, valid/, …), the outermost first."""
    for part in PurePosixPath(path).parts[:-1]:
        if part.lower() in SPLIT_NAMES:
            return SPLIT_NAMES[part.lower()]
    return None


def split_in_name(stem: str) -> str | None:
    """The split that a word of a file's name says, e.g. instances_train2017."""
    for word in re.split(r"[^a-z0-9]+", stem.lower()):
        if word in SPLIT_NAMES:
            return SPLIT_NAMES[word]
    return None


def content_root(root: Path) -> Path:
    """The folder that holds the data: wrappers with nothing but one unspecific folder inside are looked through."""
    while True:
        entries = [entry for entry in root.iterdir() if not entry.name.startswith(".") and entry.name != "__MACOSX"]
        if len(entries) != 1 or entries[0].is_symlink() or not entries[0].is_dir():
            return root
        inside = [entry for entry in entries[0].iterdir() if not entry.name.startswith(".")]
        if entries[0].name.lower() in SPLIT_NAMES or not any(entry.is_dir() for entry in inside):
            return root
        root = entries[0]


class NameMaker:
    """File names for an export: no folders, nothing that leaves the folder, none twice."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def make(self, name: str, group: str = "") -> str:
        """A safe name, once in its ``group`` (blind to case)."""
        clean = safe_file_name(name)
        stem, suffix = Path(clean).stem, Path(clean).suffix
        candidate, count = clean, 2
        while f"{group}/{candidate}".lower() in self._taken:
            candidate = f"{stem}_{count}{suffix}"
            count += 1
        self._taken.add(f"{group}/{candidate}".lower())
        return candidate


def safe_file_name(name: str) -> str:
    """A name without separators, control characters or a leading dot, at most 180 characters."""
    clean = re.sub(r'[\x00-\x1f/\\:*?"<>|]+', "_", name).strip(" .")
    stem, suffix = Path(clean).stem, Path(clean).suffix
    return (stem[: 180 - len(suffix)] + suffix) or "unnamed"


def place_picture(source: Path, target: Path) -> None:
    """Put a picture into an export: a hard link where the disk allows, else a copy."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
