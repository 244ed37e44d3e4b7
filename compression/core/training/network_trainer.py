"""What the trainers of torchvision networks have in common: train by the shared loop, keep, load and save by widths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import nn

from compression.core.trainer import Trained, TrainRequest
from compression.core.training.loop import Outcome, Work
from compression.core.training.record import finish, is_finished
from compression.core.training.torchrun import run_training_on
from compression.core.training.trained_folder import describe_network, load_network, save_narrowed, write_network


class NetworkTrainer:
    """A trainer less its network, its pictures and its export."""

    slug: str
    task_type: str
    heads: Sequence[str]  # names of the layers whose width follows from the classes

    def build(self, arch: str, class_count: int) -> nn.Module:
        """A fresh stock network. Raises NotFound."""
        raise NotImplementedError

    def work(self, request: TrainRequest) -> Work:
        """What the loop trains."""
        raise NotImplementedError

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

    def load(self, folder: Path) -> tuple[nn.Module, dict[str, Any]]:
        """The trained network, float32, eval mode, and its description. Raises BadArtifact."""
        return load_network(self.build, folder, self.heads)

    def save(self, network: nn.Module, architecture: Mapping[str, Any], like: Path, out: Path) -> Trained:
        """``network``, which may be narrower than that of ``like``, as a trained folder."""
        return save_narrowed(self.build, network, architecture, like, out)
