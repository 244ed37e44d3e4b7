"""A labelled folder as a frozen snapshot, without the product around it: what trainers and steps read."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

from annotator.core.format import SourceObject
from annotator.core.formats import sniff
from compression.core.snapshot import Snapshot, materialize


def freeze_folder(data: Path, out: Path, task_type: str, void: str | None = None) -> Snapshot:
    """Read ``data`` in whatever format it is and lay it out under ``out``; splits are those of the source.

    ``void`` names a class that stands for unlabelled pixels: they neither train nor count.
    """
    source = sniff(data).read(data)
    classes = [name for name in source.classes if name != void]
    class_id = {name: index for index, name in enumerate(classes)}
    items: list[dict[str, Any]] = []
    paths: dict[str, Path] = {}
    for number, image in enumerate(sorted((one for one in source.images if one.labelled), key=lambda one: one.path)):
        path = data / image.path
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        paths[digest] = path
        with Image.open(path) as picture:
            width, height = ImageOps.exif_transpose(picture).size
        items.append(
            {
                "item_id": number + 1,
                "sha256": digest,
                "name": Path(image.path).name,
                "width": width,
                "height": height,
                "split": image.split or "train",
                "objects": [_object(one, class_id, (height, width)) for one in image.objects if one.class_name != void],
            }
        )
    manifest = {
        "task_type": task_type,
        "classes": [{"id": index, "name": name} for name, index in class_id.items()],
        "items": items,
    }
    out.mkdir(parents=True, exist_ok=True)
    (out / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")
    return materialize(manifest, out, paths.__getitem__)


def _object(one: SourceObject, class_id: dict[str, int], size: tuple[int, int]) -> dict[str, Any]:
    found: dict[str, Any] = {"class_id": class_id[one.class_name], "bbox": one.bbox}
    return found | ({"rle": {"size": list(size), "counts": one.mask}} if one.mask is not None else {})


def data_hash(snapshot: Snapshot) -> str:
    """Hex sha256 of everything that the snapshot trains and judges by."""
    return hashlib.sha256((snapshot.root / "manifest.json").read_bytes()).hexdigest()
