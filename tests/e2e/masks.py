"""Segmentation projects for the browser tests: frames of CamVid, and drawn scenes, which may be published."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from annotator import storage
from annotator.core.geometry import Box
from annotator.core.masks import UNLABELLED, masks_of
from annotator.models import Dataset, Item, PredictionSource
from annotator.services import projects
from prelabel.services.predictions import Guessed, store_predictions
from tests.e2e.street import Street, drawn

CAMVID = Path(__file__).resolve().parents[3] / "shared" / "data" / "camvid" / "val"
CAMVID_CLASSES = (
    "sky", "building", "pole", "road", "pavement", "tree", "sign", "fence", "car", "pedestrian", "bicyclist",
)  # fmt: skip
DRAWN_CLASSES = (("sky", "天空"), ("road", "道路"), ("vehicle", "车辆"), ("pedestrian", "行人"))

Picture = tuple[str, Image.Image, np.ndarray]


def camvid_pictures(count: int = 2) -> list[Picture]:
    """(name, frame, class map); empty where the data is not."""
    found = []
    for path in sorted(CAMVID.glob("*.png"))[:count]:
        values = np.array(Image.open(CAMVID.parent / "valannot" / path.name))
        values[values == len(CAMVID_CLASSES)] = UNLABELLED
        found.append((path.name, Image.open(path).convert("RGB"), values))
    return found


def drawn_pictures(seeds: Sequence[int] = (302, 68)) -> list[Picture]:
    """Scenes of which sky, road, vehicles and people are known roughly, as a model would."""
    return [(f"scene-{seed}.png", drawn(seed).image.convert("RGB"), _rough_map(seed)) for seed in seeds]


def _rough_map(seed: int) -> np.ndarray:
    scene = drawn(seed)
    pixels = np.asarray(scene.image.convert("RGB")).astype(int)
    red, green, blue = pixels[..., 0], pixels[..., 1], pixels[..., 2]
    rows = np.arange(pixels.shape[0])[:, None]
    values = np.full(pixels.shape[:2], UNLABELLED, np.uint8)
    values[(blue - red > 25) & (rows < 178)] = 0
    grey = (abs(red - green) < 9) & (abs(blue - green) < 9) & (rows > 200)
    values[np.maximum.accumulate(grey, 1) & np.maximum.accumulate(grey[:, ::-1], 1)[:, ::-1]] = 1
    for name, box in scene.objects:
        if name in ("vehicle", "pedestrian"):
            values[_rounded(box, values.shape)] = 2 if name == "vehicle" else 3
    return values


def _rounded(box: Box, shape: tuple[int, ...]) -> np.ndarray:
    """A box with round corners, as |x|⁴ + |y|⁴ < 1."""
    ys, xs = np.mgrid[: shape[0], : shape[1]] + 0.5
    x = (2 * xs - box[0] - box[2]) / (box[2] - box[0])
    y = (2 * ys - box[1] - box[3]) / (box[3] - box[1])
    found: np.ndarray = x**4 + y**4 < 1
    return found


def make_masks(street: Street, pictures: Sequence[Picture], classes: Sequence[Any]) -> Any:
    """A project of alice and bob whose guesses are those maps: the most certain classes first, nothing accepted yet."""
    named = [one if isinstance(one, tuple) else (one, "") for one in classes]
    project = projects.create_project(
        actor=street.alice,
        name="Masks",
        task_type="semantic_segmentation",
        classes=[{"name": name, "name_zh": chinese} for name, chinese in named],
    )
    projects.add_member(actor=street.alice, project=project, email=street.bob.email, role="annotator")
    source = PredictionSource.objects.create(project=project, kind="model", name="masks v1", reference="variant:0")
    projects.use_source(actor=street.alice, project_id=project.pk, source=source)
    ids = list(project.classes.order_by("index").values_list("pk", flat=True))
    dataset = Dataset.objects.create(project=project, name="Frames")
    items = [_item(project, dataset, number, one) for number, one in enumerate(pictures)]
    store_predictions(
        source=source,
        guessed=[
            Guessed(item, {"objects": _objects(values, ids)})
            for item, (_, _, values) in zip(items, pictures, strict=True)
        ],
    )
    return project


def _item(project: Any, dataset: Any, number: int, picture: Picture) -> Item:
    name, image, _ = picture
    data = io.BytesIO()
    image.save(data, "PNG")
    return Item.objects.create(
        project=project,
        dataset=dataset,
        name=name,
        blob=storage.put_bytes(data.getvalue()),
        source_sha256=f"{number:064x}",
        width=image.width,
        height=image.height,
        split="train",
        state="new",
    )


def _objects(values: np.ndarray, ids: Sequence[int]) -> list[dict[str, Any]]:
    """One mask for each class; their scores fall from 0.86, so that the first is nearest to the accept threshold."""
    return [
        {
            "id": f"p{index + 1}",
            "class_id": ids[index],
            "rle": rle,
            "score": round(0.86 - 0.05 * position, 2),
            "top3": [[ids[index], round(0.86 - 0.05 * position, 2)]],
            "entropy": 0.3,
        }
        for position, (index, rle) in enumerate(masks_of(Image.fromarray(values)).items())
    ]
