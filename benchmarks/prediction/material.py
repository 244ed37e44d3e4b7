"""The pictures and the network of the prediction benchmark, and how good the network's files are on them."""

from __future__ import annotations

import json
import os
import shutil
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from annotator.core.scenes.road import CLASSES, draw_scene
from compression.core.snapshot import SPLITS, SnapshotItem
from prelabel.core.base_models import BASE_MODELS

TASK = "object_detection"
WIDTH, HEIGHT = 1280, 720
FIRST_SEED = 900_000  # below those that the shipped model was trained on
SHOW = 0.25  # from where on a box is counted, as in the product
STRIDE = 32
_CALIBRATE_ON = 32


@dataclass(frozen=True)
class Pictures:
    """What is predicted, what it is called, and what an int8 file may be calibrated on."""

    items: list[SnapshotItem]
    classes: tuple[str, ...]
    to_calibrate: list[Path]


@dataclass(frozen=True)
class Network:
    """One trained network as two artifacts and as Ultralytics' checkpoint; ``size`` is the long side of its input."""

    fp32: Path
    int8: Path
    checkpoint: Path
    size: int


def drawn_pictures(folder: Path, count: int) -> Pictures:
    """Road scenes of 1280 x 720 as JPEGs; those that are there already are kept."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = count + _CALIBRATE_ON
    with ProcessPoolExecutor(os.cpu_count() or 1) as pool:
        items = list(pool.map(_drawn, [folder] * wanted, range(FIRST_SEED, FIRST_SEED + wanted), chunksize=4))
    return Pictures(items[:count], CLASSES, [item.path for item in items[count:]])


def _drawn(folder: Path, seed: int) -> SnapshotItem:
    path, truth = folder / f"{seed}.jpg", folder / f"{seed}.json"
    if not truth.exists():
        scene = draw_scene(seed, WIDTH, HEIGHT)
        scene.image.save(path, "JPEG", quality=90)
        truth.write_text(json.dumps(scene.objects))
    objects = tuple((CLASSES.index(name), tuple(box)) for name, box in json.loads(truth.read_text()))
    return SnapshotItem(seed, path, WIDTH, HEIGHT, objects)


def labelled_pictures(data: Path, out: Path, count: int) -> Pictures:
    """At most ``count`` JPEGs of a labelled folder, test before val before train."""
    from benchmarks.frozen import freeze_folder

    snapshot = freeze_folder(data, out, TASK)
    items = [item for split in reversed(SPLITS) for item in snapshot.items[split]]
    items = [item for item in items if item.path.suffix.lower() in {".jpg", ".jpeg"}][:count]
    if not items:
        raise SystemExit(f"{data} holds no labelled JPEG")
    judged = {item.item_id for item in items}
    spare = [item.path for item in snapshot.items["train"] if item.item_id not in judged]
    return Pictures(items, snapshot.classes, spare[:_CALIBRATE_ON])


def network_of(trained: Path | None, out: Path, pictures: Pictures, size: int) -> Network:
    """The network of a trained folder, or the one that ships, for pictures of this shape at ``size`` px a long side."""
    from compression.core.quantization.calibration import observe_parent
    from compression.core.quantization.variant import Variant, write_variant
    from compression.core.vendor.yolo import network as networks
    from compression.core.vendor.yolo.exporting import export_onnx

    given = trained or BASE_MODELS["winnow-road"].folder
    assert given is not None
    fp32 = export_onnx(_shaped(given, out / "trained", pictures.items[0], size), out / "fp32")
    seen = pictures.to_calibrate or [item.path for item in pictures.items[:_CALIBRATE_ON]]
    variant = Variant("percentile", calibration="percentile")
    int8 = write_variant(fp32, out / "int8", variant, observe_parent(fp32, seen))
    network, _ = networks.load(given)
    return Network(fp32, int8, _checkpoint(network, out / "net.pt", size), size)


def _shaped(trained: Path, out: Path, like: SnapshotItem, size: int) -> Path:
    """The trained folder with an input that holds a picture like this one, as Ultralytics letterboxes it."""
    out.mkdir(parents=True, exist_ok=True)
    for name in ("weights.safetensors", "architecture.json"):
        shutil.copyfile(trained / name, out / name)
    arch = json.loads((trained / "architecture.json").read_text())["arch"]
    ratio = size / max(like.width, like.height)
    shape = [max(1, -(-round(side * ratio) // STRIDE)) * STRIDE for side in (like.width, like.height)]
    (out / "training.json").write_text(json.dumps({"arch": arch, "input_shape": shape}))
    return out


def _checkpoint(network: Any, path: Path, size: int) -> Path:
    import torch
    from ultralytics.nn.tasks import DetectionModel

    network.__class__ = DetectionModel  # Ultralytics' own, without what training here adds
    torch.save({"model": network, "train_args": {"task": "detect", "imgsz": size}}, path)
    return path


def judge(artifact: Path, pictures: Pictures, *, whole: bool = False) -> tuple[float, float, float]:
    """(mAP50, mAP50-95, shown boxes a picture); ``whole``: pictures are decoded at full size."""
    from prelabel.core.metric import Truth
    from prelabel.core.metrics import metric_for
    from prelabel.core.predictors import load_predictor
    from prelabel.core.preprocess import decode_upright

    predictor: Any = load_predictor(artifact, floor=0.01)
    names = list(predictor.classes)
    guesses = []
    for item in pictures.items:
        picture = decode_upright(item.path) if whole else predictor.decode(item.path)
        guesses.append(predictor.predict_one(picture))
    known = {index: names.index(name) for index, name in enumerate(pictures.classes) if name in names}
    truths = [[Truth(box, known[index]) for index, box in item.objects if index in known] for item in pictures.items]
    metrics = metric_for(TASK).load()(guesses, truths, len(names))
    shown = sum(one.score >= SHOW for found in guesses for one in found) / len(guesses)
    return float(metrics["map50"]), float(metrics["map5095"]), shown


def sizes(pictures: Pictures) -> list[tuple[int, int]]:
    """Of the upright pictures."""
    return [(item.width, item.height) for item in pictures.items]


def mean_kib(pictures: Pictures) -> float:
    """Of the files."""
    return sum(item.path.stat().st_size for item in pictures.items) / len(pictures.items) / 1024


def first_size(pictures: Pictures) -> str:
    """Width x height of the first one, for the report."""
    with Image.open(pictures.items[0].path) as picture:
        return f"{picture.width} x {picture.height}"
