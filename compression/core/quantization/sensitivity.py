"""How much each layer alone costs: quantize one, run some pictures, compare the outputs with the float network's.

Signal to quantization noise of the outputs, in dB: cheap, needs no labels, and ranks layers as the metric would.
Source: Wu et al. 2020, "Integer quantization for deep learning inference: principles and empirical evaluation", s. 5.2.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from compression.core.json_files import write_json
from compression.core.quantization.activation_ranges import Range
from compression.core.quantization.layers import nodes_to_quantize, weight_array, weight_axis
from compression.core.quantization.options import CALIBRATED
from compression.core.quantization.rounding import round_weights
from compression.core.quantization.variant import Variant

PICTURES = 4  # each holds thousands of positions
_MOST_DB = 120.0  # what float32 noise allows


@dataclass(frozen=True)
class Probe:
    """What a scan needs: the float graph, inputs for it, and where to keep what it found."""

    model: onnx.ModelProto
    feeds: Sequence[Mapping[str, Any]]
    kept: Path
    threads: int = 1


def scan(
    probe: Probe, variant: Variant, ranges: Mapping[str, Range], on_layer: Callable[[int, int], None]
) -> list[dict[str, Any]]:
    """Rows {layer, sqnr_db, weights}, the most sensitive (lowest dB) first; goes on where an earlier scan stopped."""
    rows: list[dict[str, Any]] = json.loads(probe.kept.read_text("utf-8")) if probe.kept.exists() else []
    layers = nodes_to_quantize(probe.model)
    done = {row["layer"] for row in rows}
    expected = _outputs(probe.model, probe) if len(done) < len(layers) else []
    for name in [name for name in layers if name not in done]:
        alone, size = quantize_one(probe.model, name, variant, ranges)
        decibels = sqnr(expected, _outputs(alone, probe))
        rows.append({"layer": name, "sqnr_db": round(decibels, 2), "weights": size})
        write_json(probe.kept, rows)
        on_layer(len(rows), len(layers))
    return sorted(rows, key=lambda row: float(row["sqnr_db"]))


def quantize_one(
    model: onnx.ModelProto, name: str, variant: Variant, ranges: Mapping[str, Range]
) -> tuple[onnx.ModelProto, int]:
    """A copy of ``model`` in which the layer ``name`` alone computes with rounded weights (and inputs, where the scheme
    rounds them), and the number of its weights.
    """
    copied = onnx.ModelProto()
    copied.CopyFrom(model)
    place, node = next((i, n) for i, n in enumerate(copied.graph.node) if n.name == name)
    tensor = next(t for t in copied.graph.initializer if t.name == node.input[1])
    weights = weight_array(tensor)
    bits = 4 if variant.scheme == "int4" else 8
    rounded = round_weights(weights, weight_axis(node), bits, per_channel=variant.per_channel)
    # Under a name of its own: another layer may share the weights.
    copied.graph.initializer.append(numpy_helper.from_array(rounded.restored(), f"{name}_alone"))
    node.input[1] = f"{name}_alone"
    if variant.scheme in CALIBRATED and node.input[0] in ranges:
        _round_input(copied, place, node, ranges[node.input[0]].pick(variant.calibration), variant.scheme)
    return copied, int(weights.size)


def _round_input(
    model: onnx.ModelProto, place: int, node: onnx.NodeProto, span: tuple[float, float], scheme: str
) -> None:
    """u8 QuantizeLinear and DequantizeLinear before the layer; 16 bits are taken for lossless here."""
    if scheme == "w8a16":
        return
    low, high = span
    scale = (high - low) / 255
    prefix, source = f"{node.name}_alone_input", node.input[0]
    parameters = [
        numpy_helper.from_array(np.float32(scale), f"{prefix}_s"),
        numpy_helper.from_array(np.uint8(np.clip(round(-low / scale), 0, 255)), f"{prefix}_z"),
    ]
    model.graph.initializer.extend(parameters)
    names = [one.name for one in parameters]
    model.graph.node.insert(place, helper.make_node("QuantizeLinear", [source, *names], [f"{prefix}_q"]))
    model.graph.node.insert(place + 1, helper.make_node("DequantizeLinear", [f"{prefix}_q", *names], [prefix]))
    node.input[0] = prefix


def sqnr(expected: Sequence[NDArray[Any]], found: Sequence[NDArray[Any]]) -> float:
    """Signal to noise in dB, 0 where the noise is as loud as the signal; higher is better.

    Outputs (n, channels, …) are weighed by channel, so that boxes in pixels do not drown scores in 0..1.
    """
    ratios = []
    for true, other in zip(expected, found, strict=True):
        signal, noise = _by_channel(true), _by_channel(other.astype(np.float64) - true)
        ratios.append(float(np.mean(noise / np.maximum(signal, 1e-12))))
    worst = max(ratios)
    return min(_MOST_DB, -10 * math.log10(worst)) if worst > 0 else _MOST_DB


def _by_channel(values: NDArray[Any]) -> NDArray[np.float64]:
    """Mean square of each channel; class scores (n, classes) are one channel, for only their relation counts."""
    squares = np.square(values.astype(np.float64))
    if squares.ndim <= 2:
        return np.asarray([squares.mean()])
    return np.asarray(squares.mean(axis=(0, *range(2, squares.ndim))))


def _outputs(model: onnx.ModelProto, probe: Probe) -> list[NDArray[Any]]:
    """Outputs over all pictures, joined along the batch."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = probe.threads
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    runs = [session.run(None, dict(feed)) for feed in probe.feeds]
    return [np.concatenate(parts) for parts in zip(*runs, strict=True)]
