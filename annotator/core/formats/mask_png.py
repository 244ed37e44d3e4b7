"""Pictures with an index PNG each, whose pixel values are classes; names in classes.txt or in CVAT's labelmap.txt."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from PIL import Image, ImageChops

from annotator.core.format import (
    ExportItem,
    NameMaker,
    Report,
    SourceImage,
    SourceObject,
    SourceSet,
    place_picture,
    safe_file_name,
    split_in_path,
    walk_files,
    walk_pictures,
)
from annotator.core.masks import UNLABELLED, masks_of, paint, palette
from annotator.core.picture import MAX_PIXELS, read_size

# Names of folders that hold masks. “train” beside “trainannot” is how CamVid comes.
_MASK_FOLDER = re.compile(
    r"(masks?|labels?|annot(ation)?s?|segmentationclass|segmentation|gt)|.+[a-z0-9][-_]?(annot|masks?)"
)
_NAME_FILES = ("classes.txt", "labels.txt", "label_names.txt", "class_names.txt")
_COLOUR_FILES = ("labelmap.txt",)
# Classes of these names mean that nobody said what is there.
_UNLABELLED_NAMES = frozenset({"unlabelled", "unlabeled", "void", "ignore", "ignored"})
_MAX_CLASSES = 255
_MAX_NAME_FILE = 2**20


class MaskPng:
    """images/train/1.jpg with masks/train/1.png, train/1.png with trainannot/1.png, or the like."""

    slug = "mask_png"
    label = "Pictures with mask PNGs"
    task_types = {"semantic_segmentation"}
    extensions: tuple[str, ...] = (".png",)

    def sniff(self, root: Path) -> float:
        pairs = _Pairs(root)
        first = next((mask for mask in pairs.masks if pairs.picture_of(mask)), None)
        return 0.7 if first is not None and _is_index_picture(root / first) else 0.0

    def read(self, root: Path) -> SourceSet:
        return _Reader(root).read()

    def write(self, out: Path, items: Iterable[ExportItem], classes: list[str]) -> None:
        """images/<split>/, masks/<split>/ and classes.txt; value n is line n from 0, 255 is unlabelled."""
        if len(classes) > _MAX_CLASSES:
            raise ValueError(f"a mask PNG holds at most {_MAX_CLASSES} classes, not {len(classes)}")
        ids = {name: index for index, name in enumerate(classes)}
        names = NameMaker()
        out.mkdir(parents=True, exist_ok=True)
        (out / "classes.txt").write_text("".join(f"{_one_line(name)}\n" for name in classes), encoding="utf-8")
        for item in items:
            # Masks find their pictures by the stem, so the stem must be there once, whatever the extension.
            suffix = PurePosixPath(item.name).suffix
            stem = names.make(safe_file_name(item.name).removesuffix(suffix), item.split)
            layers = [(ids[thing.class_name], thing.mask) for thing in item.objects if thing.mask is not None]
            mask = paint(layers, item.width, item.height)
            mask.putpalette([*palette(_MAX_CLASSES), 0, 0, 0])
            target = out / "masks" / item.split / f"{stem}.png"
            target.parent.mkdir(parents=True, exist_ok=True)
            mask.save(target, "PNG")
            if item.image_path is not None:
                place_picture(item.image_path, out / "images" / item.split / f"{stem}{suffix}")


class _Pairs:
    """Which PNGs are masks, and of which pictures."""

    def __init__(self, root: Path) -> None:
        found = sorted(walk_pictures(root))
        self.masks = [path for path in found if path.lower().endswith(".png") and _mask_part(path) is not None]
        known = set(self.masks)
        self.pictures = [path for path in found if path not in known]
        self._by_stem: dict[str, list[str]] = {}
        for path in self.pictures:
            self._by_stem.setdefault(PurePosixPath(path).stem.lower(), []).append(path)

    def picture_of(self, mask: str) -> str | None:
        """The picture of the same stem in the folder that the mask's stands beside, else the only one of that stem."""
        hits = self._by_stem.get(PurePosixPath(mask).stem.lower(), [])
        folders = _picture_folders(mask)
        beside = [hit for hit in hits if str(PurePosixPath(hit).parent).lower() in folders]
        if beside:
            return beside[0]
        return hits[0] if len(hits) == 1 else None


def _mask_part(path: str) -> int | None:
    """Which part of the path says that masks lie there."""
    parts = PurePosixPath(path).parts[:-1]
    return next((i for i, part in enumerate(parts) if _MASK_FOLDER.fullmatch(part.lower())), None)


def _picture_folders(mask: str) -> set[str]:
    """Folders, in lower case, in which the picture of a mask may lie."""
    at = _mask_part(mask)
    assert at is not None
    parts = [part.lower() for part in PurePosixPath(mask).parts[:-1]]
    bare = re.sub(r"[-_]?(annot|masks?)$", "", parts[at])
    swapped = [bare, "images", "image", "img", "imgs", "jpegimages", "pictures"]
    places = [[*parts[:at], name, *parts[at + 1 :]] for name in swapped if name]
    places.append([*parts[:at], *parts[at + 1 :]])
    return {str(PurePosixPath(*place)) if place else "." for place in places}


@dataclass(frozen=True)
class _Names:
    """Class names by pixel value; ``colours`` by RGB where masks are coloured. None: values name themselves."""

    names: tuple[str, ...] | None
    colours: dict[tuple[int, int, int], int] | None = None

    def name_of(self, value: int) -> str | None:
        """None for a value that has no name."""
        if self.names is None:
            return f"class {value}"
        return self.names[value] if value < len(self.names) else None


class _Reader:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.pairs = _Pairs(root)
        self.result = SourceSet()
        self.report = Report(self.result)
        self.names = self._read_names()

    def read(self) -> SourceSet:
        if self.names.names is not None:
            self.result.classes = [name for name in self.names.names if name.lower() not in _UNLABELLED_NAMES]
        masks: dict[str, str] = {}
        for mask in self.pairs.masks:
            picture = self.pairs.picture_of(mask)
            if picture is None:
                self.report.refuse(mask, None, None, "missing_image", "there is no picture of this name")
            elif picture in masks:
                self.report.refuse(mask, None, None, "two_masks", f"“{picture}” has a mask in “{masks[picture]}”")
            else:
                masks[picture] = mask
        for picture in self.pairs.pictures:
            objects = self._objects(picture, masks[picture]) if picture in masks else ()
            split = split_in_path(picture) or (split_in_path(masks[picture]) if picture in masks else None)
            # Where every pixel is unlabelled nothing was said of the picture.
            self.result.images.append(SourceImage(picture, split, objects, bool(objects)))
        return self.result

    def _read_names(self) -> _Names:
        for path in walk_files(self.root):
            name = PurePosixPath(path).name.lower()
            if name in (*_NAME_FILES, *_COLOUR_FILES) and (self.root / path).stat().st_size <= _MAX_NAME_FILE:
                text = (self.root / path).read_text(encoding="utf-8-sig", errors="replace")
                lines = [line.strip() for line in text.splitlines()]
                return _labelmap(lines) if name in _COLOUR_FILES else _Names(_listed(lines))
        return _Names(None)

    def _objects(self, picture: str, path: str) -> tuple[SourceObject, ...]:
        image = self._open(picture, path)
        if image is None:
            return ()
        objects = []
        for value, rle in masks_of(image).items():
            name = self.names.name_of(value)
            if name is None:
                reason = f"the value {value} has no name; pixels of it were left unlabelled"
                self.report.refuse(path, None, "value", "unknown_class", reason)
                continue
            if name.lower() in _UNLABELLED_NAMES:
                continue
            if name not in self.result.classes:
                self.result.classes.append(name)
            objects.append(SourceObject(name, None, mask=str(rle["counts"])))
        return tuple(objects)

    def _open(self, picture: str, path: str) -> Image.Image | None:
        """The mask as an index picture of its picture's size; None where it is none, which is reported."""
        try:
            with warnings.catch_warnings(), Image.open(self.root / path, formats=("PNG",)) as image:
                warnings.simplefilter("ignore")
                if image.width * image.height > MAX_PIXELS:
                    raise ValueError(f"it has more than {MAX_PIXELS} pixels")
                image.load()
                found = self._as_index(image)
        except (OSError, ValueError, SyntaxError, ImportError) as error:  # ImportError: Ultralytics wraps Image.open
            self.report.refuse(path, None, None, "bad_mask", f"the mask cannot be read: {error}")
            return None
        size = read_size(self.root / picture)
        if size is not None and size != found.size:
            reason = f"the mask has {found.width} x {found.height} px, “{picture}” {size[0]} x {size[1]}"
            self.report.refuse(path, None, "size", "size_differs", reason)
            return None
        return found

    def _as_index(self, image: Image.Image) -> Image.Image:
        if self.names.colours is not None and image.mode in ("P", "RGB", "RGBA"):
            return _by_colour(image.convert("RGB"), self.names.colours)
        if image.mode in ("L", "P"):  # values, not colours: a palette only says how they are shown
            return image.copy()
        if image.mode == "1":
            return image.convert("L").point([0] * 255 + [1])
        raise ValueError(f"its pixels are {image.mode}, not 8-bit class numbers")


def _by_colour(image: Image.Image, colours: dict[tuple[int, int, int], int]) -> Image.Image:
    """Class numbers of an RGB mask. Raises ValueError for a colour that the table lacks.

    Channel by channel, since Pillow's quantize() picks a neighbour where two colours are close.
    """
    used = [colour for _, colour in image.getcolors(maxcolors=256) or () if isinstance(colour, tuple)]
    unknown = [colour for colour in used if colour not in colours]
    if unknown or not used:
        raise ValueError(f"labelmap.txt lacks its colours: {sorted(unknown)[:3] or 'there are more than 256'}")
    channels, found = image.split(), Image.new("L", image.size, UNLABELLED)
    for colour in used:
        equal = [
            channel.point([255 if level == part else 0 for level in range(256)])
            for channel, part in zip(channels, colour, strict=True)
        ]
        found.paste(
            colours[colour[0], colour[1], colour[2]],
            mask=ImageChops.darker(ImageChops.darker(equal[0], equal[1]), equal[2]),
        )
    return found


def _listed(lines: list[str]) -> tuple[str, ...]:
    while lines and not lines[-1]:
        lines.pop()
    return tuple(line or f"class {number}" for number, line in enumerate(lines))


def _labelmap(lines: list[str]) -> _Names:
    """CVAT's lines `name:r,g,b:parts:actions`; its masks are coloured."""
    names: list[str] = []
    colours: dict[tuple[int, int, int], int] = {}
    for line in lines:
        name, _, rest = line.partition(":")
        values = rest.partition(":")[0].split(",")
        if line.startswith("#") or len(values) != 3 or not all(value.strip().isdigit() for value in values):
            continue
        red, green, blue = (int(value) for value in values)
        colours[(red, green, blue)] = len(names)
        names.append(name.strip())
    return _Names(tuple(names), colours)


def _is_index_picture(path: Path) -> bool:
    try:
        with Image.open(path, formats=("PNG",)) as image:
            return image.mode in ("1", "L", "P", "RGB")
    except (OSError, ValueError, SyntaxError, ImportError):
        return False


def _one_line(name: str) -> str:
    return re.sub(r"\s+", " ", name)
