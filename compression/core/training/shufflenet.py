"""Opens a ShuffleNetV2 for channel pruning by DepGraph.

Two things of it break DepGraph (measured with torch-pruning 1.6.1): it cannot follow channels through a shuffle, and
the halves that a block splits must stay equally wide. While the network is open blocks do not shuffle, and only
channels inside a branch, and those of the last convolution, may leave.
Source: Ma et al. 2018, "ShuffleNet V2: practical guidelines for efficient CNN architecture design".
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import MethodType

import torch
from torch import nn
from torchvision.models.shufflenetv2 import InvertedResidual, ShuffleNetV2


@contextmanager
def unshuffled(network: nn.Module) -> Iterator[tuple[nn.Module, ...]]:
    """The layers whose outputs are shuffled, for ``network`` if it is a ShuffleNetV2, while it can be traced."""
    if not isinstance(network, ShuffleNetV2):
        yield ()
        return
    blocks = [block for block in network.modules() if isinstance(block, InvertedResidual)]
    fixed: list[nn.Module] = [network.conv1[0]]
    for block in blocks:
        fixed.append(block.branch2[5])
        fixed += [layer for layer in block.branch1 if isinstance(layer, nn.Conv2d)]
        block.forward = MethodType(_joined, block)
    try:
        yield tuple(fixed)
    finally:
        for block in blocks:
            del block.forward


def _joined(block: InvertedResidual, images: torch.Tensor) -> torch.Tensor:
    """What the block gives, before its channels are shuffled."""
    if block.stride == 1:
        kept, worked = images.chunk(2, dim=1)
        return torch.cat((kept, block.branch2(worked)), dim=1)
    return torch.cat((block.branch1(images), block.branch2(images)), dim=1)
