"""Widths of a network's layers as plain numbers, so that a pruned network is stored without pickling its class.

architecture.json names the stock network; "widths" lists the layers that are narrower than there. Loading builds the
stock network, narrows those layers, then copies the weights in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import nn

from annotator.core.errors import BadArtifact

Widths = dict[str, list[int]]
# Convolutions [out, in per group, groups], Linear [out, in, 1], norms [features].
_CONVS = (nn.Conv2d, nn.ConvTranspose2d)
_NORMS = (nn.BatchNorm2d,)
_SIZED = (*_CONVS, nn.Linear, *_NORMS)


def read_widths(network: nn.Module) -> Widths:
    """Width of every convolution, Linear and BatchNorm by its module name."""
    return {name: _width(layer) for name, layer in _layers(network)}


def narrowed(network: nn.Module, stock: nn.Module) -> Widths:
    """Widths of ``network`` that differ from ``stock``'s. Raises BadArtifact where the layers are not the same ones."""
    found, full = read_widths(network), read_widths(stock)
    if found.keys() != full.keys():
        raise BadArtifact(
            f"The network has layers that its architecture lacks: {sorted(found.keys() ^ full.keys())[:4]}.",
            field="widths",
        )
    different = {name: width for name, width in found.items() if width != full[name]}
    for name, width in different.items():
        _check(name, width, full[name])
    return different


def apply_widths(network: nn.Module, widths: Mapping[str, Sequence[int]]) -> None:
    """Narrow the layers of ``network`` in place to ``widths``.

    Weights become the first rows and columns of what stood there, scaled by sqrt(old fan-in / new fan-in), so that
    outputs keep their variance and a narrow network can also be trained from nothing. Source: He et al. 2015, eq. 10.
    Raises BadArtifact for an unknown layer, a width above the stock one, or layers that do not fit one another.
    """
    layers = dict(_layers(network))
    for name, width in widths.items():
        if name not in layers:
            raise BadArtifact(f"architecture.json states a width of {name!r}, which is no such layer.", field="widths")
        _check(name, width, _width(layers[name]))
    for name, width in widths.items():
        _narrow(layers[name], width)


def check_runs(network: nn.Module, forward: Callable[[nn.Module], Any]) -> None:
    """One forward pass of a network whose widths came from a file. Raises BadArtifact where layers do not fit."""
    training = network.training
    network.eval()
    try:
        with torch.no_grad():
            forward(network)
    except (RuntimeError, ValueError, IndexError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BadArtifact(
            f"The widths in architecture.json do not fit one another: {first}.", field="widths"
        ) from error
    finally:
        network.train(training)


def _layers(network: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    for name, layer in network.named_modules():
        if isinstance(layer, _SIZED):
            yield name, layer


def _width(layer: nn.Module) -> list[int]:
    if isinstance(layer, _CONVS):
        return [layer.out_channels, layer.in_channels // layer.groups, layer.groups]
    if isinstance(layer, nn.Linear):
        return [layer.out_features, layer.in_features, 1]
    assert isinstance(layer, _NORMS)
    return [layer.num_features]


def _check(name: str, width: Any, stock: Sequence[int]) -> None:
    if isinstance(width, str) or len(width) != len(stock) or not all(type(value) is int for value in width):
        raise BadArtifact(f"The width of {name!r} is not {len(stock)} whole numbers: {width!r}.", field="widths")
    if any(value < 1 for value in width):
        raise BadArtifact(f"The width of {name!r} must be positive: {list(width)}.", field="widths")
    if len(width) == 1:
        wider = width[0] > stock[0]
    else:
        # Per-group inputs may grow where groups fall; the whole layer may not.
        wider = width[0] > stock[0] or width[2] > stock[2] or width[1] * width[2] > stock[1] * stock[2]
        if width[0] % width[2]:
            raise BadArtifact(f"{name!r} cannot give {width[0]} channels from {width[2]} groups.", field="widths")
    if wider:
        raise BadArtifact(f"{name!r} is wider than in its architecture: {list(width)} of {stock}.", field="widths")


def _narrow(layer: nn.Module, width: Sequence[int]) -> None:
    if isinstance(layer, nn.Conv2d):
        out, per_group, groups = width
        layer.weight = _cut(layer.weight, (out, per_group), scaled_from=layer.weight.shape[1])
        layer.out_channels, layer.in_channels, layer.groups = out, per_group * groups, groups
        layer.bias = _cut(layer.bias, (out,))
    elif isinstance(layer, nn.ConvTranspose2d):
        out, per_group, groups = width  # its weight lies as (in, out per group, …)
        layer.weight = _cut(layer.weight, (per_group * groups, out // groups))
        layer.out_channels, layer.in_channels, layer.groups = out, per_group * groups, groups
        layer.bias = _cut(layer.bias, (out,))
    elif isinstance(layer, nn.Linear):
        out, inputs, _ = width
        layer.weight = _cut(layer.weight, (out, inputs), scaled_from=layer.in_features)
        layer.out_features, layer.in_features = out, inputs
        layer.bias = _cut(layer.bias, (out,))
    elif isinstance(layer, nn.BatchNorm2d):
        layer.num_features = width[0]
        layer.weight, layer.bias = _cut(layer.weight, width), _cut(layer.bias, width)
        for name in ("running_mean", "running_var"):
            buffer = getattr(layer, name)
            if buffer is not None:
                setattr(layer, name, buffer[: width[0]].clone())


def _cut(tensor: Any, sizes: Sequence[int], scaled_from: int | None = None) -> Any:
    """The first ``sizes`` of the leading dimensions; repeated where a grouped layer gained inputs per group."""
    if tensor is None:
        return None
    data = tensor.detach()
    for axis, size in enumerate(sizes):
        data = data.index_select(axis, torch.arange(size, device=data.device) % data.shape[axis])
    scale = (scaled_from / sizes[1]) ** 0.5 if scaled_from else 1.0
    return nn.Parameter(data.clone() * scale, requires_grad=tensor.requires_grad)
