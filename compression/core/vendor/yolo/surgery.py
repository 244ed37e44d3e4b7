"""Opens a YOLO for channel pruning by DepGraph and closes it again, so that only stock classes remain.

Two things of a stock YOLO break DepGraph (measured with torch-pruning 1.6.1): Detect concatenates flattened levels on
the last axis, which it takes for channels; and C2f/C2PSA cut the output of one convolution in two, which couples
channel i with channel i + c. While the view is open Detect gives the maps of its branches, and those blocks are
replaced by one with a convolution for each half.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from ultralytics.nn.modules.block import C2PSA, DFL, Attention, C2f
from ultralytics.nn.modules.conv import Conv
from ultralytics.nn.modules.head import Detect

from annotator.core.errors import RunFailed
from compression.core.trainer import PruningView

_BRANCHES = ("cv2", "cv3", "one2one_cv2", "one2one_cv3")
_PLACE = ("f", "i", "type", "np")  # what Ultralytics' forward reads of a layer


class Halves(nn.Module):
    """A C2f or C2PSA whose cv1 is two convolutions, ``first`` and ``second`` half of its channels."""

    def __init__(self, block: C2f | C2PSA) -> None:
        super().__init__()
        self.first, self.second = _half(block.cv1, 0), _half(block.cv1, 1)
        self.cv2, self.m = block.cv2, block.m
        self.parallel = isinstance(block, C2f)  # each entry of m is an output; C2PSA's m is a chain with one
        for name in _PLACE:
            if hasattr(block, name):
                setattr(self, name, getattr(block, name))
        self._block = (block,)  # in a tuple: not a child of this module

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """What the block gives."""
        first, second = self.first(x), self.second(x)
        if not self.parallel:
            return self.cv2(torch.cat((first, self.m(second)), 1))
        maps = [first, second]
        maps.extend(step(maps[-1]) for step in self.m)
        return self.cv2(torch.cat(maps, 1))

    def merged(self) -> C2f | C2PSA:
        """The stock block with both halves in one convolution again."""
        block = self._block[0]
        conv, norm = block.cv1.conv, block.cv1.bn
        widths = [half.conv.out_channels for half in (self.first, self.second)]
        if widths[0] != widths[1]:
            raise RunFailed(
                f"The halves of a block were cut to {widths}, which no stock block has.", code="prune_failed"
            )
        halves = (self.first, self.second)
        conv.weight = nn.Parameter(torch.cat([half.conv.weight.detach() for half in halves]))
        conv.out_channels, conv.in_channels = conv.weight.shape[:2]
        for name in ("weight", "bias"):
            setattr(norm, name, nn.Parameter(torch.cat([getattr(half.bn, name).detach() for half in halves])))
        for name in ("running_mean", "running_var"):
            setattr(norm, name, torch.cat([getattr(half.bn, name) for half in halves]))
        norm.num_features = conv.out_channels
        return block


def _half(whole: Conv, index: int) -> Conv:
    """One half of a convolution with its norm; gradients come along, for importances by Taylor's expansion."""
    width = whole.conv.out_channels // 2
    rows = slice(index * width, (index + 1) * width)
    kernel, stride = whole.conv.kernel_size, whole.conv.stride
    half = Conv(whole.conv.in_channels, width, kernel[0], stride[0], act=whole.act)
    half.bn.eps, half.bn.momentum = whole.bn.eps, whole.bn.momentum
    for ours, theirs in ((half.conv.weight, whole.conv.weight), (half.bn.weight, whole.bn.weight),
                         (half.bn.bias, whole.bn.bias)):  # fmt: skip
        ours.data = theirs.detach()[rows].clone()
        ours.grad = None if theirs.grad is None else theirs.grad[rows].clone()
    half.bn.running_mean, half.bn.running_var = whole.bn.running_mean[rows].clone(), whole.bn.running_var[rows].clone()
    half.bn.num_batches_tracked = whole.bn.num_batches_tracked.clone()
    return half


def restore_attributes(network: nn.Module) -> None:
    """Tell the blocks of a network how wide their halves are now."""
    for block in network.modules():
        if isinstance(block, (C2f, C2PSA)):
            block.c = block.cv1.conv.out_channels // 2


@contextmanager
def opened(network: nn.Module, size: tuple[int, int]) -> Iterator[PruningView]:
    """``network`` ready for DepGraph at (width, height) pixels; when it ends the network is whole, in eval mode.

    Attention stays as it is, and so do halves that lie beside it: theirs would end at unequal widths (88 of 128).
    """
    _replace(network, lambda block: Halves(block) if isinstance(block, (C2f, C2PSA)) else None)
    network.eval()  # new layers start in training mode, where a mere look would move their averages
    for parameter in network.parameters():
        parameter.requires_grad_(True)  # DepGraph follows gradients
    heads = [module for module in network.modules() if isinstance(module, Detect)]
    for head in heads:
        head.forward = _BranchMaps(head)
    halves = [module for module in network.modules() if isinstance(module, Halves)]
    attentive = {id(pair) for pair in halves if any(isinstance(module, Attention) for module in pair.m.modules())}
    ignored = [layer for head in heads for layer in _last_layers(head)]
    ignored += [module for module in network.modules() if isinstance(module, (Attention, DFL))]
    ignored += [half for pair in halves if id(pair) in attentive for half in (pair.first, pair.second)]
    width, height = size
    try:
        yield PruningView(
            network=network,
            example=torch.zeros(1, 3, height, width, device=next(network.parameters()).device),
            ignored=tuple(dict.fromkeys(layer for module in ignored for layer in module.modules())),
            coupled=tuple((pair.first.conv, pair.second.conv) for pair in halves if id(pair) not in attentive),
            outputs=_total,
        )
    finally:
        for head in heads:
            head.__dict__.pop("forward", None)
        _replace(network, lambda module: module.merged() if isinstance(module, Halves) else None)
        restore_attributes(network)
        network.zero_grad(set_to_none=True)
        _freeze_constants(network)
        network.eval()


@contextmanager
def whole_head(network: nn.Module) -> Iterator[None]:
    """Detect as it is, also while the network is opened: the training loss needs its real answers."""
    heads = [module for module in network.modules() if isinstance(module, Detect) and "forward" in module.__dict__]
    kept = [head.__dict__.pop("forward") for head in heads]
    try:
        yield
    finally:
        for head, forward in zip(heads, kept, strict=True):
            head.forward = forward


class _BranchMaps:
    """Detect's forward while pruning: the maps of every branch and level."""

    def __init__(self, head: Detect) -> None:
        self.head = head

    def __call__(self, levels: list[torch.Tensor]) -> list[torch.Tensor]:
        branches = [getattr(self.head, name, None) for name in _BRANCHES]
        return [branch[i](x) for branch in branches if branch is not None for i, x in enumerate(levels)]


def _last_layers(head: Detect) -> list[nn.Module]:
    branches = [getattr(head, name, None) for name in _BRANCHES]
    return [level[-1] for branch in branches if branch is not None for level in branch]


def _total(maps: Any) -> torch.Tensor:
    return sum((one.sum() for one in maps), torch.zeros(()))


def _freeze_constants(network: nn.Module) -> None:
    for module in network.modules():
        if isinstance(module, DFL):
            module.requires_grad_(False)


def _replace(network: nn.Module, change: Any) -> None:
    for parent in list(network.modules()):
        for name, child in list(parent.named_children()):
            new = change(child)
            if new is not None:
                setattr(parent, name, new)
