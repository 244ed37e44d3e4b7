"""Structured pruning: whole channels leave, with everything that is tied to them, so that a plain smaller net remains.

Which layers are tied comes from DepGraph (Fang et al. 2023, https://arxiv.org/abs/2301.12900; Torch-Pruning). Layers
that must stay equally wide without sharing channels, such as the halves of a YOLO block, are tied into one cluster.
Importance: Li et al. 2016 (L1), Fang et al. 2023 (group L2), Molchanov et al. 2019 (first-order Taylor).
"""

from __future__ import annotations

import contextlib
import random
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch_pruning as tp
from torch import nn

from annotator.core.errors import RunFailed
from compression.core.step import StepContext
from compression.core.trainer import PruningView, Trainer
from compression.core.trainers import load_trainer, trainer_for_arch
from compression.core.training.fine_tune import read_architecture

# No layer loses more than this to a ranking over all layers: the last few channels of a layer carry all that passes it.
MOST = 0.9
_BATCHES = 6  # for Taylor importance
_WEIGHTED = (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)


@dataclass(frozen=True)
class Cluster:
    """Layers that are cut by the same share, named after the first of them; each of ``roots`` has ``channels``."""

    name: str
    roots: tuple[nn.Module, ...]
    channels: int
    scores: tuple[torch.Tensor, ...]  # importance of each channel of each root; 1 on average, higher = keep
    weights: float = 1.0  # numbers that go from the file with one channel of every root


@dataclass(frozen=True)
class _Group:
    """What DepGraph ties together: cutting outputs of ``root`` cuts those of all ``widened`` layers."""

    root: nn.Module
    widened: frozenset[nn.Module]
    scores: torch.Tensor
    weights: float  # that one channel costs in all layers of the group


class Cutter:
    """The dependency graph of one view and what may be cut in it; valid while the view is."""

    def __init__(self, view: PruningView, importance: str) -> None:
        self.view = view
        self._names = {module: name for name, module in view.network.named_modules()}
        with torch.enable_grad():
            self.graph = tp.DependencyGraph().build_dependency(
                view.network, example_inputs=view.example, output_transform=view.outputs, verbose=False
            )
        self.clusters = self._clusters(_scorer(importance))

    def cut(self, widths: Mapping[str, int]) -> None:
        """Narrow the clusters named in ``widths`` to that many channels, the least important ones first.

        Raises RunFailed where nothing would be left of a layer.
        """
        for cluster in self.clusters:
            surplus = cluster.channels - widths.get(cluster.name, cluster.channels)
            for root, scores in zip(cluster.roots, cluster.scores, strict=True):
                if surplus > 0:
                    self._remove(root, scores.argsort()[:surplus].tolist(), cluster.name)

    def _remove(self, root: nn.Module, channels: list[int], name: str) -> None:
        group = self.graph.get_pruning_group(root, self._out_function(root), channels)
        if not self.graph.check_pruning_group(group):
            raise empty_layer(name)
        group.prune()

    def _out_function(self, root: nn.Module) -> Callable[..., Any]:
        function: Callable[..., Any] = self.graph.get_pruner_of_module(root).prune_out_channels
        return function

    def _clusters(self, score: Callable[[Any], torch.Tensor | None]) -> tuple[Cluster, ...]:
        """All that may be cut, in the order in which the network names its layers."""
        ignored = [module for layer in self.view.ignored for module in layer.modules()]
        found = []
        for group in self.graph.get_all_groups(ignored_layers=ignored, root_module_types=list(_WEIGHTED)):
            scores = score(group)
            if scores is not None and len(scores) > 1 and not self._has_channel_groups(group):
                root, widened = group[0].dep.target.module, self._widened(group)
                found.append(_Group(root, widened, torch.nan_to_num(scores).cpu(), self._weights(group) / len(scores)))
        clusters = [self._cluster(members) for members in _tied(found, self.view.coupled)]
        order = {name: place for place, name in enumerate(self._names.values())}
        return tuple(sorted(clusters, key=lambda cluster: order[cluster.name]))

    def _cluster(self, members: Sequence[_Group]) -> Cluster:
        widened = {module for group in members for module in group.widened}
        first = next(name for module, name in self._names.items() if module in widened)
        roots = tuple(group.root for group in members)
        weights = sum(group.weights for group in members)
        return Cluster(first, roots, len(members[0].scores), tuple(group.scores for group in members), weights)

    def _widened(self, group: Any) -> frozenset[nn.Module]:
        """Weighted layers of a group whose outputs are cut."""
        outputs = (dep.target.module for dep, _ in group if self.graph.is_out_channel_pruning_fn(dep.handler))
        return frozenset(module for module in outputs if isinstance(module, _WEIGHTED))

    def _weights(self, group: Any) -> float:
        """Numbers in the layers that the channels of a group reach, on either side."""
        total = 0.0
        for dep, channels in group:
            weight = getattr(dep.target.module, "weight", None)
            if weight is not None:
                side = 0 if self.graph.is_out_channel_pruning_fn(dep.handler) or weight.dim() == 1 else 1
                total += weight.numel() * len(channels) / weight.shape[side]
        return total

    def _has_channel_groups(self, group: Any) -> bool:
        """Whether a grouped (not depthwise) convolution is in: its channels leave in sets, which is not done here."""
        layers = (dep.target.module for dep, _ in group)
        return any(isinstance(one, nn.Conv2d) and 1 < one.groups != one.out_channels for one in layers)


def _tied(groups: Sequence[_Group], coupled: Sequence[Sequence[nn.Module]]) -> Iterator[list[_Group]]:
    """Groups joined where an entry of ``coupled`` reaches over them."""
    head = list(range(len(groups)))
    for entry in coupled:
        heads = {head[index] for index, group in enumerate(groups) if group.widened & set(entry)}
        head = [min(heads) if one in heads else one for one in head]
    for first in sorted(set(head)):
        yield [group for group, one in zip(groups, head, strict=True) if one == first]


def _scorer(importance: str) -> Callable[[Any], torch.Tensor | None]:
    kinds: dict[str, Callable[[], Any]] = {
        "l1": lambda: tp.importance.GroupMagnitudeImportance(p=1),
        "l2": lambda: tp.importance.GroupMagnitudeImportance(p=2),
        "taylor": tp.importance.GroupTaylorImportance,
    }
    scorer: Callable[[Any], torch.Tensor | None] = kinds[importance]()
    return scorer


def empty_layer(name: str) -> RunFailed:
    """The refusal of an amount that takes every channel of a layer."""
    return RunFailed(
        f"That amount would leave {name} without any channel; choose a smaller one or round to more channels.",
        code="no_channels",
        layer=name,
    )


def collect_gradients(trainer: Trainer, network: nn.Module, like: Path, context: StepContext) -> None:
    """Leave the summed gradients of some training batches in ``network``, for Taylor importance."""
    seed_all(context.seed)
    network.zero_grad()
    for loss in trainer.losses(network, like, context.snapshot, _BATCHES):
        loss.backward()  # type: ignore[no-untyped-call]
    for parameter in network.parameters():
        if parameter.grad is None:  # on no path to the loss, so of no importance to it
            parameter.grad = torch.zeros_like(parameter)


def seed_all(seed: int) -> None:
    """Start every generator that augmentation may draw from."""
    random.seed(seed)
    np.random.seed(seed % (1 << 32))
    torch.manual_seed(seed)


def uniform_shares(clusters: Sequence[Cluster], amount: float) -> dict[str, float]:
    """The same share of every cluster."""
    return {cluster.name: amount for cluster in clusters}


def global_shares(clusters: Sequence[Cluster], amount: float) -> dict[str, float]:
    """Shares that remove the ``amount`` (0..1) of channels with the lowest scores wherever they are."""
    scores = {cluster.name: torch.cat(cluster.scores) for cluster in clusters}
    highest = max(float(values.max()) for values in scores.values())

    def below(threshold: float) -> dict[str, float]:
        return {name: min(MOST, float((one <= threshold).float().mean())) for name, one in scores.items()}

    return spread(below, {cluster.name: _size(cluster) for cluster in clusters}, amount, highest)


def spread(
    shares_at: Callable[[float], dict[str, float]], sizes: Mapping[str, int], amount: float, highest: float
) -> dict[str, float]:
    """Shares at the least threshold in 0..``highest`` at which ``amount`` of all channels goes, found by halving.

    ``shares_at`` must not fall with its threshold. Where even ``highest`` removes less, what that removes.
    """
    total = sum(sizes.values())
    low, high = 0.0, highest
    for _ in range(50):
        middle = (low + high) / 2
        removed = sum(share * sizes[name] for name, share in shares_at(middle).items())
        low, high = (low, middle) if removed >= amount * total else (middle, high)
    return shares_at(high)


def _size(cluster: Cluster) -> int:
    return cluster.channels * len(cluster.roots)


def widths_after(channels: Mapping[str, int], shares: Mapping[str, float], round_to: int) -> dict[str, int]:
    """Width of each cluster without its share, at the nearest multiple of ``round_to`` and never wider than before.

    Layers keep at least one multiple, or what they have. Raises RunFailed where, unrounded, none would be left.
    """
    widths = {}
    for name, width in channels.items():
        left = width * (1 - shares.get(name, 0.0))
        if round_to == 1 and left < 0.5:
            raise empty_layer(name)
        nearest = int(left / round_to + 0.5) * round_to
        widths[name] = min(width, max(round_to, nearest))
    return widths


def widths_on_the_way(
    before: Mapping[str, int], after: Mapping[str, int], done: float, round_to: int
) -> dict[str, int]:
    """Widths when ``done`` (0..1) of a cut is done; at 1 exactly ``after``."""
    if done >= 1:
        return dict(after)
    shares = {name: done * (width - after[name]) / width for name, width in before.items()}
    rounded = widths_after(before, shares, round_to)
    return {name: max(after[name], width) for name, width in rounded.items()}


def plan_cut(
    start: Path, context: StepContext, importance: str, choose: Callable[[Sequence[Cluster]], Mapping[str, float]]
) -> tuple[dict[str, int], dict[str, float]]:
    """Channels of each cluster of the network in ``start`` now, and the share that ``choose`` takes of it."""
    with _opened(start, context, importance) as (_, _, cutter):
        channels = {cluster.name: cluster.channels for cluster in cutter.clusters}
        return channels, dict(choose(cutter.clusters))


def cut_folder(start: Path, out: Path, context: StepContext, importance: str, widths: Mapping[str, int]) -> Path:
    """The network of ``start`` narrowed to ``widths``, as a trained folder ``out``; whole wherever it exists."""
    if not out.exists():
        with _opened(start, context, importance) as (network, architecture, cutter):
            cutter.cut(widths)
        network.zero_grad(set_to_none=True)
        save_whole(network, architecture, start, out)
    return out


def save_whole(network: nn.Module, architecture: Mapping[str, Any], like: Path, out: Path) -> None:
    """Have the trainer save ``network`` aside, then rename it to ``out``."""
    partial = out.with_name(out.name + ".part")
    shutil.rmtree(partial, ignore_errors=True)
    partial.parent.mkdir(parents=True, exist_ok=True)
    trainer_of(like).save(network, architecture, like, partial)
    partial.rename(out)


def trainer_of(folder: Path) -> Trainer:
    """The trainer of the network in a trained folder."""
    return load_trainer(trainer_for_arch(read_architecture(folder)["arch"]))


@contextlib.contextmanager
def _opened(start: Path, context: StepContext, importance: str) -> Iterator[tuple[nn.Module, dict[str, Any], Cutter]]:
    """The network of ``start`` with its architecture, open for cutting; whole again afterwards."""
    trainer = trainer_of(start)
    network, architecture = trainer.load(start)
    if importance == "taylor":
        collect_gradients(trainer, network, start, context)
    with trainer.pruning(network, start) as view:
        yield network, architecture, Cutter(view, importance)


def cost_of(trained: Path) -> dict[str, int]:
    """Parameters and multiply-accumulates of a trained folder's network, for one picture of its input size."""
    trainer = trainer_of(trained)
    network, _ = trainer.load(trained)
    with trainer.pruning(network, trained) as view:
        shape = tuple(view.example.shape)
    with torch.no_grad():
        macs, parameters = tp.utils.count_ops_and_params(network, torch.zeros(shape))
    return {"params": int(parameters), "macs": int(macs)}
