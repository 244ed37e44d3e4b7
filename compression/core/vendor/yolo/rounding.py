"""Quantization-aware training of a YOLO: int8 rounding put in before training, and taken out of what is saved."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file

from compression.core.snapshot import Snapshot
from compression.core.training.fake_quant import RoundedInput, install, remove
from compression.core.vendor.yolo.network import Yolo
from compression.core.vendor.yolo.sampling import plain_batches

_BATCHES = 4


def start_rounding(network: Yolo, snapshot: Snapshot, size: tuple[int, int]) -> None:
    """From here on the forward pass of ``network`` rounds as int8 would; ``size`` is (width, height) in pixels.

    Ranges of activations are taken from train pictures at once: an average that never saw any does not round, and the
    start weights, validated as epoch 0, would be judged by an easier test than the epochs.
    """
    install(network)
    network.eval()
    for module in network.modules():
        if isinstance(module, RoundedInput):
            module.train()
    with torch.no_grad():
        for batch in plain_batches(snapshot, size, _BATCHES, next(network.parameters()).device):
            network(batch["img"])
    network.train()


def load_without_rounding(network: Yolo, weights: Path) -> None:
    """Weights that were saved while rounding was in, into a stock ``network``."""
    install(network)
    network.load_state_dict(load_file(str(weights)))
    remove(network)
