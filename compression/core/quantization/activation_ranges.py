"""What values a network's tensors take over calibration pictures: extremes, and percentiles that ignore outliers.

One pass serves every variant. ONNX Runtime's own percentile calibrator keeps all activations in memory and fails on
tensors whose range is tiny (numpy cannot make 2,048 bins), hence this one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

from compression.core.quantization.entropy import Counts, best_share, magnitudes

PERCENTILE = 99.99
_SAMPLES = 4096  # values kept of each tensor and picture


@dataclass(frozen=True)
class Range:
    """Extremes and percentiles of one tensor, in its own unit, and a histogram of its magnitudes up to the largest."""

    lowest: float
    highest: float
    low: float
    high: float
    counts: Counts | None = field(default=None, repr=False, compare=False)

    def pick(self, calibration: str) -> tuple[float, float]:
        """(low, high) by ``minmax``, ``percentile`` or ``entropy``; holds zero, and never has width zero."""
        low, high = self.lowest, self.highest
        if calibration == "percentile":
            low, high = self.low, self.high
        elif calibration == "entropy" and self.counts is not None:
            clip = best_share(self.counts) * max(-low, high)
            low, high = max(low, -clip), min(high, clip)
        return min(low, 0.0), max(high, low + 1e-6, 1e-6)


def activations_of(model: onnx.ModelProto, names: Iterable[str]) -> set[str]:
    """Input and output tensors of the nodes ``names`` that are not weights."""
    weights = {tensor.name for tensor in model.graph.initializer}
    weights |= {node.output[0] for node in model.graph.node if node.op_type == "Constant"}
    wanted = set(names)
    found: set[str] = set()
    for node in model.graph.node:
        if node.name in wanted:
            found |= {tensor for tensor in (*node.input, *node.output) if tensor and tensor not in weights}
    return found


def observe(
    model: onnx.ModelProto, tensors: set[str], feeds: Iterable[dict[str, Any]], threads: int = 1
) -> dict[str, Range]:
    """Run ``feeds`` (an input dict per picture) and gather the ranges of ``tensors``. Raises ValueError without any."""
    watched = onnx.ModelProto()
    watched.CopyFrom(model)
    shown = {output.name for output in watched.graph.output} | {entry.name for entry in watched.graph.input}
    for name in sorted(tensors - shown):
        watched.graph.output.append(onnx.helper.make_empty_tensor_value_info(name))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(watched.SerializeToString(), options, providers=["CPUExecutionProvider"])
    wanted = [output.name for output in session.get_outputs() if output.name in tensors]
    extremes: dict[str, tuple[float, float]] = {}
    samples: dict[str, list[NDArray[np.float32]]] = {name: [] for name in tensors}
    for feed in feeds:
        values = dict(zip(wanted, session.run(wanted, feed), strict=True))
        values |= {name: array for name, array in feed.items() if name in tensors}
        for name, array in values.items():
            low, high = float(array.min()), float(array.max())
            before = extremes.get(name, (low, high))
            extremes[name] = (min(before[0], low), max(before[1], high))
            samples[name].append(sample(array))
    if not extremes:
        raise ValueError("no picture to calibrate on")
    return {name: _range(extremes[name], samples[name]) for name in extremes}


def sample(array: NDArray[np.float32], count: int = _SAMPLES) -> NDArray[np.float32]:
    """At most ``count`` values of ``array``, drawn by chance, the same each time.

    Not every n-th: where n is a multiple of the width, as it is with powers of two, that is the left edge of every map
    and nothing else.
    """
    flat = array.ravel()
    if flat.size <= count:
        return flat.astype(np.float32)
    return flat[np.random.default_rng(0).integers(0, flat.size, count)].astype(np.float32)


def _range(extremes: tuple[float, float], samples: list[NDArray[np.float32]]) -> Range:
    values = np.concatenate(samples)
    low, high = np.percentile(values, [100 - PERCENTILE, PERCENTILE])
    return Range(*extremes, float(low), float(high), magnitudes(values, max(-extremes[0], extremes[1])))
