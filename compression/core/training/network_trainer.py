"""What the trainers of torchvision networks have in common: train by the shared loop, keep, load and save by widths."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

from compression.core.exporting.onnx_export import write_graph
from compression.core.trainer import Trained, TrainRequest
from compression.core.training.loop import Outcome, Work
from compression.core.training.record import finish, is_finished
from compression.core.training.torchrun import run_training_on
from compression.core.training.trained_folder import describe_network, load_network, save_narrowed, write_network
from prelabel.core.artifact import InputSpec, Manifest, OutputSpec, Preprocess, describe_file, save_manifest


@dataclass(frozen=True)
class Graph:
    """What is exported of a network, and how a predictor feeds and reads it; ``outputs`` names its one output."""

    network: nn.Module
    input: InputSpec
    preprocess: Preprocess
    outputs: str
    predictor: str
    output: OutputSpec


def spread(count: int, batches: int, size: int) -> list[list[int]]:
    """``batches`` lists of at most ``size`` of ``count`` indices, each reaching over all of them."""
    stride = max(batches, count // size)
    return [list(range(number % count, count, stride))[:size] for number in range(batches)]


class NetworkTrainer(ABC):
    """A trainer less its network, its pictures and its export."""

    slug: str
    task_type: str
    heads: Sequence[str]  # names of the layers whose width follows from the classes

    @abstractmethod
    def build(self, arch: str, class_count: int) -> nn.Module:
        """A fresh stock network. Raises NotFound."""

    @abstractmethod
    def work(self, request: TrainRequest) -> Work:
        """What the loop trains."""

    @abstractmethod
    def graph(self, network: nn.Module, folder: Path) -> Graph:
        """What is exported of ``network``, which was loaded from ``folder``."""

    def train(self, request: TrainRequest) -> Trained:
        """Train, or go on; out of memory halves the batch. Raises RunCancelled (callbacks), RunFailed."""
        folder = request.workdir / "trained"
        if is_finished(folder):
            return Trained(folder)
        outcome = run_training_on(request, self.slug, lambda: self.work(request))
        return outcome if isinstance(outcome, Trained) else self._keep(request, outcome, folder)

    def _keep(self, request: TrainRequest, outcome: Outcome, folder: Path) -> Trained:
        arch = str(request.architecture["arch"]) if request.architecture else request.arch
        described = describe_network(self.build, outcome.network, arch, request.snapshot.classes, family=self.slug)
        write_network(outcome.network, described, folder)
        state = outcome.state
        finish(folder, request, settings=outcome.settings, history=state.history, best_epoch=state.best_epoch)
        return Trained(folder)

    def export(self, trained: Trained, out: Path) -> Path:
        """An fp32 ONNX artifact folder of the best weights."""
        network, described = self.load(trained.folder)
        graph = self.graph(network, trained.folder)
        out.mkdir(parents=True, exist_ok=True)
        write_graph(graph.network, (1, 3, graph.input.height, graph.input.width), out / "model.onnx", graph.outputs)
        manifest = Manifest(
            name=described["arch"],
            task_type=self.task_type,
            predictor=graph.predictor,
            arch=described["arch"],
            classes=tuple(described["classes"]),
            input=graph.input,
            preprocess=graph.preprocess,
            output=graph.output,
            precision="fp32",
            files={"model.onnx": describe_file(out / "model.onnx")},
            licence="AGPL-3.0",
        )
        save_manifest(out, manifest)
        return out

    def load(self, folder: Path) -> tuple[nn.Module, dict[str, Any]]:
        """The trained network, float32, eval mode, and its description. Raises BadArtifact."""
        return load_network(self.build, folder, self.heads)

    def save(self, network: nn.Module, architecture: Mapping[str, Any], like: Path, out: Path) -> Trained:
        """``network``, which may be narrower than that of ``like``, as a trained folder."""
        return save_narrowed(self.build, network, architecture, like, out)
