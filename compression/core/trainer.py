"""The contract of a trainer: frozen data in, weights with their record out, an ONNX artifact on request.

Nothing here imports torch, so that the table of trainers can be listed by the API.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from compression.core.snapshot import Snapshot

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Teacher:
    """A trained folder to learn from, and how much; it must know the same classes in the same order.

    Loss = ``hard`` * the task's own loss + ``soft`` * T² KL(teacher / T ‖ student / T) on logits.
    Detectors learn features instead: + ``feature`` * the distance of their neck's maps, projected to the teacher's.
    Source: Hinton et al. 2015, "Distilling the knowledge in a neural network".
    """

    folder: Path
    temperature: float = 5.0
    hard: float = 0.5
    soft: float = 0.5
    feature: float = 1.0


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
    device: str = "cpu"  # cpu | cuda:0 | cuda:0,1 …: several GPUs train in one process each
    minutes: float | None = None  # wall-clock budget; epochs are cut to fit, the learning rate schedule with them
    on_epoch: Callable[[EpochReport], None] = field(default=lambda report: None)  # may raise RunCancelled
    on_tick: Callable[[float], None] = field(default=lambda fraction: None)  # after each batch, 0..1; may raise
    threads: int = 2
    options: Mapping[str, Any] = field(default_factory=dict)  # trainer's own settings, see its SETTINGS
    architecture: Mapping[str, Any] | None = None  # architecture.json to build instead of ``arch`` (a pruned network)
    teacher: Teacher | None = None
    quantization_aware: bool = False  # train with int8 rounding in the forward pass (QAT); needs a warm start
    keep_start: bool = False  # the weights of ``init`` compete for best as epoch 0


@dataclass(frozen=True)
class Trained:
    """A folder with ``weights.safetensors``, ``architecture.json`` and ``training.json`` (settings, epochs)."""

    folder: Path


@dataclass(frozen=True)
class PruningView:
    """A network as DepGraph can trace it, while the context lasts; layers are modules of ``network``.

    ``outputs`` turns what the forward pass gives into one tensor to sum. Layers in ``ignored`` keep their width; the
    members of an entry of ``coupled`` must be cut by the same share.
    """

    network: torch.nn.Module
    example: torch.Tensor  # (1, 3, H, W)
    ignored: tuple[torch.nn.Module, ...]
    coupled: tuple[tuple[torch.nn.Module, ...], ...] = ()
    outputs: Callable[[Any], torch.Tensor] = field(default=lambda value: value)


class Trainer(Protocol):
    """One family of networks: trains on a snapshot, exports what it trained, and lets steps at its network."""

    slug: str
    task_type: str

    def train(self, request: TrainRequest) -> Trained:
        """Train or go on training in ``request.workdir``. Raises RunCancelled (from callbacks), RunFailed."""
        ...

    def export(self, trained: Trained, out: Path) -> Path:
        """Write an fp32 ONNX artifact folder (manifest.json, model.onnx) into ``out`` and return it."""
        ...

    def load(self, folder: Path) -> tuple[torch.nn.Module, dict[str, Any]]:
        """The trained network, float32, in eval mode, and its architecture.json. Raises BadArtifact."""
        ...

    def save(self, network: torch.nn.Module, architecture: Mapping[str, Any], like: Path, out: Path) -> Trained:
        """Write ``network``, whose layers may be narrower than in ``like``, as a trained folder of its own.

        architecture.json states the widths, training.json is that of ``like`` with the new hash.
        """
        ...

    def pruning(self, network: torch.nn.Module, like: Path) -> AbstractContextManager[PruningView]:
        """A view of ``network`` to prune; when the context ends the network is whole again, in eval mode."""
        ...

    def losses(self, network: torch.nn.Module, like: Path, snapshot: Snapshot, batches: int) -> Iterator[torch.Tensor]:
        """Training losses of some batches of the train split, with gradients, for Taylor importance."""
        ...
