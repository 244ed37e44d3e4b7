"""The table of compression steps: slug → where it lives and what may be asked of it. Classes load on first use."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from jsonschema import Draft202012Validator, ValidationError

from annotator.core.errors import NotFound, Unprocessable
from compression.core import step_options

if TYPE_CHECKING:
    from compression.core.step import Step


@dataclass(frozen=True)
class StepInfo:
    """Metadata of a step, free of its libraries.

    ``needs`` is what the model must bring: "weights" that can be trained on, or only an "artifact" that runs.
    """

    path: str  # "package.module:Class"
    label: str
    task_types: tuple[str, ...]
    needs: str
    schema: dict[str, Any]  # JSON Schema of StepContext.options


_EVERY_TASK = ("object_detection", "image_classification", "semantic_segmentation")

STEPS: dict[str, StepInfo] = {
    "prune": StepInfo(
        path="compression.core.steps.prune:Prune",
        label="Prune: remove what matters least",
        task_types=_EVERY_TASK,
        needs="weights",
        schema=step_options.PRUNE,
    ),
    "distil": StepInfo(
        path="compression.core.steps.distil:Distil",
        label="Distil: learn from a larger model",
        task_types=_EVERY_TASK,
        needs="weights",
        schema=step_options.DISTIL,
    ),
    "quantize": StepInfo(
        path="compression.core.steps.quantize:Quantize",
        label="Quantize: store and compute in fewer bits",
        task_types=_EVERY_TASK,
        needs="artifact",
        schema=step_options.QUANTIZE,
    ),
    "resolution": StepInfo(
        path="compression.core.steps.resolution:Resolution",
        label="Resolution: look at smaller pictures",
        task_types=_EVERY_TASK,
        needs="weights",
        schema=step_options.RESOLUTION,
    ),
    "architecture": StepInfo(
        path="compression.core.steps.architecture:Architecture",
        label="Architecture: another or a narrower network",
        task_types=_EVERY_TASK,
        needs="weights",
        schema=step_options.ARCHITECTURE,
    ),
}


_SAYINGS = {
    "minimum": "must be at least",
    "maximum": "must be at most",
    "exclusiveMinimum": "must be more than",
    "exclusiveMaximum": "must be less than",
    "multipleOf": "must be a multiple of",
}


def load_step(slug: str) -> Step:
    """The step behind ``slug``. Raises NotFound."""
    module, _, name = step_info(slug).path.partition(":")
    return cast("Step", getattr(import_module(module), name)())


def step_info(slug: str) -> StepInfo:
    """Metadata of ``slug``. Raises NotFound."""
    if slug not in STEPS:
        raise NotFound(f"No compression step is called {slug!r}; known: {', '.join(STEPS)}.", step=slug)
    return STEPS[slug]


def check_options(slug: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """``options`` with the defaults of the step put in where nothing is said.

    Raises Unprocessable whose details name the ``field``, and NotFound.
    """
    schema = step_info(slug).schema
    properties: dict[str, Any] = schema["properties"]
    unknown = sorted(set(options) - set(properties))
    if unknown:
        known = ", ".join(properties) or "none"
        raise Unprocessable(f"{slug} has no option {unknown[0]!r}; known: {known}.", field=unknown[0])
    given = {name: part["default"] for name, part in properties.items() if "default" in part} | dict(options)
    odd = [name for name, value in given.items() if isinstance(value, float) and not math.isfinite(value)]
    if odd:  # JSON Schema lets NaN pass every limit
        raise Unprocessable(f"{slug}: {odd[0]} must be a number.", field=odd[0])
    errors = sorted(Draft202012Validator(schema).iter_errors(given), key=lambda error: list(error.path))
    if errors:
        field = ".".join(str(part) for part in errors[0].path) or slug
        raise Unprocessable(f"{slug}: {field} {_in_words(errors[0])}.", field=field)
    return given


def _in_words(error: ValidationError) -> str:
    """What is wrong with a value, shorter than the validator says it."""
    limit = error.validator_value
    if error.validator == "type":
        return f"must be a {' or '.join([limit] if isinstance(limit, str) else limit)}"
    if error.validator == "enum":
        return f"must be one of {', '.join('empty' if one is None else str(one) for one in limit)}"
    saying = _SAYINGS.get(str(error.validator))
    return f"{saying} {limit}" if saying else f"is wrong: {error.message}"
