"""Quantization-aware training: the forward pass feels int8 rounding, the backward pass does not.

    install(network)             # before the optimizer is made, after weights were loaded
    ... train as ever ...
    tensors = plain_state(network)   # state_dict under the stock names, without what was installed
    remove(network)              # the stock network again, with the weights that were learnt

Weights of Conv2d and Linear are rounded per output channel (symmetric, ±127) by a torch parametrization, inputs per
tensor (u8, moving average of minimum and maximum) by a forward pre-hook. What is installed is made of parameters and
buffers, so a checkpoint of ``network.state_dict()`` resumes exactly once install() was called first; deepcopy (an EMA)
works too. Train in float32: bfloat16 holds 8 bits and would round a second time.

The export folds BatchNorm into weights, channel by channel; as the scale of a channel grows by the same factor, the
folded weights fall on the same grid, so that folding before training is not needed.
Source: Jacob et al. 2018, "Quantization and training of neural networks for efficient integer-arithmetic-only
inference"; straight-through gradient: Bengio et al. 2013, "Estimating or propagating gradients".
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import torch
from torch import nn
from torch.nn.utils import parametrize

WEIGHT_LEVELS = 127
ACTIVATION_LEVELS = 255
MOMENTUM = 0.01  # of the moving average, as in torch.ao
_INPUT = "input_quantizer"
_TINIEST = 1e-12


class RoundedWeight(nn.Module):
    """Weights (out, …) on the grid of 8 bits, a scale for each output channel."""

    def forward(self, weight: torch.Tensor) -> torch.Tensor:
        rows = weight.detach().abs().flatten(1).amax(dim=1)
        scale = (rows / WEIGHT_LEVELS).clamp_min(_TINIEST).view(-1, *[1] * (weight.dim() - 1))
        return pass_through(weight, weight / scale, scale, -WEIGHT_LEVELS, WEIGHT_LEVELS)


class RoundedInput(nn.Module):
    """Activations on the grid of u8 between moving averages of their extremes; in eval mode the averages rest."""

    low: torch.Tensor
    high: torch.Tensor
    seen: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("low", torch.zeros(()))
        self.register_buffer("high", torch.zeros(()))
        self.register_buffer("seen", torch.zeros((), dtype=torch.bool))

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        if self.training:
            self._look(values.detach())
        if not bool(self.seen):
            return values  # nothing known yet: the first passes in eval mode measure strides and shapes
        low, high = self.low.clamp_max(0.0), self.high.clamp_min(0.0)
        scale = ((high - low) / ACTIVATION_LEVELS).clamp_min(_TINIEST)
        zero = torch.round(-low / scale).clamp(0, ACTIVATION_LEVELS)
        return pass_through(values, values / scale + zero, scale, 0, ACTIVATION_LEVELS, zero)

    @torch.no_grad()
    def _look(self, values: torch.Tensor) -> None:
        low, high = values.float().aminmax()
        share = MOMENTUM if bool(self.seen) else 1.0
        self.low += share * (low - self.low)
        self.high += share * (high - self.high)
        self.seen.fill_(True)


def pass_through(
    values: torch.Tensor,
    levels: torch.Tensor,
    scale: torch.Tensor,
    low: int,
    high: int,
    zero: torch.Tensor | float = 0.0,
) -> torch.Tensor:
    """``levels`` rounded, clamped and scaled back; the gradient of ``values`` is 1 inside the range, 0 outside."""
    inside = (levels >= low - 0.5) & (levels <= high + 0.5)
    rounded = (torch.round(levels.detach()).clamp(low, high) - zero) * scale
    kept = torch.where(inside, values, values.detach())
    return kept + (rounded - values).detach()


def install(network: nn.Module, skip: Collection[nn.Module] = ()) -> int:
    """Make every Conv2d and Linear of ``network`` feel int8; returns how many. A second call changes nothing.

    Left out: layers in ``skip``, and those whose weights do not learn (the fixed convolution of a detector's decode).
    """
    left_out = {id(module) for module in skip}
    layers = [module for module in network.modules() if _wanted(module) and id(module) not in left_out]
    for layer in layers:
        parametrize.register_parametrization(layer, "weight", RoundedWeight(), unsafe=True)
        layer.add_module(_INPUT, RoundedInput().to(next(layer.parameters()).device))
        layer.register_forward_pre_hook(_round_input)
    return len(layers)


def remove(network: nn.Module) -> None:
    """Undo :func:`install`; the weights stay as learnt, unrounded: the quantize step rounds them."""
    for layer in [module for module in network.modules() if is_installed(module)]:
        parametrize.remove_parametrizations(layer, "weight", leave_parametrized=False)
        delattr(layer, _INPUT)
        for key, hook in list(layer._forward_pre_hooks.items()):
            if hook is _round_input:
                del layer._forward_pre_hooks[key]


def is_installed(module: nn.Module) -> bool:
    """True for a layer that :func:`install` has treated."""
    return isinstance(module, nn.Conv2d | nn.Linear) and hasattr(module, _INPUT)


def plain_state(network: nn.Module) -> dict[str, torch.Tensor]:
    """state_dict under the names of the stock network, without observers."""
    marker = f".{_INPUT}."
    return {
        name.replace("parametrizations.weight.original", "weight"): tensor
        for name, tensor in network.state_dict().items()
        if marker not in f".{name}"
    }


def _wanted(module: nn.Module) -> bool:
    if not isinstance(module, nn.Conv2d | nn.Linear) or is_installed(module):
        return False
    return bool(module.weight.requires_grad)


def _round_input(layer: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """Forward pre-hook; a plain function, so that a deep copy of the network uses its own observers."""
    return (getattr(layer, _INPUT)(inputs[0]), *inputs[1:])
