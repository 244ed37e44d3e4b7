"""A labelled folder as a frozen snapshot, without the product around it: what trainers and steps read."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

from annotator.core.formats import sniff
from compression.core.snapshot import Snapshot, materialize


def freeze_folder(data: Path, out: Path, task_type: str) -> Snapshot:
    """Read ``data`` in whatever format it is and lay it out under ``out``; splits are those of the source."""
    source = sniff(data).read(data)
    classes = list(source.classes)
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
                "objects": [{"class_id": class_id[one.class_name], "bbox": one.bbox} for one in image.objects],
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


def data_hash(snapshot: Snapshot) -> str:
    """Hex sha256 of everything that the snapshot trains and judges by."""
    return hashlib.sha256((snapshot.root / "manifest.json").read_bytes()).hexdigest()
