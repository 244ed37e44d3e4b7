"""The record of a training: settings, versions, data, epochs. Written last, so that its presence means finished."""

from __future__ import annotations

import hashlib
import json
import platform
import subprocess
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from annotator.core.errors import Unprocessable
from compression.core.snapshot import SPLITS, Snapshot
from compression.core.trainer import Teacher, TrainRequest
from compression.core.training.checkpoint import sha256_of, write_json

_PACKAGES = (
    "torch", "torchvision", "torch-pruning", "ultralytics-opencv-headless", "opencv-python-headless", "numpy", "pillow",
    "onnx", "onnxruntime", "safetensors",
)  # fmt: skip
_NAME, _WEIGHTS = "training.json", "weights.safetensors"
LEARNED = 0.1  # mAP50 on val from where on a class counts as learned: what was taught a little has .3 and more
_AS_ASKED = ("batch", "device", "threads", "options", "quantization_aware", "keep_start")


def is_finished(folder: Path) -> bool:
    """True where a training ended and left its record."""
    return (folder / _NAME).exists()


def is_derived(folder: Path) -> bool:
    """True where weights were changed after the training that the record tells of: cut, masked, resized."""
    path = folder / _NAME
    return path.exists() and "derived_from" in json.loads(path.read_text(encoding="utf-8"))


def unlearned_classes(folder: Path) -> set[str]:
    """Classes that the record of a training says its model cannot find: it was shown none of them, or val says so.

    Empty where the record is absent or older than what it would have to tell.
    """
    path = folder / _NAME
    record = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    shown, found = record.get("objects_per_class", {}), record.get("val_map50", {})
    return {name for name, count in shown.items() if not count} | {name for name, ap in found.items() if ap < LEARNED}


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
    config: Mapping[str, Any] | None = None,
    resumed: Sequence[int] = (),
    val_map50: Mapping[str, float] | None = None,
) -> None:
    """Write training.json into ``folder``.

    ``settings`` are the trainer's choices, ``config`` all that its library was told, ``resumed`` the epochs after which
    a later try went on (such a training draws other random numbers from there on); ``val_map50`` 0..1 at the best epoch
    of each class that val has.
    """
    snapshot = request.snapshot
    write_json(
        folder / _NAME,
        {
            "schema": 2,
            "arch": request.arch,
            "task_type": snapshot.task_type,
            "seed": request.seed,
            "image_size": request.image_size,
            "input_shape": list(input_shape(snapshot, request.image_size)),
            "epochs_asked": request.epochs,
            "minutes": request.minutes,
            "warm_start": request.init is not None,
            "settings": {**dict(request.options), **dict(settings)},
            "request": _request_record(request),
            "config": dict(config or {}),
            "images": snapshot.counts(),
            "objects_per_class": dict(zip(snapshot.classes, snapshot.objects_per_class("train"), strict=True)),
            "data_sha256": data_sha256(snapshot),
            "packages": package_versions(),
            "revision": source_revision(),
            "weights_sha256": sha256_of(folder / _WEIGHTS),
            "best_epoch": best_epoch,
            "val_map50": {name: round(value, 4) for name, value in (val_map50 or {}).items()},
            "resumed": list(resumed),
            "history": [dict(row) for row in history],
        },
    )


def _request_record(request: TrainRequest) -> dict[str, Any]:
    """What was asked for, folders by the hash of the weights in them."""
    teacher = request.teacher
    weights = (teacher.temperature, teacher.hard, teacher.soft, teacher.feature) if teacher else ()
    return {
        "batch": request.batch,
        "device": request.device,
        "threads": request.threads,
        "options": dict(request.options),
        "init_sha256": sha256_of(request.init / _WEIGHTS) if request.init else None,
        "teacher_sha256": sha256_of(teacher.folder / _WEIGHTS) if teacher else None,
        "teacher": dict(zip(("temperature", "hard", "soft", "feature"), weights, strict=True)) if teacher else None,
        "quantization_aware": request.quantization_aware,
        "keep_start": request.keep_start,
    }


def data_sha256(snapshot: Snapshot) -> str:
    """One hash over classes, splits, pictures and truth: equal only where a training sees the same data."""
    digest = hashlib.sha256(json.dumps([snapshot.task_type, list(snapshot.classes)]).encode())
    for split in SPLITS:
        for item in snapshot.items.get(split, ()):
            mask = getattr(item, "mask", None)
            files = [sha256_of(path) for path in (item.path, mask) if path is not None]
            digest.update(json.dumps([split, item.item_id, item.width, item.height, item.objects, files]).encode())
    return digest.hexdigest()


def repeat(
    trained: Path, snapshot: Snapshot, workdir: Path, *, init: Path | None = None, teacher: Path | None = None
) -> TrainRequest:
    """The request that makes the training in ``trained`` again, given the same data, start and teacher.

    On the same device, threads and package versions the weights come out equal. A training that was cut by its minutes
    is repeated for as many epochs as it had, whose learning rates may differ. Raises Unprocessable where something
    given is not what was used.
    """
    record = json.loads((trained / _NAME).read_text(encoding="utf-8"))
    asked = record.get("request")
    if asked is None or is_derived(trained):
        raise Unprocessable("This model has no record of a training of its own to repeat.", field="training.json")
    if data_sha256(snapshot) != record["data_sha256"]:
        raise Unprocessable("This dataset version is not the one that the model was trained on.", field="snapshot")
    for name, folder in (("init", init), ("teacher", teacher)):
        if (sha256_of(folder / _WEIGHTS) if folder else None) != asked[f"{name}_sha256"]:
            raise Unprocessable(f"The {name} is not the one that the training used.", field=name)
    described = json.loads((trained / "architecture.json").read_text(encoding="utf-8"))
    last = max((int(row["epoch"]) for row in record["history"]), default=0)
    return TrainRequest(
        snapshot=snapshot,
        workdir=workdir,
        arch=record["arch"],
        architecture=described if described.get("widths") else None,
        init=init,
        teacher=Teacher(folder=teacher, **asked["teacher"]) if teacher else None,
        epochs=last if record["minutes"] else int(record["epochs_asked"]),
        image_size=int(record["image_size"]),
        seed=int(record["seed"]),
        **{name: asked[name] for name in _AS_ASKED},
    )


def copy_record(like: Path, out: Path) -> None:
    """Give ``out`` the record of ``like``, with the hash of its own weights: made from that training, not trained."""
    stored = json.loads((like / _NAME).read_text(encoding="utf-8"))
    own = {"weights_sha256": sha256_of(out / _WEIGHTS), "derived_from": stored.get("weights_sha256")}
    write_json(out / _NAME, {**stored, **own})


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
