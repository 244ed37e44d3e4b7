"""Running an artifact over labelled items: the metric, and every image judged so that two models can be paired."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compression.core.judging.judgement import ImageResult, judge_image, judge_pixels
from compression.core.judging.measures import extra_metrics
from compression.core.snapshot import SnapshotItem
from prelabel.core.masks import read_class_map
from prelabel.core.metric import Truth
from prelabel.core.metrics import metric_for
from prelabel.core.pixel_counts import image_counts, sparse, summarize
from prelabel.core.predictors import load_predictor

# Lower than what is stored (0.05): the tail of the curve counts in average precision.
FLOOR = 0.01
# Of one image. What comes after a hundred others has a score below 1 %; its record would grow with every class.
MOST_CLASSES = 100


@dataclass(frozen=True)
class Evaluation:
    """``metrics`` 0..1, higher is better but for ``ece`` (``per_class`` and ``per_size`` among them); ``images`` in the
    order of the items."""

    metrics: dict[str, Any]
    images: tuple[ImageResult, ...]


def evaluate(
    artifact: Path,
    items: Sequence[SnapshotItem],
    classes: Sequence[str],
    task_type: str,
    *,
    runtime: str = "auto",
    threads: int = 1,
    on_item: Callable[[int, int], None] = lambda done, total: None,
) -> Evaluation:
    """Predict every item and compare with its truth; the model's classes are matched to ``classes`` by name."""
    floor = FLOOR if task_type == "object_detection" else 0.001
    predictor = load_predictor(artifact, runtime=runtime, threads=threads, floor=floor)
    index_of = {name: index for index, name in enumerate(classes)}
    judge = _judge_pixels if task_type == "semantic_segmentation" else _judge_objects
    guesses: list[list[_Renamed]] = []
    images: list[ImageResult] = []
    for done, item in enumerate(items, start=1):
        found = _renamed(predictor.predict([predictor.decode(item.path)])[0], predictor.classes, index_of)
        guesses.append(found)
        images.append(judge(found, item, len(classes)))
        on_item(done, len(items))
    if task_type == "semantic_segmentation":
        metrics = summarize(_summed(images, len(classes)))
    else:
        metrics = metric_for(task_type).load()(guesses, [_truths(item) for item in items], len(classes))
    return Evaluation(metrics | extra_metrics(images, task_type), tuple(images))


def _truths(item: SnapshotItem) -> list[Truth]:
    return [Truth(bbox, index) for index, bbox in item.objects]


def _judge_objects(found: Sequence[_Renamed], item: SnapshotItem, class_count: int) -> ImageResult:
    return judge_image(found, _truths(item), class_count, item.item_id)


def _judge_pixels(found: Sequence[_Renamed], item: SnapshotItem, class_count: int) -> ImageResult:
    if item.mask is None:
        raise ValueError(f"item {item.item_id} has no mask")
    counts = image_counts(found, read_class_map(item.mask), class_count)
    scores = [(guess.class_index, guess.score) for guess in found]
    return judge_pixels(sparse(counts), class_count, item.item_id, scores)


def _summed(images: Sequence[ImageResult], class_count: int) -> NDArray[np.int64]:
    """Pixels (classes, classes + 1) of all images together."""
    counts = np.zeros((class_count, class_count + 1), dtype=np.int64)
    for image in images:
        for true, guess, pixels in image.confusion:
            counts[true, guess] += pixels
    return counts


@dataclass(frozen=True)
class _Renamed:
    """A guess with the project's class index instead of the model's."""

    bbox: tuple[float, float, float, float] | None
    class_index: int
    score: float
    rle: Mapping[str, Any] | None = None


def _renamed(found: Sequence[Any], names: Sequence[str], index_of: dict[str, int]) -> list[_Renamed]:
    """Guesses of classes that the project lacks are dropped: they could never be right nor shown.

    A whole-image guess also brings the other classes by score, for curves and losses.
    """
    renamed = []
    for guess in found:
        if names[guess.class_index] not in index_of:
            continue
        renamed.append(_Renamed(guess.bbox, index_of[names[guess.class_index]], guess.score, guess.rle))
        others = [
            _Renamed(None, index_of[names[other]], score)
            for other, score in enumerate(guess.scores)
            if other != guess.class_index and names[other] in index_of
        ]
        renamed += sorted(others, key=lambda one: -one.score)[: MOST_CLASSES - 1]
    return renamed
