"""Lets an ONNX graph that was written for one picture take any number of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

from annotator.core.errors import RunFailed

BATCH = "batch"


def free_batch(model: onnx.ModelProto) -> onnx.ModelProto:
    """A copy whose inputs and outputs begin with a free dimension `batch`.

    Reshape targets that spell the batch of 1 out copy the dimension of their input instead (a 0); sizes of a Resize
    take it from their input's shape. Works on the file, so that quantized and imported models have it too. Raises
    RunFailed where the graph is written another way.
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
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in free.graph.initializer}
    for node in free.graph.node:
        if node.op_type == "Constant" and node.attribute and node.attribute[0].HasField("t"):
            stored[node.output[0]] = numpy_helper.to_array(node.attribute[0].t)
    _free_reshapes(free.graph, stored)
    _free_resizes(free.graph, stored)
    return free


def _free_reshapes(graph: onnx.GraphProto, stored: Mapping[str, Any]) -> None:
    """Under a new name: another node may read the old constant for something else."""
    for number, node in enumerate(graph.node):
        if node.op_type == "Reshape" and _is_batch_of_one(stored.get(node.input[1])):
            freed = np.array([0, *stored[node.input[1]][1:]], dtype=np.int64)
            name = f"{BATCH}_shape_{number}"
            graph.initializer.append(numpy_helper.from_array(freed, name))
            node.input[1] = name


def _free_resizes(graph: onnx.GraphProto, stored: Mapping[str, Any]) -> None:
    """Sizes of [1, c, h, w] become [the input's own batch, c, h, w]; scales instead of sizes would round."""
    nodes: list[onnx.NodeProto] = []
    for number, node in enumerate(graph.node):
        if node.op_type == "Resize" and len(node.input) == 4 and _is_batch_of_one(stored.get(node.input[3])):
            names = {one: f"{BATCH}_{one}_{number}" for one in ("first", "second", "rest", "shape", "batch", "sizes")}
            for one, value in (("first", [0]), ("second", [1]), ("rest", stored[node.input[3]][1:])):
                graph.initializer.append(numpy_helper.from_array(np.array(value, dtype=np.int64), names[one]))
            nodes += [
                helper.make_node("Shape", [node.input[0]], [names["shape"]]),
                helper.make_node("Slice", [names["shape"], names["first"], names["second"]], [names["batch"]]),
                helper.make_node("Concat", [names["batch"], names["rest"]], [names["sizes"]], axis=0),
            ]
            node.input[3] = names["sizes"]
        nodes.append(node)
    del graph.node[:]
    graph.node.extend(nodes)


def _is_batch_of_one(value: Any) -> bool:
    return value is not None and value.ndim == 1 and len(value) >= 2 and int(value[0]) == 1
