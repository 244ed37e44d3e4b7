"""A way around a fault of OpenVINO 2026.4's CPU plugin, which refuses some graphs with compressed weights.

Its pass ConvertWeightCompressedConv1x1ToMatmul takes the one output of whatever feeds a 1×1 convolution, and throws
where that is a Split ("Default output not supported"). It does not look through a Reshape, so such weights are stored
flat and get their shape back after DequantizeLinear; ONNX Runtime computes the same.
"""

from __future__ import annotations

import numpy as np
import onnx
from onnx import helper, numpy_helper


def go_around_splits(model: onnx.ModelProto) -> None:
    """Store the dequantized weights of 1×1 convolutions fed by a node of several outputs flat, in place."""
    makers = {output: node for node in model.graph.node for output in node.output}
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    for node in [node for node in model.graph.node if node.op_type == "Conv"]:
        weights = makers.get(node.input[1])
        if weights is None or weights.op_type != "DequantizeLinear" or weights.input[0] not in stored:
            continue
        levels = stored[weights.input[0]]
        if list(levels.dims[2:]) == [1, 1] and _comes_from_many(node.input[0], makers):
            _flatten(model, weights, levels)


def _comes_from_many(tensor: str, makers: dict[str, onnx.NodeProto]) -> bool:
    """True where ``tensor`` is one of several outputs of a node, perhaps rounded on the way."""
    node = makers.get(tensor)
    while node is not None and node.op_type in {"QuantizeLinear", "DequantizeLinear"}:
        node = makers.get(node.input[0])
    return node is not None and len(node.output) > 1


def _flatten(model: onnx.ModelProto, dequantize: onnx.NodeProto, levels: onnx.TensorProto) -> None:
    name, shape = dequantize.output[0], list(levels.dims)
    levels.dims.pop()
    levels.dims.pop()
    model.graph.initializer.append(numpy_helper.from_array(np.array(shape, dtype=np.int64), f"{name}_shape"))
    dequantize.output[0] = f"{name}_flat"
    place = next(index for index, node in enumerate(model.graph.node) if node.output[:1] == [f"{name}_flat"])
    node = helper.make_node("Reshape", [f"{name}_flat", f"{name}_shape"], [name], name=f"{name}_reshape")
    model.graph.node.insert(place + 1, node)
