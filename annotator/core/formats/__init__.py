"""The table of data formats: slug → object, and the guess which one a folder is."""

from __future__ import annotations

from pathlib import Path

from annotator.core.errors import BadUpload
from annotator.core.format import Format
from annotator.core.formats.coco import Coco
from annotator.core.formats.image_folder import ImageFolder
from annotator.core.formats.mask_png import MaskPng
from annotator.core.formats.pascal_voc import PascalVoc
from annotator.core.formats.yolo import Yolo

FORMATS: dict[str, Format] = {
    "coco": Coco(),
    "yolo": Yolo(),
    "pascal_voc": PascalVoc(),
    "mask_png": MaskPng(),
    "image_folder": ImageFolder(),
}


def sniff(root: Path) -> Format:
    """The format that is surest of the folder. Raises BadUpload when none knows it."""
    best = max(FORMATS.values(), key=lambda one: one.sniff(root))
    if best.sniff(root) <= 0:
        raise BadUpload(
            "no pictures and no labels that are known were found; "
            "put JPEG, PNG, WebP, BMP or TIFF files with COCO, YOLO or Pascal VOC labels, or folders named by class"
        )
    return best
