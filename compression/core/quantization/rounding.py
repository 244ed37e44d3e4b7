"""Weights in few bits: one scale a channel, round to nearest, and for 4 bits a search for the best clipping.

q = clamp(round(w / s), -2^(b-1) .. 2^(b-1) - 1), w' = q * s; symmetric, so that zero stays exactly zero.
Source: Jacob et al. 2018, "Quantization and training of neural networks for efficient integer-arithmetic-only
inference" (8 bits, ±127); clipping by least squared error: Banner et al. 2019, "Post training 4-bit quantization".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
_SHARES = np.linspace(0.4, 1.0, 31, dtype=np.float32)  # of the largest weight, tried as the clipping point
_TINIEST = np.float32(1e-12)  # a channel of zeros must not divide by zero


@dataclass(frozen=True)
class Rounded:
    """``levels`` int8 of the weights' shape (4 bits: -8..7); ``scale`` (channels,), or () for one over all."""

    levels: NDArray[np.int8]
    scale: Floats
    axis: int

    def restored(self) -> Floats:
        """The float weights that a runtime computes with."""
        return (self.levels.astype(np.float32) * _along(self.scale, self.levels.ndim, self.axis)).astype(np.float32)


def round_weights(weights: Floats, axis: int, bits: int = 8, *, per_channel: bool = True) -> Rounded:
    """Round ``weights`` to ``bits`` (8 or 4) with a scale for each index of ``axis``, or one for all."""
    rows = np.moveaxis(weights, axis, 0).reshape(weights.shape[axis], -1) if per_channel else weights.reshape(1, -1)
    top = 2 ** (bits - 1) - 1
    low = -top if bits == 8 else -top - 1  # -128 would overflow u8 x s8 products on CPUs without VNNI
    largest = np.maximum(np.abs(rows).max(axis=1), _TINIEST).astype(np.float32)
    scale = (largest / np.float32(top)).astype(np.float32)
    if bits < 8:
        scale = _best_clipping(rows, largest, low, top)
    scale = scale if per_channel else scale[0]
    spread = _along(scale, weights.ndim, axis)
    levels = np.clip(np.rint(weights / spread), low, top).astype(np.int8)
    return Rounded(levels, np.asarray(scale, dtype=np.float32), axis)


def _best_clipping(rows: Floats, largest: Floats, low: int, top: int) -> Floats:
    """Scale (channels,) of least squared error among clipping points; rows (channels, weights of one)."""
    best = np.full(rows.shape[0], np.inf, dtype=np.float64)
    chosen = largest / np.float32(top)
    for share in _SHARES:
        scale = (share * largest / top).astype(np.float32)[:, None]
        error = np.square(np.clip(np.rint(rows / scale), low, top) * scale - rows).sum(axis=1)
        better = error < best
        best, chosen = np.where(better, error, best), np.where(better, scale[:, 0], chosen)
    return chosen.astype(np.float32)


def _along(scale: Floats, ndim: int, axis: int) -> Floats:
    """``scale`` shaped to multiply along ``axis``."""
    if scale.ndim == 0:
        return scale
    shape = [1] * ndim
    shape[axis] = -1
    return scale.reshape(shape)
