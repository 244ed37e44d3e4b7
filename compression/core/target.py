"""The contract of a target: an fp32 or quantized ONNX artifact in, a file for one runtime out, proved equal to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from compression.core.model import Model


@dataclass(frozen=True)
class TargetRequest:
    """What a target may use; ``pictures`` are real items, of the train split, for parity (and for its calibration)."""

    model: Model
    out: Path
    pictures: Sequence[Path]
    precision: str = "fp32"  # what the file should hold, one of the target's own; fp32 = as the model is
    fixed_batch: bool = False  # ONNX: one picture at a time, instead of any number
    on_progress: Callable[[float], None] = field(default=lambda fraction: None)


@dataclass(frozen=True)
class Parity:
    """How far the outputs of the new file are from its parent's on the same pictures."""

    pictures: int
    max_abs: float  # of raw outputs, in their own unit
    mean_abs: float
    agreement: float  # 0..1: share of final answers (boxes at IoU ≥ 0.9 and the same class, top-1, pixels) that agree
    tolerance: float  # the least agreement that this target promises


@dataclass(frozen=True)
class Exported:
    """An artifact folder (manifest.json and files) and what was checked of it.

    ``parity`` is None where the runtime does not exist for this system (CoreML off a Mac): ``notes`` say so.
    """

    folder: Path
    size_bytes: int
    parity: Parity | None
    seconds: float
    notes: tuple[str, ...] = ()


class Target(Protocol):
    """One kind of model file."""

    slug: str

    def missing(self) -> str | None:
        """What must be installed on this machine first, in words and with the command; None when it can export."""
        ...

    def export(self, request: TargetRequest) -> Exported:
        """Convert, load the file again in its own runtime and compare. Raises RunFailed with code `parity`,
        `target_missing`, `no_weights` (the target needs the network and there is only a file) or `bad_precision`.
        """
        ...

    def run(self, folder: Path, batch: Any) -> list[Any]:
        """Outputs of an exported file for one (n, 3, h, w) float32 batch, in its own runtime, in the parent's order."""
        ...
