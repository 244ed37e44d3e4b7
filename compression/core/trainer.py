"""The contract of a trainer: frozen data in, weights with their record out, an ONNX artifact on request.

Nothing here imports torch, so that the table of trainers can be listed by the API.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from compression.core.snapshot import Snapshot


@dataclass(frozen=True)
class EpochReport:
    """What one finished epoch says of itself; ``metrics`` are of the val split, higher is better (losses lower)."""

    epoch: int  # 1-based
    epochs: int  # as planned now: a time budget may shorten it
    metrics: Mapping[str, float]
    best_epoch: int
    seconds: float  # spent on the whole training so far, earlier attempts included
    eta_s: float
    checkpoint_sha256: str  # of the file that a resumed run will read


@dataclass(frozen=True)
class TrainRequest:
    """Everything that decides a training; two equal requests on one machine give the same weights."""

    snapshot: Snapshot
    workdir: Path  # kept across attempts: a second call goes on from the last checkpoint found here
    arch: str
    init: Path | None = None  # folder with weights.safetensors; tensors whose name and shape match are taken
    epochs: int = 30
    image_size: int = 320  # pixels, long side
    batch: int = 16
    seed: int = 0
    device: str = "cpu"
    minutes: float | None = None  # wall-clock budget; epochs are cut to fit, the learning rate schedule with them
    on_epoch: Callable[[EpochReport], None] = field(default=lambda report: None)  # may raise RunCancelled
    on_tick: Callable[[float], None] = field(default=lambda fraction: None)  # after each batch, 0..1; may raise
    threads: int = 2
    options: Mapping[str, Any] = field(default_factory=dict)  # trainer's own settings, see its SETTINGS


@dataclass(frozen=True)
class Trained:
    """A folder with ``weights.safetensors``, ``architecture.json`` and ``training.json`` (settings, epochs)."""

    folder: Path


class Trainer(Protocol):
    """One family of networks: trains on a snapshot and exports what it trained."""

    slug: str
    task_type: str

    def train(self, request: TrainRequest) -> Trained:
        """Train or go on training in ``request.workdir``. Raises RunCancelled (from callbacks), RunFailed."""
        ...

    def export(self, trained: Trained, out: Path) -> Path:
        """Write an fp32 ONNX artifact folder (manifest.json, model.onnx) into ``out`` and return it."""
        ...
