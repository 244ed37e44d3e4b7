"""Guesses how long a compression takes and how much disk it needs, before it starts. Free of torch.

Rough on purpose: the answer is a range, told to a person who decides whether to wait. Paces were measured on 2 cores.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from compression.core.planning.plan import Plan, PlannedStep
from compression.core.planning.presets import SearchBudget

# Seconds for one picture: once through a training epoch at 320 pixels, and once through a prediction.
_TRAIN_S = {"object_detection": 0.06, "image_classification": 0.02, "semantic_segmentation": 0.08}
_PREDICT_S = 0.03
_GPU_GAIN = 8.0
_STARTUP_S = 20.0
_BENCHMARK_S = 30.0
_CALIBRATION_IMAGES = 64
_QUANTIZE_PASSES = 5  # variants evaluated on val
_LOW, _HIGH = 0.5, 2.0
_LEAST_DISK = 200 * 10**6
_CHECKPOINT_COPIES = 5  # weights, averaged weights, two moments of the optimiser, the best


@dataclass(frozen=True)
class Work:
    """What decides the time: pictures per split, long side in pixels, bytes of the source in fp32."""

    task_type: str
    counts: Mapping[str, int]
    image_size: int
    model_bytes: int
    epochs: int = 0  # of a training before the plan
    minutes: float | None = None  # its limit
    gpu: bool = False
    pace_s: float | None = None  # seconds for a picture and epoch at this image size, as an earlier run had them


def seconds_of(work: Work, plan: Plan, search: SearchBudget | None) -> tuple[float, float]:
    """The least and the most seconds that the run is likely to take."""
    fixed = _STARTUP_S + _BENCHMARK_S + 4 * _PREDICT_S * (work.counts["val"] + work.counts["test"])
    fixed += _training_s(work, work.epochs, work.minutes)
    once = plan_seconds(work, plan)
    if search is None:
        return _LOW * (fixed + once), _HIGH * (fixed + once)
    by_trials = search.trials * once if search.trials else float("inf")
    by_time = 60 * search.minutes if search.minutes else float("inf")
    most = min(by_trials * _HIGH, by_time + once)
    return _LOW * fixed + min(by_trials * _LOW, by_time), _HIGH * fixed + most


def plan_seconds(work: Work, plan: Plan) -> float:
    """One passage through the plan, validation after each step included."""
    total = 0.0
    for step in plan:
        total += _step_training_s(work, step)
        if step.step == "quantize":
            total += _PREDICT_S * (_CALIBRATION_IMAGES + _QUANTIZE_PASSES * work.counts["val"])
        total += _PREDICT_S * work.counts["val"]
    return total


def _step_training_s(work: Work, step: PlannedStep) -> float:
    options = step.options
    if step.step == "quantize" and options.get("scheme") != "qat":
        return 0.0
    rounds, minutes = int(options.get("iterations") or 1), options.get("minutes")
    return rounds * _training_s(work, int(options.get("epochs") or 0), minutes)


def _training_s(work: Work, epochs: int, minutes: float | None) -> float:
    if not epochs:
        return 0.0
    pace = work.pace_s or _TRAIN_S[work.task_type] * (work.image_size / 320) ** 2
    seconds = epochs * work.counts["train"] * pace / (_GPU_GAIN if work.gpu else 1.0)
    return min(seconds, 60 * minutes) if minutes else seconds


def disk_bytes(work: Work, plan: Plan, search: SearchBudget | None) -> int:
    """Bytes that the run's folder may hold at its largest."""
    pictures = sum(work.counts.values()) * work.image_size**2  # shrunk copies, about a byte a pixel
    checkpoint = _CHECKPOINT_COPIES * work.model_bytes
    trials = 1 if search is None else (search.trials or 30)
    steps = trials * max(1, len(plan)) * 4 * work.model_bytes
    return int(max(_LEAST_DISK, pictures + 2 * checkpoint + steps))


def pace_of(history: Sequence[Mapping[str, Any]], images: int) -> float | None:
    """Seconds for one picture and epoch in a finished training's record; None where it does not say."""
    if not history or images <= 0:
        return None
    seconds, epochs = history[-1].get("seconds"), history[-1].get("epoch")
    return float(seconds) / float(epochs) / images if seconds and epochs else None
