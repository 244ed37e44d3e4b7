"""The contract of a compression step: one model in, another out; never in place, and in any order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from compression.core.model import Model
from compression.core.snapshot import Snapshot
from compression.core.trainer import EpochReport


@dataclass(frozen=True)
class StepContext:
    """What a step may use. It learns and calibrates on the train split and chooses on val; test is not for steps."""

    snapshot: Snapshot
    out: Path  # the step's own folder, kept across tries: a second call returns or goes on with what lies there
    options: Mapping[str, Any] = field(default_factory=dict)  # checked against the step's JSON Schema
    allowed_drop: float = 0.02  # relative, of the task's main metric on val
    teacher: Path | None = None  # trained folder of the largest model at hand, for steps that distil
    seed: int = 0
    threads: int = 2
    device: str = "cpu"  # cpu | cuda:0 | cuda:0,1 …
    on_progress: Callable[[float], None] = field(default=lambda fraction: None)  # 0..1; may raise RunCancelled
    on_epoch: Callable[[EpochReport], None] = field(default=lambda report: None)  # of a fine-tune; may raise
    log: Callable[[str], None] = field(default=lambda line: None)


class Step(Protocol):
    """Model to model. ``slug`` is the key in the table of steps."""

    slug: str

    def apply(self, model: Model, context: StepContext) -> Model:
        """Make the next model in ``context.out``; ``model`` and its files stay as they are.

        The last entry of the result's ``history`` is {"step", "options", "seconds", …what was measured}.
        Raises RunFailed where the model cannot be treated (no weights to train, nothing to quantize …).
        """
        ...
