"""Pascal VOC: one XML file a picture, splits in ImageSets/Main."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from xml.sax import SAXException, SAXParseException
from xml.sax.saxutils import escape

from defusedxml import DefusedXmlException

from annotator.core.format import (
    ExportItem,
    NameMaker,
    PictureIndex,
    Report,
    SourceImage,
    SourceObject,
    SourceSet,
    place_picture,
    split_in_path,
    walk_files,
)
from annotator.core.geometry import Box
from annotator.core.picture import read_size
from annotator.core.xml_lines import Node, parse_xml

MAX_XML_BYTES = 8 * 2**20
CORNERS = ("xmin", "ymin", "xmax", "ymax")


class PascalVoc:
    """JPEGImages, Annotations and ImageSets/Main, or XML files beside the pictures."""

    slug = "pascal_voc"
    label = "Pascal VOC"
    task_types = {"object_detection"}
    extensions: tuple[str, ...] = (".xml",)

    def sniff(self, root: Path) -> float:
        for path in _xml_files(root)[:20]:
            with (root / path).open("rb") as file:
                head = file.read(4096)
            if b"<annotation>" in head or b"<annotation " in head:
                return 0.95
        return 0.0

    def read(self, root: Path) -> SourceSet:
        return _Reader(root).read()

    def write(self, out: Path, items: Iterable[ExportItem], classes: list[str]) -> None:
        """JPEGImages/, Annotations/ and ImageSets/Main/<split>.txt; corners as they are, without the +1 of VOC 2007."""
        names = NameMaker()
        splits: dict[str, list[str]] = {}
        (out / "Annotations").mkdir(parents=True, exist_ok=True)
        (out / "ImageSets" / "Main").mkdir(parents=True, exist_ok=True)
        for item in items:
            stem = names.make(PurePosixPath(item.name).stem)
            file_name = stem + PurePosixPath(item.name).suffix
            (out / "Annotations" / f"{stem}.xml").write_text(_to_xml(item, file_name), encoding="utf-8")
            splits.setdefault(item.split, []).append(stem)
            if item.image_path is not None:
                place_picture(item.image_path, out / "JPEGImages" / file_name)
        for split, stems in splits.items():
            (out / "ImageSets" / "Main" / f"{split}.txt").write_text(
                "".join(f"{stem}\n" for stem in stems), encoding="utf-8"
            )
        (out / "labelmap.txt").write_text("".join(f"{name}:::\n" for name in classes), encoding="utf-8")


def _to_xml(item: ExportItem, file_name: str) -> str:
    lines = [
        "<annotation>", "  <folder>JPEGImages</folder>", f"  <filename>{escape(file_name)}</filename>",
        f"  <size><width>{item.width}</width><height>{item.height}</height><depth>3</depth></size>",
    ]  # fmt: skip
    for thing in item.objects:
        if thing.bbox is None:
            continue
        corners = "".join(f"<{tag}>{_number(value)}</{tag}>" for tag, value in zip(CORNERS, thing.bbox, strict=True))
        name = f"<name>{escape(thing.class_name)}</name>"
        rest = "<pose>Unspecified</pose><truncated>0</truncated><difficult>0</difficult>"
        lines.append(f"  <object>{name}{rest}<bndbox>{corners}</bndbox></object>")
    return "\n".join([*lines, "</annotation>", ""])


def _number(value: float) -> str:
    # Whole numbers as whole numbers: several readers call int() on the text.
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _xml_files(root: Path) -> list[str]:
    return [path for path in walk_files(root) if path.lower().endswith(".xml")]


class _Reader:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.index = PictureIndex(root)
        self.result = SourceSet()
        self.report = Report(self.result)
        self.objects: dict[str, list[SourceObject]] = {}
        self.listed: Counter[str] = Counter()

    def read(self) -> SourceSet:
        for path in _xml_files(self.root):
            self._read_file(path)
        self.index.report_masks(self.report)
        splits = self._splits()
        names = {one.class_name for things in self.objects.values() for one in things}
        self.result.classes = self._ordered(names)
        for picture in self.index.paths:
            things = self.report.drop_repeats(self.objects.get(picture, []), picture)
            split = splits.get(PurePosixPath(picture).stem) or split_in_path(picture)
            # A file all of whose objects were refused does not say that the picture is empty.
            labelled = picture in self.objects and (bool(things) or not self.listed[picture])
            self.result.images.append(SourceImage(picture, split, things, labelled))
        return self.result

    def _ordered(self, names: set[str]) -> list[str]:
        """As labelmap.txt orders them where there is one, the rest by name."""
        first: list[str] = []
        labelmap = self.root / "labelmap.txt"
        if labelmap.is_file():
            lines = labelmap.read_text(encoding="utf-8", errors="replace").splitlines()
            first = [line.split(":")[0].strip() for line in lines if line.strip() and not line.startswith("#")]
        return [*(name for name in first if name in names), *sorted(names - set(first))]

    def _read_file(self, path: str) -> None:
        full = self.root / path
        if full.stat().st_size > MAX_XML_BYTES:
            self.report.refuse(path, None, None, "file_too_large", "label files above 8 MiB are not read")
            return
        try:
            root = parse_xml(full.read_bytes())
        except SAXException as error:
            line = error.getLineNumber() if isinstance(error, SAXParseException) else None
            self.report.refuse(path, line, None, "bad_xml", f"not XML: {error.getMessage()}")
            return
        except DefusedXmlException as error:
            self.report.refuse(path, None, None, "unsafe_xml", f"entities and external parts are not read ({error})")
            return
        if root.tag != "annotation":
            return
        picture = self._picture_of(path, root)
        count = sum(one.tag == "object" for one in root.children)
        self.result.boxes_read += count
        if picture is None:
            name = root.text_of("filename") or PurePosixPath(path).stem
            reason = f"“{name[:200]}” is not among the pictures; {count} object(s) were left out"
            self.report.refuse(path, _line(root.child("filename"), root), "filename", "missing_image", reason)
            return
        if picture in self.objects:
            self.report.notice(
                path, root.line, "filename", "image_named_twice", f"“{picture}” is named twice; its objects were joined"
            )
        things = self.objects.setdefault(picture, [])
        self.listed[picture] += count
        size = read_size(self.root / picture)
        self._check_size(path, root, size)
        for node in root.children:
            if node.tag == "object":
                found = self._read_object(path, node, size)
                if found is not None:
                    things.append(found)

    def _picture_of(self, path: str, root: Node) -> str | None:
        folder = PurePosixPath(path).parent
        near = [str(folder), str(folder.parent / "JPEGImages"), str(folder.parent / "images"), "JPEGImages", "images"]
        named = root.text_of("filename")
        found = self.index.find(named, near) if named else None
        # Names without an extension, or changed afterwards, are common: the XML's own stem decides then.
        return found or self.index.with_stem(PurePosixPath(path).stem, near)

    def _check_size(self, path: str, root: Node, size: tuple[int, int] | None) -> None:
        node = root.child("size")
        if node is None or size is None:
            return
        try:
            said = (int(float(node.text_of("width"))), int(float(node.text_of("height"))))
        except (ValueError, OverflowError):
            return
        self.report.check_size(path, node.line, said, size)

    def _read_object(self, path: str, node: Node, size: tuple[int, int] | None) -> SourceObject | None:
        name = node.text_of("name")
        if not name:
            self.report.refuse(path, _line(node.child("name"), node), "name", "unknown_class", "the object has no name")
            return None
        bounds = node.child("bndbox")
        if bounds is None:
            self.report.refuse(path, node.line, "bndbox", "bad_box", f"the object “{name[:80]}” has no bndbox")
            return None
        box = self._corners(path, bounds)
        if box is None or size is None:
            return None
        taken = self.report.take_box(box, size, (path, bounds.line, "bndbox"))
        return SourceObject(name, taken) if taken is not None else None

    def _corners(self, path: str, bounds: Node) -> Box | None:
        values = []
        for tag in CORNERS:
            text = bounds.text_of(tag)
            try:
                value = float(text)
            except ValueError:
                value = math.nan
            if not math.isfinite(value):
                line = _line(bounds.child(tag), bounds)
                self.report.refuse(path, line, tag, "bad_number", f"{tag} is “{text[:40]}”, not a number")
                return None
            values.append(value)
        return (values[0], values[1], values[2], values[3])

    def _splits(self) -> dict[str, str]:
        """Stem → split from ImageSets/Main; a name in two lists keeps the first and is reported."""
        splits: dict[str, str] = {}
        for path in walk_files(self.root):
            parts = PurePosixPath(path.lower()).parts
            split = {"train.txt": "train", "val.txt": "val", "valid.txt": "val", "test.txt": "test"}.get(parts[-1])
            if split is None or parts[-3:-1] != ("imagesets", "main"):
                continue
            lines = (self.root / path).read_text(encoding="utf-8", errors="replace").splitlines()
            for number, line in enumerate(lines, start=1):
                words = line.split()
                if not words:
                    continue
                stem = PurePosixPath(words[0].replace("\\", "/")).name
                stem = stem if self.index.with_stem(stem) else PurePosixPath(stem).stem
                if splits.setdefault(stem, split) != split:
                    reason = f"“{stem[:120]}” is in {splits[stem]} already; it stays there"
                    self.report.notice(path, number, None, "two_splits", reason)
        return splits


def _line(node: Node | None, parent: Node) -> int:
    return node.line if node is not None else parent.line
