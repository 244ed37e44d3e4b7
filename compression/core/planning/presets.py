"""Named plans: what a person picks instead of steps and options. Free of torch.

The amounts are those of measured recipes: half of the channels with 24 epochs of recovery kept 99 % of a detector's
mAP50-95 on blood cells; int8 with its decode kept in float lost less than one point (DECISIONS.md).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from annotator.core.errors import Unprocessable
from compression.core.planning.plan import Ground

Steps = list[dict[str, Any]]
_STRIDE = 32
# The recipes' epochs were measured with so many pictures. What recovers is the number of steps: 22 epochs of the demo's
# 60 pictures left its pruned detector at .48 of .87 mAP50, and still rising.
_MEASURED_PICTURES = 205
_MOST_EPOCHS = 96
_SMALLER_PICTURE = 0.65  # 640 → 416: x2.3 less work; smaller objects suffer from less


@dataclass(frozen=True)
class SearchBudget:
    """How long a search may go on: whichever ends first."""

    minutes: float | None = None
    trials: int | None = None


@dataclass(frozen=True)
class PlanPreset:
    """A named plan; ``aim`` is what is made small among results that keep the budgets: size or latency."""

    slug: str
    label: str
    description: str
    minutes: float  # typical, for 200 pictures on 2 cores
    steps: Callable[[Ground, int], Steps]  # (ground, image size of the source) → steps
    aim: str = "size"
    search: SearchBudget | None = None


def _quick(ground: Ground, image_size: int) -> Steps:
    return [{"step": "quantize", "options": {"scheme": "int8"}}]


def _epochs(epochs: int, ground: Ground) -> int:
    """As many steps with fewer pictures; with more of them the same epochs, since each has more steps then."""
    if not ground.pictures:
        return epochs
    return max(epochs, min(_MOST_EPOCHS, math.ceil(epochs * _MEASURED_PICTURES / ground.pictures)))


def _balanced(ground: Ground, image_size: int) -> Steps:
    prune = {"amount": 0.4, "epochs": _epochs(24, ground), "minutes": 15.0, "distil": ground.teacher}
    return [{"step": "prune", "options": prune}, *_quick(ground, image_size)]


def _smallest(ground: Ground, image_size: int) -> Steps:
    prune = {"amount": 0.5, "iterations": 2, "epochs": _epochs(16, ground), "minutes": 12.0, "distil": ground.teacher}
    return [{"step": "prune", "options": prune}, {"step": "quantize", "options": {"scheme": "int4"}}]


def _fastest(ground: Ground, image_size: int) -> Steps:
    smaller = max(_STRIDE, round(image_size * _SMALLER_PICTURE / _STRIDE) * _STRIDE)
    prune = {"amount": 0.5, "epochs": _epochs(24, ground), "minutes": 15.0, "distil": ground.teacher}
    return [
        {"step": "resolution", "options": {"image_size": smaller, "epochs": _epochs(6, ground), "minutes": 5.0}},
        {"step": "prune", "options": prune},
        *_quick(ground, image_size),
    ]


PLAN_PRESETS: dict[str, PlanPreset] = {
    one.slug: one
    for one in (
        PlanPreset(
            "quick",
            "Quick",
            "Eight bits instead of 32, without training: about 3.5 times smaller within minutes.",
            4.0,
            _quick,
        ),
        PlanPreset(
            "balanced",
            "Balanced",
            "Takes out two fifths of the channels, lets the model recover, then goes to eight bits: "
            "7 to 9 times smaller.",
            25.0,
            _balanced,
        ),
        PlanPreset(
            "smallest",
            "Smallest",
            "Searches for the smallest file that keeps your limits: fewer channels, four-bit weights.",
            90.0,
            _smallest,
            search=SearchBudget(minutes=90.0, trials=12),
        ),
        PlanPreset(
            "fastest",
            "Fastest on this device",
            "Searches for the quickest answer on the worker's machine: smaller pictures, fewer channels, eight bits.",
            90.0,
            _fastest,
            aim="latency",
            search=SearchBudget(minutes=90.0, trials=12),
        ),
    )
}


def preset_steps(slug: str, ground: Ground, image_size: int) -> Steps:
    """Steps of a preset, those left out that the source cannot take. Raises Unprocessable."""
    if slug not in PLAN_PRESETS:
        raise Unprocessable(f"There is no preset {slug!r}; use {', '.join(PLAN_PRESETS)}.", field="preset")
    steps = PLAN_PRESETS[slug].steps(ground, image_size)
    return [one for one in steps if ground.trainable or one["step"] == "quantize"]


def search_of(preset: str | None, given: Mapping[str, Any] | None) -> SearchBudget | None:
    """What was asked for, else what the preset brings. A search without either limit gets an hour."""
    if given is not None:
        minutes, trials = given.get("minutes"), given.get("trials")
        if minutes is None and trials is None:
            minutes = 60.0
        return SearchBudget(minutes, trials)
    return PLAN_PRESETS[preset].search if preset in PLAN_PRESETS else None
