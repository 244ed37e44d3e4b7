"""YOLO text labels: one file a picture, one line an object: class, centre x, centre y, width, height, all relative."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

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
from annotator.core.names import DataYaml, parse_data_yaml, parse_names
from annotator.core.picture import read_size

# Text files that are no labels though they lie among them.
NO_LABELS = frozenset({"classes.txt", "readme.txt", "requirements.txt", "labels.txt", "notes.txt", "license.txt"})
LABEL_FOLDERS = ("labels", "labels_detect", "annotations", "obj_train_data", "label")
MAX_NAMES_BYTES = 2**22
MAX_LABEL_BYTES = 16 * 2**20


class Yolo:
    """Ultralytics' and Darknet's layouts, and Label Studio's and Roboflow's kinds of them."""

    slug = "yolo"
    label = "YOLO"
    task_types = {"object_detection"}
    extensions: tuple[str, ...] = (".txt",)

    def sniff(self, root: Path) -> float:
        found = _Layout(root)
        if not found.labels or not any(_reads_as_label(root / path) for path in list(found.labels.values())[:500]):
            return 0.0
        return 0.9 if found.names else 0.7

    def read(self, root: Path) -> SourceSet:
        return _Reader(root).read()

    def write(self, out: Path, items: Iterable[ExportItem], classes: list[str]) -> None:
        """images/<split>/, labels/<split>/ and data.yaml as Ultralytics reads them."""
        ids = {name: index for index, name in enumerate(classes)}
        names = NameMaker()
        splits: set[str] = set()
        for item in items:
            splits.add(item.split)
            # Unique by stem: a.jpg and a.png would share one label file.
            stem = names.make(PurePosixPath(item.name).stem, item.split)
            lines = [_line(ids[one.class_name], one.bbox, item) for one in item.objects if one.bbox is not None]
            target = out / "labels" / item.split / f"{stem}.txt"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text("".join(lines), encoding="utf-8")
            if item.image_path is not None:
                suffix = PurePosixPath(item.name).suffix
                place_picture(item.image_path, out / "images" / item.split / f"{stem}{suffix}")
        out.mkdir(parents=True, exist_ok=True)
        head = [f"{split}: images/{split}\n" for split in ("train", "val", "test") if split in splits]
        quoted = [f"  {index}: '{name.replace(chr(39), chr(39) * 2)}'\n" for name, index in ids.items()]
        (out / "data.yaml").write_text("".join(["path: .\n", *head, "names:\n", *quoted]), encoding="utf-8")


def _line(class_index: int, box: Box, item: ExportItem) -> str:
    x, y = (box[0] + box[2]) / 2 / item.width, (box[1] + box[3]) / 2 / item.height
    width, height = (box[2] - box[0]) / item.width, (box[3] - box[1]) / item.height
    return f"{class_index} {x:.7f} {y:.7f} {width:.7f} {height:.7f}\n"


def _reads_as_label(path: Path) -> bool:
    with path.open("rb") as file:
        words = file.readline(4096).split()
    try:
        return len(words) >= 5 and int(words[0]) >= 0 and all(math.isfinite(float(word)) for word in words[1:])
    except ValueError:
        return False


class _Layout:
    """Where the pictures, their label files and the class names are."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.index = PictureIndex(root)
        files = list(walk_files(root))
        self.texts = {
            path.lower(): path
            for path in files
            if path.lower().endswith(".txt") and PurePosixPath(path).name.lower() not in NO_LABELS
        }
        self.yaml = _read_yaml(root, files)
        self.names_file, self.names = self._find_names(files)
        self.folders = self._label_folders()
        self.labels: dict[str, str] = {}
        for picture in self.index.paths:
            label = self._label_of(picture)
            if label is not None:
                self.labels[picture] = label

    def _label_folders(self) -> list[str]:
        present = {part.lower() for path in self.texts for part in PurePosixPath(path).parts[:-1]}
        known = [name for name in LABEL_FOLDERS if name in present]
        return known + sorted(name for name in present if name.startswith("label") and name not in known)

    def _label_of(self, picture: str) -> str | None:
        path = PurePosixPath(picture)
        beside = self.texts.get(str(path.with_suffix(".txt")).lower())
        if beside is not None:
            return beside
        parts = path.with_suffix(".txt").parts
        for folder in self.folders:
            for depth, part in enumerate(parts[:-1]):
                if part.lower().startswith(("image", "img", "jpegimages")):
                    found = self.texts.get("/".join((*parts[:depth], folder, *parts[depth + 1 :])).lower())
                    if found is not None:
                        return found
            found = self.texts.get("/".join((folder, parts[-1])).lower())
            if found is not None:
                return found
        return None

    def _find_names(self, files: list[str]) -> tuple[str | None, dict[int, str]]:
        if self.yaml.names:
            return "data.yaml", self.yaml.names
        wanted = ("classes.txt", "classes_detect.txt", "obj.names", "labels.txt", "_darknet.labels")
        named = [path for want in wanted for path in files if PurePosixPath(path).name.lower() == want]
        named += [path for path in files if path.lower().endswith(".names")]
        for path in named:
            if (self.root / path).stat().st_size > MAX_NAMES_BYTES:
                continue
            names = parse_names((self.root / path).read_text(encoding="utf-8", errors="replace"))
            if names:
                return path, names
        return None, {}

    def orphans(self) -> list[str]:
        """Label files in the label folders in use, or among pictures, that belong to no picture."""
        used = set(self.labels.values())
        homes = {str(PurePosixPath(path).parent) for path in used}
        return [path for path in self.texts.values() if path not in used and str(PurePosixPath(path).parent) in homes]

    def split_of(self, picture: str) -> str | None:
        return split_in_path(picture) or self._listed().get(PurePosixPath(picture).name)

    def _listed(self) -> dict[str, str]:
        """Splits from the lists of picture names (train.txt, valid.txt, …), once."""
        if not hasattr(self, "_lists"):
            self._lists: dict[str, str] = {}
            for stem, split in (("train", "train"), ("val", "val"), ("valid", "val"), ("test", "test")):
                path = self.texts.get(f"{stem}.txt")
                if path is None or _reads_as_label(self.root / path):
                    continue
                for line in (self.root / path).read_text(encoding="utf-8", errors="replace").splitlines():
                    if line.strip():
                        self._lists[PurePosixPath(line.strip().replace("\\", "/")).name] = split
        return self._lists


def _read_yaml(root: Path, files: list[str]) -> DataYaml:
    for path in files:
        if path.lower().endswith((".yaml", ".yml")) and (root / path).stat().st_size < 2**20:
            parsed = parse_data_yaml((root / path).read_text(encoding="utf-8", errors="replace"))
            if parsed.names:
                return parsed
    return DataYaml()


class _Reader:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.layout = _Layout(root)
        self.result = SourceSet(classes=[name for _, name in sorted(self.layout.names.items())])
        self.report = Report(self.result)

    def read(self) -> SourceSet:
        layout = self.layout
        layout.index.report_masks(self.report)
        if not layout.names:
            reason = "there is no data.yaml, classes.txt or obj.names; classes are called by their number"
            self.report.notice("", None, "names", "no_class_names", reason)
        for picture in layout.index.paths:
            label = layout.labels.get(picture)
            size = read_size(self.root / picture) if label else None
            objects: list[SourceObject] = []
            before = self.result.boxes_read
            if label is not None:
                objects = self._read_label(label, size)
            # A file all of whose lines were refused does not say that the picture is empty.
            labelled = label is not None and (bool(objects) or self.result.boxes_read == before)
            things = self.report.drop_repeats(objects, label or picture)
            self.result.images.append(SourceImage(picture, layout.split_of(picture), things, labelled))
        for orphan in layout.orphans():
            self.report.refuse(orphan, None, None, "missing_image", "there is no picture for this label file")
        if not layout.names:
            found = {one.class_name for image in self.result.images for one in image.objects}
            self.result.classes = sorted(found, key=int)
        return self.result

    def _read_label(self, path: str, size: tuple[int, int] | None) -> list[SourceObject]:
        full = self.root / path
        if full.stat().st_size > MAX_LABEL_BYTES:
            self.report.refuse(path, None, None, "file_too_large", "label files above 16 MiB are not read")
            return []
        objects = []
        text = full.read_bytes().decode("utf-8-sig", errors="replace")
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip():
                self.result.boxes_read += 1
                found = self._read_line(path, number, line.split(), size)
                if found is not None:
                    objects.append(found)
        return objects

    def _read_line(self, path: str, number: int, words: list[str], size: tuple[int, int] | None) -> SourceObject | None:
        name = self._class_name(path, number, words[0])
        if name is None:
            return None
        values: list[float] = []
        for column, word in enumerate(words[1:], start=2):
            try:
                values.append(float(word))
            except ValueError:
                self.report.refuse(path, number, f"column {column}", "bad_number", f"“{word[:40]}” is not a number")
                return None
        relative = self._relative_box(path, number, values)
        if relative is None:
            return None
        if size is None:  # the picture is unreadable and will be refused by itself, with this label
            return None
        width, height = size
        box = (relative[0] * width, relative[1] * height, relative[2] * width, relative[3] * height)
        taken = self.report.take_box(box, size, (path, number, "box"))
        score = values[4] if len(values) == 5 and 0 <= values[4] <= 1 else None
        return SourceObject(name, taken, score) if taken is not None else None

    def _class_name(self, path: str, number: int, word: str) -> str | None:
        try:
            index = int(word)
        except ValueError:
            index = -1
        if index < 0 or (self.layout.names and index not in self.layout.names):
            known = f"; {self.layout.names_file} has {len(self.layout.names)} classes" if self.layout.names else ""
            self.report.refuse(
                path, number, "class", "unknown_class", f"“{word[:40]}” is not the number of a class{known}"
            )
            return None
        return self.layout.names.get(index, str(index))

    def _relative_box(self, path: str, number: int, values: list[float]) -> Box | None:
        if len(values) < 4 or (len(values) > 5 and len(values) % 2):
            reason = (
                f"a line has a class and 4 numbers (5 with a score, or the points of an outline), not {len(values)}"
            )
            self.report.refuse(path, number, None, "bad_line", reason)
            return None
        if not all(math.isfinite(value) for value in values):
            self.report.refuse(path, number, "box", "bad_number", "a number is not finite")
            return None
        if max(abs(value) for value in values[:4]) > 2:
            reason = "the numbers are pixels, but must be shares of the picture's width and height (0 to 1)"
            self.report.refuse(path, number, "box", "not_relative", reason)
            return None
        if len(values) > 5:
            xs, ys = values[0::2], values[1::2]
            self.report.notice(path, number, "box", "outline", "an outline was taken as the box around it")
            return (min(xs), min(ys), max(xs), max(ys))
        x, y, width, height = values[:4]
        return (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
