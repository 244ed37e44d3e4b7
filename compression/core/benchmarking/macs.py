"""Multiply-accumulates and parameters of an ONNX graph, counted from its shapes.

One MAC is one multiplication and one addition: FLOPs by the usual count are twice as many. Only layers with weights and
products of matrices are counted, as thop, fvcore and torch.utils.flop_counter do; activations and decode are not.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

import onnx

_WEIGHTED = ("Conv", "ConvTranspose", "Gemm", "MatMul", "BatchNormalization")
# Between a stored tensor and the layer that uses it.
_PASSING = {"DequantizeLinear", "QuantizeLinear", "Cast", "Identity", "Transpose", "Reshape"}
Shapes = Mapping[str, tuple[int, ...]]


def count_graph(path: Path) -> dict[str, int]:
    """``macs`` for one picture and ``params`` (weights, biases and BatchNorm's, as stored)."""
    model = onnx.load(str(path))
    for value in model.graph.input:  # a free batch counts as one picture
        for side in value.type.tensor_type.shape.dim:
            if side.dim_param:
                side.dim_value = 1
    shapes = _shapes(onnx.shape_inference.infer_shapes(model))
    macs = sum(node_macs(node, shapes) for node in model.graph.node)
    return {"macs": macs, "params": _params(model, shapes)}


def node_macs(node: onnx.NodeProto, shapes: Shapes) -> int:
    """MACs of one node; 0 for what is not counted or has no known shape.

    Conv: output elements * kernel * input channels of a group. Gemm, MatMul: output elements * inner dimension.
    """
    if node.op_type == "Conv" and node.output[0] in shapes:
        weight = shapes[node.input[1]]  # (out, in / groups, kernel …)
        return prod(shapes[node.output[0]]) * prod(weight[1:])
    if node.op_type == "ConvTranspose" and node.input[0] in shapes:
        weight = shapes[node.input[1]]  # (in, out / groups, kernel …): each input value is spread over these
        return prod(shapes[node.input[0]]) * prod(weight[1:])
    if node.op_type in ("Gemm", "MatMul") and node.output[0] in shapes and node.input[0] in shapes:
        transposed = any(attribute.name == "transA" and attribute.i for attribute in node.attribute)
        inner = shapes[node.input[0]][-2 if transposed else -1]
        return prod(shapes[node.output[0]]) * inner
    return 0


def _shapes(model: onnx.ModelProto) -> dict[str, tuple[int, ...]]:
    graph = model.graph
    found: dict[str, tuple[int, ...]] = {}
    for value in (*graph.input, *graph.value_info, *graph.output):
        sides = value.type.tensor_type.shape.dim
        if all(side.HasField("dim_value") for side in sides):
            found[value.name] = tuple(side.dim_value for side in sides)
    found |= {tensor.name: tuple(tensor.dims) for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type == "Constant" and node.attribute and node.attribute[0].HasField("t"):
            found[node.output[0]] = tuple(node.attribute[0].t.dims)
    return found


def _params(model: onnx.ModelProto, shapes: Shapes) -> int:
    """Elements of the stored tensors that reach a weighted layer, each once; BatchNorm's averages are no parameters."""
    graph = model.graph
    stored = {tensor.name for tensor in graph.initializer}
    stored |= {node.output[0] for node in graph.node if node.op_type == "Constant"}
    makers: dict[str, Any] = {name: node for node in graph.node for name in node.output}
    counted: set[str] = set()
    for node in graph.node:
        if node.op_type in _WEIGHTED:
            inputs = node.input[1:3] if node.op_type == "BatchNormalization" else node.input[:3]
            for name in inputs:
                while name not in stored and name in makers and makers[name].op_type in _PASSING:
                    name = makers[name].input[0]
                if name in stored:
                    counted.add(name)
    return sum(prod(shapes[name]) for name in counted if name in shapes)
