"""Small files, unchanged arithmetic: weights stored in 8 or 4 bits and restored by DequantizeLinear before their layer.

A 4-bit tensor needs opset 21; both ONNX Runtime and OpenVINO read it and compute in float.
"""

from __future__ import annotations

from collections.abc import Collection

import ml_dtypes
import numpy as np
import onnx
from onnx import helper, numpy_helper, version_converter

from compression.core.quantization.detour import go_around_splits
from compression.core.quantization.layers import nodes_to_quantize, weight_array, weight_axis, weights_of
from compression.core.quantization.rounding import Rounded, round_weights

INT4_OPSET = 21
INT4_IR = 10
_NODE_BYTES = 220  # what the added node, its names and shapes cost: smaller savings are none


def quantize_weights(
    model: onnx.ModelProto, *, bits: int, per_channel: bool = True, spared: Collection[str] = ()
) -> onnx.ModelProto:
    """A copy of ``model`` whose weights are stored in ``bits``: 8 (the ``spared`` nodes stay float) or 4 (they get 8).

    Layers whose saving would not pay for the added node stay as they are.
    """
    result = _copy(model) if bits == 8 else _for_four_bits(model)
    stored = weights_of(result)
    wanted = set(nodes_to_quantize(result))
    dequantizers: dict[str, onnx.NodeProto] = {}
    for node in result.graph.node:
        if node.name not in wanted or node.input[1] in dequantizers:
            continue
        width = bits if node.name not in spared else 8
        if node.name in spared and bits == 8:
            continue
        tensor = stored[node.input[1]]
        weights = weight_array(tensor)
        if weights.dtype != np.float32 or weights.ndim < 2:
            continue
        rounded = round_weights(weights, weight_axis(node), width, per_channel=per_channel)
        if _saved(rounded, width) <= _NODE_BYTES:
            continue
        dequantizers[tensor.name] = _replace(result, tensor, rounded, width)
    _put_first(result, list(dequantizers.values()))
    go_around_splits(result)
    return result


def _copy(model: onnx.ModelProto) -> onnx.ModelProto:
    result = onnx.ModelProto()
    result.CopyFrom(model)
    return result


def _for_four_bits(model: onnx.ModelProto) -> onnx.ModelProto:
    opset = next(entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx"))
    result = version_converter.convert_version(model, INT4_OPSET) if opset < INT4_OPSET else _copy(model)
    result.ir_version = max(result.ir_version, INT4_IR)
    del result.metadata_props[:]
    result.metadata_props.extend(model.metadata_props)
    return result


def _saved(rounded: Rounded, bits: int) -> int:
    return rounded.levels.size * (32 - bits) // 8 - 4 * rounded.scale.size


def _replace(model: onnx.ModelProto, tensor: onnx.TensorProto, rounded: Rounded, bits: int) -> onnx.NodeProto:
    """Swap the float initializer for levels and scale; returns the node that gives the old name its values back."""
    name = tensor.name
    levels = rounded.levels if bits == 8 else rounded.levels.astype(ml_dtypes.int4)
    model.graph.initializer.remove(tensor)
    model.graph.initializer.extend(
        [
            numpy_helper.from_array(levels, f"{name}_q"),
            numpy_helper.from_array(rounded.scale, f"{name}_s"),
        ]
    )
    axis = {"axis": rounded.axis} if rounded.scale.ndim else {}
    return helper.make_node("DequantizeLinear", [f"{name}_q", f"{name}_s"], [name], name=f"{name}_dq", **axis)


def _put_first(model: onnx.ModelProto, nodes: list[onnx.NodeProto]) -> None:
    """Nodes that depend on initializers alone, before all others."""
    rest = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend([*nodes, *rest])
