"""Lets an ONNX graph that was written for one picture take any number of them."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import numpy_helper

from annotator.core.errors import RunFailed

BATCH = "batch"


def free_batch(model: onnx.ModelProto) -> onnx.ModelProto:
    """A copy whose inputs and outputs begin with a free dimension `batch`.

    Reshape targets that spell the batch of 1 out copy the dimension of their input instead (a 0). Works on the file, so
    that quantized and imported models have it too. Raises RunFailed where the graph is written another way.
    """
    free = onnx.ModelProto()
    free.CopyFrom(model)
    weights = {tensor.name for tensor in free.graph.initializer}
    for value in (*(one for one in free.graph.input if one.name not in weights), *free.graph.output):
        shape = value.type.tensor_type.shape
        if not shape.dim or shape.dim[0].dim_value not in (0, 1):
            raise RunFailed(f"{value.name} does not begin with a batch of one picture.", code="fixed_batch")
        shape.dim[0].ClearField("dim_value")
        shape.dim[0].dim_param = BATCH
    del free.graph.value_info[:]  # shapes with the old batch in them
    _free_reshapes(free.graph)
    return free


def _free_reshapes(graph: onnx.GraphProto) -> None:
    shapes = {tensor.name: tensor for tensor in graph.initializer}
    constants = {node.output[0]: node for node in graph.node if node.op_type == "Constant"}
    changed: dict[str, str] = {}
    for node in [node for node in graph.node if node.op_type == "Reshape"]:
        name = node.input[1]
        if name not in changed:
            stored = shapes.get(name) or (constants[name].attribute[0].t if name in constants else None)
            if stored is None:
                continue
            value = numpy_helper.to_array(stored)
            if len(value) < 2 or value[0] != 1:
                continue
            freed = np.array([0, *value[1:]], dtype=np.int64)
            changed[name] = f"{name}_{BATCH}"  # another node may read the old one for something else
            graph.initializer.append(numpy_helper.from_array(freed, changed[name]))
        node.input[1] = changed[name]
