"""The rounding that keeps OpenVINO from fusing a SiLU is taken out, and nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from prelabel.core.fusing import free_activations
from prelabel.core.runtime import open_session


def _graph() -> onnx.ModelProto:
    """x → conv 1x1 (weight 2) → Q/DQ in steps of .5 → SiLU."""
    constants = {"w": np.full((3, 3, 1, 1), 2 / 3, np.float32), "s": np.float32(0.5), "z": np.int8(0)}
    nodes = [
        helper.make_node("Conv", ["images", "w"], ["c"]),
        helper.make_node("QuantizeLinear", ["c", "s", "z"], ["q"]),
        helper.make_node("DequantizeLinear", ["q", "s", "z"], ["d"]),
        helper.make_node("Sigmoid", ["d"], ["g"]),
        helper.make_node("Mul", ["d", "g"], ["output0"]),
    ]
    graph = helper.make_graph(
        nodes,
        "silu",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, (1, 3, 2, 2))],
        [helper.make_tensor_value_info("output0", TensorProto.FLOAT, (1, 3, 2, 2))],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    return model


def test_the_activation_takes_the_sum_itself() -> None:
    model = _graph()
    assert free_activations(model) == 1
    assert [list(node.input) for node in model.graph.node if node.op_type in ("Sigmoid", "Mul")] == [["c"], ["c", "g"]]
    onnx.checker.check_model(model)
    assert free_activations(model) == 0


def test_a_rounding_that_others_read_stays() -> None:
    model = _graph()
    model.graph.node.append(helper.make_node("Relu", ["d"], ["r"]))
    assert free_activations(model) == 0


def test_openvino_gives_the_unrounded_silu_and_onnx_runtime_the_rounded_one(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    onnx.save(_graph(), str(path))
    image = np.full((1, 3, 2, 2), 0.6, np.float32)  # 3 * .6 * 2/3 = 1.2, rounded 1.0
    for runtime, value in (("openvino", 1.2), ("onnxruntime", 1.0)):
        found = open_session(path, runtime=runtime).run(image)[0]
        np.testing.assert_allclose(found, value / (1 + np.exp(-value)), atol=1e-4)
