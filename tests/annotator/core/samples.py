"""Small data sets written on the spot, for tests that must run where the shared data is absent."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from random import Random

from PIL import Image


def picture_bytes(seed: int = 0, size: tuple[int, int] = (64, 48), kind: str = "JPEG", exif: bytes = b"") -> bytes:
    """A picture of random blocks: no two seeds are near-duplicates."""
    rng = Random(seed)
    small = Image.frombytes("RGB", (9, 8), rng.randbytes(9 * 8 * 3))
    buffer = BytesIO()
    options = {"exif": exif} if exif else {}
    small.resize(size, Image.Resampling.NEAREST).save(buffer, kind, **options)
    return buffer.getvalue()


def write_picture(path: Path, seed: int = 0, size: tuple[int, int] = (64, 48), kind: str = "JPEG") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(picture_bytes(seed, size, kind))
    return path


def voc_xml(name: str, boxes: list[tuple[str, float, float, float, float]], size: tuple[int, int] = (64, 48)) -> str:
    """One object on four lines, so that line numbers are easy to tell: the first bndbox is on line 6."""
    objects = "".join(
        f"<object>\n<name>{label}</name>\n<bndbox><xmin>{x1}</xmin><ymin>{y1}</ymin>"
        f"<xmax>{x2}</xmax><ymax>{y2}</ymax></bndbox>\n</object>\n"
        for label, x1, y1, x2, y2 in boxes
    )
    head = f"<size><width>{size[0]}</width><height>{size[1]}</height></size>"
    return f"<annotation>\n<filename>{name}</filename>\n{head}\n{objects}</annotation>\n"


def write_voc(root: Path, count: int = 6, boxes: list[tuple[str, float, float, float, float]] | None = None) -> Path:
    """``count`` pictures with the same boxes each, in VOC's layout without splits."""
    things = boxes if boxes is not None else [("cat", 4, 5, 20, 30), ("dog", 30, 10, 60, 40)]
    (root / "Annotations").mkdir(parents=True, exist_ok=True)
    for index in range(count):
        write_picture(root / "JPEGImages" / f"p{index}.jpg", seed=index)
        (root / "Annotations" / f"p{index}.xml").write_text(voc_xml(f"p{index}.jpg", things))
    return root


def write_coco(root: Path, content: dict[str, object], names: list[str]) -> Path:
    for index, name in enumerate(names):
        write_picture(root / name, seed=index)
    (root / "labels.json").write_text(json.dumps(content))
    return root
