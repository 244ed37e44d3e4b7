"""A toy data set of drawn scenes and what a very small network learns of it in seconds."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from annotator.core.scenes.road import CLASSES, draw_scene
from compression.core.snapshot import Snapshot, materialize
from compression.core.trainer import Trained, TrainRequest

WIDTH, HEIGHT = 160, 96
SPLITS = {"train": 16, "val": 4, "test": 6}


def draw_manifest(blobs: Path, splits: dict[str, int] = SPLITS, first_seed: int = 50) -> dict[str, Any]:
    """A version's manifest of small scenes, their pictures under ``blobs``."""
    blobs.mkdir(parents=True, exist_ok=True)
    items, seed = [], first_seed
    for split, count in splits.items():
        for _ in range(count):
            scene = draw_scene(seed, WIDTH, HEIGHT)
            data = io.BytesIO()
            scene.image.save(data, "JPEG", quality=90)
            sha256 = hashlib.sha256(data.getvalue()).hexdigest()
            (blobs / sha256).write_bytes(data.getvalue())
            objects = [{"class_id": CLASSES.index(name) + 11, "bbox": list(box)} for name, box in scene.objects]
            items.append(
                {
                    "item_id": seed,
                    "sha256": sha256,
                    "name": f"scene-{seed}.jpg",
                    "width": WIDTH,
                    "height": HEIGHT,
                    "split": split,
                    "objects": objects,
                }
            )
            seed += 1
    classes = [{"id": index + 11, "name": name} for index, name in enumerate(CLASSES)]
    return {"schema": 1, "task_type": "object_detection", "classes": classes, "items": items}


def shapes_manifest(blobs: Path, per_class: dict[str, int]) -> dict[str, Any]:
    """A classification manifest of plainly different pictures: red discs and blue squares."""
    from PIL import Image, ImageDraw

    blobs.mkdir(parents=True, exist_ok=True)
    items: list[dict[str, Any]] = []
    for split, count in per_class.items():
        for number in range(count):
            for class_id, colour in ((31, (220, 40, 40)), (32, (40, 60, 220))):
                image = Image.new("RGB", (80, 64), (90, 120, 60 + len(items) % 120))  # no two alike
                x, y = 5 + number * 7 % 30, 4 + number * 5 % 20
                shape = ImageDraw.Draw(image)
                (shape.ellipse if class_id == 31 else shape.rectangle)((x, y, x + 36, y + 36), fill=colour)
                data = io.BytesIO()
                image.save(data, "PNG")
                sha256 = hashlib.sha256(data.getvalue()).hexdigest()
                (blobs / sha256).write_bytes(data.getvalue())
                items.append(
                    {
                        "item_id": len(items) + 1,
                        "sha256": sha256,
                        "name": f"{len(items)}.png",
                        "width": 80,
                        "height": 64,
                        "split": split,
                        "objects": [{"class_id": class_id}],
                    }
                )
    classes = [{"id": 31, "name": "disc"}, {"id": 32, "name": "square"}]
    return {"schema": 1, "task_type": "image_classification", "classes": classes, "items": items}


def masks_manifest(blobs: Path, splits: dict[str, int]) -> dict[str, Any]:
    """A segmentation manifest of drawn scenes: sky above, ground below, a disc on it; the left edge is unlabelled."""
    import numpy as np
    from PIL import Image

    from annotator.core.masks import masks_of

    blobs.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(7)
    colours = np.array([[150, 190, 240], [90, 90, 80], [210, 60, 40]])
    items: list[dict[str, Any]] = []
    width, height = 96, 64
    ys, xs = np.mgrid[:height, :width]
    for split, count in splits.items():
        for _ in range(count):
            horizon, x, y = random.integers(16, 40), random.integers(16, 80), random.integers(20, 52)
            classes = (ys >= horizon).astype(np.uint8)
            classes[(xs - x) ** 2 + (ys - y) ** 2 < 14**2] = 2
            pixels = colours[classes] + random.normal(0, 12, (height, width, 3))
            classes[:, :4] = 255
            data = io.BytesIO()
            Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(data, "PNG")
            sha256 = hashlib.sha256(data.getvalue()).hexdigest()
            (blobs / sha256).write_bytes(data.getvalue())
            masks = masks_of(Image.fromarray(classes))
            items.append(
                {
                    "item_id": len(items) + 1,
                    "sha256": sha256,
                    "name": f"{len(items)}.png",
                    "width": width,
                    "height": height,
                    "split": split,
                    "objects": [{"class_id": 41 + value, "rle": rle} for value, rle in masks.items()],
                }
            )
    classes_json = [{"id": 41, "name": "sky"}, {"id": 42, "name": "ground"}, {"id": 43, "name": "disc"}]
    return {"schema": 1, "task_type": "semantic_segmentation", "classes": classes_json, "items": items}


@pytest.fixture(scope="session")
def toy_snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """Small road scenes, laid out for training."""
    root = tmp_path_factory.mktemp("toy")
    return materialize(draw_manifest(root / "blobs"), root / "snapshot", lambda sha256: root / "blobs" / sha256)


@pytest.fixture(scope="session")
def toy_request(toy_snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., TrainRequest]:
    """Makes requests for the smallest network on the toy set."""

    def make(**fields: Any) -> TrainRequest:
        workdir = fields.pop("workdir", None) or tmp_path_factory.mktemp("training")
        given = {"epochs": 3, "image_size": WIDTH, "batch": 8, "seed": 3, **fields}
        return TrainRequest(snapshot=toy_snapshot, workdir=workdir, arch="yolo11t", **given)

    return make


@pytest.fixture(scope="session")
def trained(toy_request: Callable[..., TrainRequest]) -> Trained:
    """A toy detector, really trained."""
    from compression.core.trainers import load_trainer

    return load_trainer("yolo").train(toy_request())


@pytest.fixture(scope="session")
def fp32(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its ONNX artifact."""
    from compression.core.trainers import load_trainer

    return load_trainer("yolo").export(trained, tmp_path_factory.mktemp("fp32"))
