"""The contract of a compression step: one artifact in, a smaller one out, with what it measured on the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from compression.core.snapshot import Snapshot


@dataclass(frozen=True)
class StepRequest:
    """What a step may use. Calibration reads the train split, choices are made on val; test is not for steps."""

    parent: Path  # artifact folder
    out: Path  # made by the step; kept variants lie below it
    snapshot: Snapshot
    allowed_drop: float = 0.02  # relative, of the task's main metric on val
    seed: int = 0
    threads: int = 1
    on_progress: Callable[[int, int], None] = field(default=lambda done, total: None)  # may raise RunCancelled


@dataclass(frozen=True)
class StepResult:
    """The chosen artifact and every variant tried: name, val metric, drop, size_bytes, calibration."""

    folder: Path
    chosen: str
    tried: Sequence[dict[str, Any]]


class Step(Protocol):
    """Model to model."""

    slug: str

    def apply(self, request: StepRequest) -> StepResult:
        """Make the smaller artifact. Raises RunFailed where the parent cannot be treated."""
        ...
