"""Two bytes a weight: float16 graphs, and bfloat16 storage."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import onnx
from onnx import helper, numpy_helper
from onnxruntime.transformers.float16 import convert_float_to_float16

from compression.core.quantization.layers import decode_nodes, nodes_to_quantize, weight_array, weights_of

_FEWEST = 256  # weights: below, the added Cast costs more bytes than it saves


def to_float16(model: onnx.ModelProto) -> onnx.ModelProto:
    """A copy that computes in float16 with float32 inputs and outputs.

    The decode of a detector stays float32: float16 counts pixels beyond 512 in steps of a half.
    """
    copied = onnx.ModelProto()
    copied.CopyFrom(model)
    result: onnx.ModelProto = convert_float_to_float16(copied, keep_io_types=True, node_block_list=decode_nodes(model))
    _mend_names(result)
    return result


def _mend_names(model: onnx.ModelProto) -> None:
    """The converter writes the cast of a tensor once for each node that needs it, which ONNX Runtime refuses; and
    OpenVINO calls an input by the first, alphabetically, of its own name and that of its cast.
    """
    inputs = {entry.name for entry in model.graph.input}
    casts = [node for node in model.graph.node if node.op_type == "Cast" and node.input[0] in inputs]
    renamed = {node.output[0]: f"{node.input[0]}_fp16" for node in casts}
    nodes: dict[tuple[str, ...], onnx.NodeProto] = {}
    for node in model.graph.node:
        for names in (node.input, node.output):
            for place, name in enumerate(names):
                names[place] = renamed.get(name, name)
        nodes.setdefault(tuple(node.output), node)
    kept = list(nodes.values())
    del model.graph.node[:]
    model.graph.node.extend(kept)


def to_bfloat16(model: onnx.ModelProto) -> onnx.ModelProto:
    """A copy whose weights are stored as bfloat16 and cast to float32 where they are used.

    ONNX has no bfloat16 convolution that CPUs' runtimes run; OpenVINO's bf16 hint computes in it where the CPU can, and
    then loses nothing more by it. Source: Kalamkar et al. 2019, "A study of BFLOAT16 for deep learning training".
    """
    result = onnx.ModelProto()
    result.CopyFrom(model)
    wanted, stored = set(nodes_to_quantize(result)), weights_of(result)
    casts: dict[str, onnx.NodeProto] = {}
    for node in result.graph.node:
        if node.name not in wanted or node.input[1] in casts:
            continue
        tensor = stored[node.input[1]]
        weights, name = weight_array(tensor), tensor.name
        if weights.dtype != np.float32 or weights.size < _FEWEST:
            continue
        tensor.CopyFrom(numpy_helper.from_array(weights.astype(ml_dtypes.bfloat16), f"{name}_bf16"))
        casts[name] = helper.make_node("Cast", [f"{name}_bf16"], [name], name=f"{name}_cast", to=onnx.TensorProto.FLOAT)
    rest = list(result.graph.node)
    del result.graph.node[:]
    result.graph.node.extend([*casts.values(), *rest])
    return result
