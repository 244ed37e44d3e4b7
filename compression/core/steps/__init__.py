"""The table of compression steps: slug → where it lives. Classes load on first use."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import cast

from annotator.core.errors import NotFound
from compression.core.step import Step


@dataclass(frozen=True)
class StepInfo:
    """Metadata of a step, free of its libraries."""

    path: str
    label: str
    task_types: tuple[str, ...]


STEPS: dict[str, StepInfo] = {
    "int8_static": StepInfo(
        path="compression.core.steps.quantize:Int8Static",
        label="Static INT8 (ONNX Runtime, calibrated)",
        task_types=("object_detection", "image_classification"),
    ),
}


def load_step(slug: str) -> Step:
    """The step behind ``slug``. Raises NotFound."""
    if slug not in STEPS:
        raise NotFound(f"No compression step is called {slug!r}; known: {', '.join(STEPS)}.", step=slug)
    module, _, name = STEPS[slug].path.partition(":")
    return cast(Step, getattr(import_module(module), name)())
