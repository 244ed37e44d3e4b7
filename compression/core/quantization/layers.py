"""Which layers of an ONNX graph carry weights to quantize, and which of them should be spared.

What must stay float in a detector is its decode: one scale over boxes (0..640) and scores (0..1) rounds every score to
zero (measured: whole graph mAP50 .000, without the decode .864 of .863).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import onnx
from onnx import numpy_helper

from prelabel.core.artifact import Artifact

WEIGHTED = ("Conv", "Gemm", "MatMul")
PREPARED = ("onnx.quant.pre_process", "onnxruntime.quant")
SMALL_FILTER = 64  # weights of one output channel: fewer do not average 4-bit rounding out
_HEAD = re.compile(r"^/model\.(\d+)/")
_HEAD_CONVOLUTION = re.compile(r"/(one2one_)?cv[23]\.")


def named_model(artifact: Artifact) -> onnx.ModelProto:
    """The graph with a name on every node (quantizers find nodes by it) and its weights as initializers, marked as
    prepared.
    """
    model = onnx.load(str(artifact.model_path))
    for index, node in enumerate(model.graph.node):
        if not node.name:
            node.name = f"{node.op_type}_{index}"
    _lift_constants(model)
    entry = model.metadata_props.add()
    entry.key, entry.value = PREPARED
    return model


def _lift_constants(model: onnx.ModelProto) -> None:
    """Weights that came as Constant nodes become initializers, so that all are found in one place."""
    wanted = {node.input[1] for node in model.graph.node if node.op_type in WEIGHTED and len(node.input) > 1}
    for node in [n for n in model.graph.node if n.op_type == "Constant" and n.output[0] in wanted]:
        value = next((a.t for a in node.attribute if a.name == "value"), None)
        if value is None:
            continue
        tensor = onnx.TensorProto()
        tensor.CopyFrom(value)
        tensor.name = node.output[0]
        model.graph.initializer.append(tensor)
        model.graph.node.remove(node)


def nodes_to_quantize(model: onnx.ModelProto) -> list[str]:
    """Names of the Conv, Gemm and MatMul nodes with constant weights, the decode of a YOLO head left out.

    Attention's products of two activations stay float, as Softmax does: neither has weights.
    """
    constants = {tensor.name for tensor in model.graph.initializer}
    last = last_layer(model)
    names: list[str] = []
    for node in model.graph.node:
        if node.op_type not in WEIGHTED or not any(name in constants for name in node.input[1:2]):
            continue
        if is_of_layer(node.name, last) and not _HEAD_CONVOLUTION.search(node.name):
            continue
        names.append(node.name)
    return names


def decode_nodes(model: onnx.ModelProto) -> list[str]:
    """Nodes of a YOLO's last layer that are not its convolutions: box arithmetic and scores."""
    last = last_layer(model)
    return [
        node.name
        for node in model.graph.node
        if is_of_layer(node.name, last) and not _HEAD_CONVOLUTION.search(node.name)
    ]


def head_nodes(model: onnx.ModelProto) -> list[str]:
    """What to spare when the loss is too great: the last layer of a YOLO, else the first convolution and depthwise ones
    (which lose most).
    """
    names, last = nodes_to_quantize(model), last_layer(model)
    if last is not None:
        return [name for name in names if is_of_layer(name, last)]
    return [name for name in names if name == names[0] or is_depthwise(_node(model, name))]


def fragile_nodes(model: onnx.ModelProto) -> list[str]:
    """What 4 bits would ruin: the head, the first convolution, depthwise ones, and filters of few weights.

    Measured on yolo11n: all in 4 bits mAP50 .608 of .863, with these in 8 bits .862.
    """
    names, last = nodes_to_quantize(model), last_layer(model)
    weights = weights_of(model)
    found = []
    for name in names:
        node = _node(model, name)
        shape = weights[node.input[1]].dims
        filter_size = int(np.prod(shape)) // int(shape[weight_axis(node)])
        in_head = is_of_layer(name, last) if last is not None else name == names[-1]
        if in_head or name == names[0] or is_depthwise(node) or filter_size < SMALL_FILTER:
            found.append(name)
    return found


def rare_tensors(model: onnx.ModelProto, nodes: Iterable[str]) -> set[str]:
    """Activations whose rarest values are the message, so that clipping them as outliers ruins it.

    They are all around the convolutions of a YOLO's last layer, where few cells hold an object, and in other networks
    the outputs of those of ``nodes`` from which a graph output is reached through none of the others.
    """
    wanted, last = set(nodes), last_layer(model)
    if last is not None:
        head = [node for node in model.graph.node if node.name in wanted and is_of_layer(node.name, last)]
        return {tensor for node in head for tensor in (node.input[0], *node.output)}
    made_by = {output: node for node in model.graph.node for output in node.output}
    left, seen, found = [output.name for output in model.graph.output], set[str](), set[str]()
    while left:
        tensor = left.pop()
        node = made_by.get(tensor)
        if tensor in seen or node is None:
            continue
        seen.add(tensor)
        if node.name in wanted:
            found.add(tensor)
        else:
            left.extend(node.input)
    return found


def last_layer(model: onnx.ModelProto) -> int | None:
    """Index of the last module of a YOLO, None in other networks."""
    return max((int(m.group(1)) for node in model.graph.node if (m := _HEAD.match(node.name))), default=None)


def is_of_layer(name: str, layer: int | None) -> bool:
    """True for nodes of the module ``layer`` of a YOLO."""
    return layer is not None and name.startswith(f"/model.{layer}/")


def is_depthwise(node: onnx.NodeProto) -> bool:
    """True for grouped convolutions."""
    return any(attribute.name == "group" and attribute.i > 1 for attribute in node.attribute)


def weight_axis(node: onnx.NodeProto) -> int:
    """Axis of the output channels in the weights (input 1) of a Conv, Gemm or MatMul with 2-D weights."""
    if node.op_type == "Conv":
        return 0
    transposed = any(a.name == "transB" and a.i for a in node.attribute)
    return 0 if node.op_type == "Gemm" and transposed else 1


def weights_of(model: onnx.ModelProto) -> dict[str, onnx.TensorProto]:
    """Initializers by name."""
    return {tensor.name: tensor for tensor in model.graph.initializer}


def weight_array(tensor: onnx.TensorProto) -> np.ndarray:  # type: ignore[type-arg]
    """Values of an initializer."""
    return np.asarray(numpy_helper.to_array(tensor))


def without(names: Iterable[str], kept: Iterable[str]) -> list[str]:
    """``names`` less ``kept``, order kept."""
    left_out = set(kept)
    return [name for name in names if name not in left_out]


def _node(model: onnx.ModelProto, name: str) -> onnx.NodeProto:
    return next(node for node in model.graph.node if node.name == name)
