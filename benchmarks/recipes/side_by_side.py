"""Models judged on the same test pictures and timed in the same rounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.recipes.runner import Runner
from compression.core.benchmarking.latency import bytes_to_run
from compression.core.benchmarking.macs import count_graph
from compression.core.benchmarking.measurement import Contest, measure
from compression.core.judging.bootstrap import Paired, paired_drop
from compression.core.judging.evaluation import evaluate
from compression.core.judging.judgement import ImageResult
from compression.core.judging.measures import WEIGHTED
from compression.core.model import Model
from prelabel.core.artifact import load_artifact

RESAMPLES = 2000


@dataclass(frozen=True)
class Side:
    """One model on test, in the runtime that it was fastest in."""

    task_type: str
    metrics: dict[str, Any]
    images: tuple[ImageResult, ...]
    size_bytes: int
    params: int
    runtime: str

    def row(self, p20_ms: float | None = None, runtime: str | None = None) -> dict[str, Any]:
        """For the last line; ``p20_ms`` None: not timed."""
        numbers = {key: round(value, 4) for key, value in self.metrics.items() if isinstance(value, float)}
        timed = {"p20_ms": p20_ms, "runtime": runtime} if p20_ms is not None else {}
        return {"bytes": self.size_bytes, "params": self.params, **numbers, **timed}


def judge(runner: Runner, models: dict[str, Model], runtimes: dict[str, str] | None = None) -> dict[str, Side]:
    """Every model on the test split, each in the runtime named for it (default: whichever the product picks)."""
    snapshot, sides = runner.snapshot, {}
    for role, model in models.items():
        runtime = (runtimes or {}).get(role, "auto")
        found = evaluate(
            model.artifact, snapshot.items["test"], snapshot.classes, snapshot.task_type, runtime=runtime, threads=2
        )
        artifact = load_artifact(model.artifact)
        sides[role] = Side(
            snapshot.task_type, found.metrics, found.images, bytes_to_run(model.artifact),
            count_graph(artifact.model_path)["params"], runtime,
        )  # fmt: skip
    return sides


def compare(parent: Side, candidate: Side, metric: str) -> Paired:
    """Relative drop of ``metric`` on the same pictures, with its paired bootstrap interval."""
    return paired_drop(parent.images, candidate.images, parent.task_type, metric, resamples=RESAMPLES)


def timings(parent: Model, candidate: Model, rounds: int = 60) -> dict[str, Any]:
    """Candidate, parent and the parent's network in eager PyTorch, one thread, taking turns in every runtime."""
    return measure(Contest({"it": candidate.artifact}, parent.artifact, parent.trained, rounds=rounds))["it"]


def points(parent: Side, candidate: Side, metric: str) -> dict[str, Any]:
    """The drop in points (1 point = 0.01) with its paired bootstrap interval, on the same pictures."""
    drop = compare(parent, candidate, metric)
    before = float(parent.metrics[metric])
    inside = [round(100 * before * value, 2) for value in (drop.drop, drop.low, drop.high)]
    return {"drop_points": inside[0], "drop_points_interval": inside[1:]}


def pooled(folds: list[Side]) -> Side:
    """One side of all folds' pictures: accuracies over all of them, sizes of the largest."""
    images = tuple(image for side in folds for image in side.images)
    whole = np.ones((1, len(images)))
    measures = WEIGHTED[folds[0].task_type]
    metrics = {name: float(measure(images, whole)[0]) for name, measure in measures.items()}
    return Side(
        folds[0].task_type, metrics, images, max(side.size_bytes for side in folds),
        max(side.params for side in folds), folds[0].runtime,
    )  # fmt: skip
