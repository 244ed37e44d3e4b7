"""The record of a training: settings, versions, data, epochs. Written last, so that its presence means finished."""

from __future__ import annotations

import json
import platform
import subprocess
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from compression.core.checkpoint import sha256_of, write_json
from compression.core.trainer import TrainRequest

_PACKAGES = ("torch", "torchvision", "ultralytics-opencv-headless", "numpy", "onnx", "onnxruntime", "safetensors")
_NAME = "training.json"


def is_finished(folder: Path) -> bool:
    """True where a training ended and left its record."""
    return (folder / _NAME).exists()


def package_versions() -> dict[str, str]:
    """Installed versions of what decides the numbers."""
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return {"python": platform.python_version(), **found}


def source_revision() -> str | None:
    """Git revision of the code, None outside a checkout."""
    here = Path(__file__).resolve().parent
    try:
        done = subprocess.run(
            ["git", "rev-parse", "HEAD"],
            cwd=here,
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None


def finish(
    folder: Path,
    request: TrainRequest,
    *,
    settings: Mapping[str, Any],
    history: Sequence[Mapping[str, Any]],
    best_epoch: int,
) -> None:
    """Write training.json into ``folder``."""
    snapshot = request.snapshot
    write_json(
        folder / _NAME,
        {
            "schema": 1,
            "arch": request.arch,
            "task_type": snapshot.task_type,
            "seed": request.seed,
            "image_size": request.image_size,
            "input_shape": list(input_shape(snapshot, request.image_size)),
            "epochs_asked": request.epochs,
            "minutes": request.minutes,
            "warm_start": request.init is not None,
            "settings": {**dict(request.options), **dict(settings)},
            "images": snapshot.counts(),
            "objects_per_class": dict(zip(snapshot.classes, snapshot.objects_per_class("train"), strict=True)),
            "packages": package_versions(),
            "revision": source_revision(),
            "weights_sha256": sha256_of(folder / "weights.safetensors"),
            "best_epoch": best_epoch,
            "history": [dict(row) for row in history],
        },
    )


def copy_record(like: Path, out: Path) -> None:
    """Give ``out`` the record of ``like``, with the hash of its own weights: made from that training, not trained."""
    stored = json.loads((like / _NAME).read_text(encoding="utf-8"))
    write_json(out / _NAME, {**stored, "weights_sha256": sha256_of(out / "weights.safetensors")})


def input_shape(snapshot: Any, image_size: int, stride: int = 32) -> tuple[int, int]:
    """(width, height) in pixels that hold every picture of the snapshot at long side ``image_size``.

    A square wastes a third of the work on 16:10 pictures; where all are landscape (or all portrait) the short side
    is cut to the smallest multiple of ``stride`` that still holds the squarest of them.
    """
    items = [item for split in snapshot.items.values() for item in split]
    long_side = -(-image_size // stride) * stride
    landscape = all(item.width >= item.height for item in items)
    portrait = all(item.height >= item.width for item in items)
    if not items or landscape == portrait:
        return long_side, long_side
    squarest = max(min(item.width, item.height) / max(item.width, item.height) for item in items)
    short_side = min(long_side, -(-round(squarest * image_size) // stride) * stride)
    return (long_side, short_side) if landscape else (short_side, long_side)
