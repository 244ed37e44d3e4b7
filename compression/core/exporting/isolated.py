"""Hands arrays to a converter in its own environment and takes outputs back, through .npy files."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from compression.core.exporting.environments import call


def run_isolated(slug: str, request: Mapping[str, Any], batch: Any) -> list[Any]:
    """Outputs of a file for a (n, 3, h, w) batch, in the target's own runtime."""
    with tempfile.TemporaryDirectory(prefix="winnow-run-") as scratch:
        inputs, outputs = Path(scratch) / "inputs.npy", Path(scratch) / "outputs.npz"
        np.save(inputs, batch)
        call(slug, {"do": "run", "inputs": str(inputs), "outputs": str(outputs), **request})
        with np.load(outputs, allow_pickle=False) as stored:
            return [stored[f"arr_{index}"] for index in range(len(stored.files))]


def trace(network: torch.nn.Module, shape: tuple[int, ...]) -> Any:
    """The network as a TorchScript program for inputs of ``shape``."""
    jit: Any = torch.jit  # its functions carry no types
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # notes on shapes that are constant, as they are meant to be
        return jit.trace(network.eval(), torch.zeros(shape))


def save_program(program: Any, path: Path) -> None:
    """Write a TorchScript program."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a call for torch.export, which these converters do not read
        torch.jit.save(program, str(path))
