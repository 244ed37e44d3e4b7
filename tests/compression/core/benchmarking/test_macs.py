"""MACs and parameters against hand counts and PyTorch's own counters."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn
from torch.utils.flop_counter import FlopCounterMode
from torchvision import models

from compression.core.benchmarking.macs import count_graph
from compression.core.exporting.onnx_export import write_graph


def graph_of(
    path: Path, nodes: list[onnx.NodeProto], shape: tuple[int, ...], out: tuple[int, ...], **weights: np.ndarray
) -> Path:
    tensors = [numpy_helper.from_array(value.astype(np.float32), name) for name, value in weights.items()]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, out)],
        tensors,
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), str(path))
    return path


def test_a_convolution_by_hand(tmp_path: Path) -> None:
    """3 → 8 channels, 3 x 3, padded, on 10 x 10: 100 places x 8 x 27 = 21,600; 216 weights and 8 biases."""
    node = helper.make_node("Conv", ["x", "w", "b"], ["y"], pads=[1, 1, 1, 1])
    path = graph_of(tmp_path / "m.onnx", [node], (1, 3, 10, 10), (1, 8, 10, 10), w=np.ones((8, 3, 3, 3)), b=np.ones(8))
    assert count_graph(path) == {"macs": 21_600, "params": 224}


def test_a_depthwise_convolution_by_hand(tmp_path: Path) -> None:
    """Each of 6 channels sees its own 3 x 3: 25 places x 6 x 9 = 1,350."""
    node = helper.make_node("Conv", ["x", "w"], ["y"], pads=[1, 1, 1, 1], group=6)
    path = graph_of(tmp_path / "m.onnx", [node], (1, 6, 5, 5), (1, 6, 5, 5), w=np.ones((6, 1, 3, 3)))
    assert count_graph(path) == {"macs": 1_350, "params": 54}


def test_gemm_and_matmul_by_hand(tmp_path: Path) -> None:
    """(1, 16) x (16, 10): 160; then a product with (10, 4): 40."""
    nodes = [
        helper.make_node("Gemm", ["x", "w", "b"], ["h"], transB=1),
        helper.make_node("MatMul", ["h", "v"], ["y"]),
    ]
    weights = {"w": np.ones((10, 16)), "b": np.ones(10), "v": np.ones((10, 4))}
    path = graph_of(tmp_path / "m.onnx", nodes, (1, 16), (1, 4), **weights)
    assert count_graph(path) == {"macs": 200, "params": 160 + 10 + 40}


def test_an_upward_convolution_by_hand(tmp_path: Path) -> None:
    """2 x 2 input of 4 channels, each value spread over 3 channels of 2 x 2: 4 x 4 x 12 = 192."""
    node = helper.make_node("ConvTranspose", ["x", "w"], ["y"], strides=[2, 2])
    path = graph_of(tmp_path / "m.onnx", [node], (1, 4, 2, 2), (1, 3, 4, 4), w=np.ones((4, 3, 2, 2)))
    assert count_graph(path) == {"macs": 192, "params": 48}


@pytest.mark.parametrize("arch", ["mobilenet_v3_small", "resnet18"])
def test_whole_networks_as_pytorch_counts_them(arch: str, tmp_path: Path) -> None:
    """torch.utils.flop_counter counts two operations for a MAC; the graph holds BatchNorm folded into biases."""
    network: nn.Module = getattr(models, arch)(num_classes=4).eval()
    for values in (*network.parameters(), *network.buffers()):  # equal tensors would be stored once
        if values.is_floating_point():
            nn.init.uniform_(values, 0.5, 1.5)
    shape = (1, 3, 64, 64)
    write_graph(network, shape, tmp_path / "m.onnx", "logits")
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(torch.zeros(shape))
    weights = sum(layer.weight.numel() for layer in network.modules() if isinstance(layer, nn.Conv2d | nn.Linear))
    biases = sum(layer.weight.shape[0] for layer in network.modules() if isinstance(layer, nn.Conv2d | nn.Linear))
    found = count_graph(tmp_path / "m.onnx")
    assert found["macs"] == counter.get_total_flops() // 2
    assert found["params"] == weights + biases


def test_a_quantized_layer_counts_like_its_float_one(tmp_path: Path) -> None:
    """The weight is int8 behind a DequantizeLinear; scales and zero points are no parameters."""
    nodes = [
        helper.make_node("DequantizeLinear", ["q", "s", "z"], ["w"]),
        helper.make_node("Conv", ["x", "w"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ("batch", 3, 4, 4))],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ("batch", 2, 4, 4))],
        [
            numpy_helper.from_array(np.ones((2, 3, 1, 1), np.int8), "q"),
            numpy_helper.from_array(np.float32(0.1), "s"),
            numpy_helper.from_array(np.int8(0), "z"),
        ],
    )
    path = tmp_path / "m.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), str(path))
    assert count_graph(path) == {"macs": 16 * 2 * 3, "params": 6}
