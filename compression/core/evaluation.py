"""Running an artifact over labelled items: the metric, and every image judged so that two models can be paired."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compression.core.judgement import ImageResult, judge_image
from compression.core.measures import extra_metrics
from compression.core.snapshot import SnapshotItem
from prelabel.core.metric import Truth
from prelabel.core.metrics import metric_for
from prelabel.core.predictors import load_predictor
from prelabel.core.preprocess import decode_upright

# Lower than what is stored (0.05): the tail of the curve counts in average precision.
FLOOR = 0.01


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
    guesses: list[list[Any]] = []
    truths = [[Truth(bbox, index) for index, bbox in item.objects] for item in items]
    for done, item in enumerate(items, start=1):
        found = predictor.predict([decode_upright(item.path)])[0]
        guesses.append(_renamed(found, predictor.classes, index_of))
        on_item(done, len(items))
    metrics = metric_for(task_type).load()(guesses, truths, len(classes))
    images = tuple(
        judge_image(g, t, len(classes), item.item_id) for g, t, item in zip(guesses, truths, items, strict=True)
    )
    return Evaluation(metrics | extra_metrics(images, task_type), images)


@dataclass(frozen=True)
class _Renamed:
    """A guess with the project's class index instead of the model's."""

    bbox: tuple[float, float, float, float] | None
    class_index: int
    score: float


def _renamed(found: Sequence[Any], names: Sequence[str], index_of: dict[str, int]) -> list[_Renamed]:
    """Guesses of classes that the project lacks are dropped: they could never be right nor shown.

    A whole-image guess also brings the classes that came second and third, for curves and losses.
    """
    renamed = []
    for guess in found:
        if names[guess.class_index] not in index_of:
            continue
        renamed.append(_Renamed(guess.bbox, index_of[names[guess.class_index]], guess.score))
        if guess.bbox is None:
            renamed += [
                _Renamed(None, index_of[names[other]], score)
                for other, score in guess.top3
                if other != guess.class_index and names[other] in index_of
            ]
    return renamed
