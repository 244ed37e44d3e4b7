"""Global L1 masks against torch's own, zeros that survive an optimiser, and what sparse storage really takes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn
from torch.nn.utils import prune

from annotator.core.errors import RunFailed
from compression.core.pruning.unstructured import (
    csr_bytes,
    from_bitmap,
    global_l1_masks,
    holding_zeros,
    prunable_weights,
    share_of_zeros,
    storage_report,
    to_bitmap,
    zero_weights,
)


def small_network(seed: int = 0) -> nn.Sequential:
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 4, 1), nn.Flatten(), nn.Linear(64, 5)
    )


@pytest.mark.parametrize("amount", [0.1, 0.333, 0.5, 0.8])
def test_masks_are_those_of_torch_global_unstructured(amount: float) -> None:
    network = small_network()
    layers = [layer for layer in network if isinstance(layer, nn.Conv2d | nn.Linear)]
    masks = global_l1_masks(prunable_weights(network), amount)
    prune.global_unstructured([(layer, "weight") for layer in layers], prune.L1Unstructured, amount=amount)
    for ours, layer in zip(masks.values(), layers, strict=True):
        assert torch.equal(ours, layer.weight_mask.bool())


def test_zeroing_in_rounds_ends_with_the_same_weights_as_at_once() -> None:
    once, rounds = small_network(), small_network()
    zero_weights(once, 0.6)
    for amount in (0.2, 0.4, 0.6):
        zero_weights(rounds, amount)
    assert torch.equal(once[0].weight, rounds[0].weight)
    assert share_of_zeros(prunable_weights(once)) == pytest.approx(0.6, abs=0.002)


def test_a_layer_left_without_weights_is_refused_by_name() -> None:
    network = small_network()
    with torch.no_grad():
        network[3].weight.mul_(1e-6)
    with pytest.raises(RunFailed, match="leave 3 with none") as refused:
        zero_weights(network, 0.5)
    assert refused.value.code == "no_channels"


@pytest.mark.parametrize("optimizer_type", [torch.optim.SGD, torch.optim.AdamW])
def test_zeros_survive_training_and_other_weights_move(optimizer_type: type[torch.optim.Optimizer]) -> None:
    network = small_network()
    zero_weights(network, 0.5)
    before = {name: weight.detach().clone() for name, weight in prunable_weights(network).items()}
    optimizer = optimizer_type(network.parameters(), lr=0.05)
    with holding_zeros():
        for _ in range(3):
            optimizer.zero_grad()
            network(torch.randn(4, 3, 6, 6)).pow(2).mean().backward()
            optimizer.step()
    for name, weight in prunable_weights(network).items():
        assert torch.equal(weight == 0, before[name] == 0)
        assert not torch.equal(weight, before[name])
    optimizer.step()  # outside, the hook is gone
    assert share_of_zeros(prunable_weights(network)) < 0.5


def test_bitmap_storage_gives_the_tensor_back() -> None:
    tensor = np.where(np.random.default_rng(1).random((7, 3, 3)) < 0.8, 0, 1.5).astype(np.float32)
    stored = to_bitmap(tensor)
    assert len(stored) == 8 + 4 * np.count_nonzero(tensor)  # 63 bits, then the values
    assert np.array_equal(from_bitmap(stored, tensor.shape, tensor.dtype), tensor)


def test_csr_bytes_are_those_of_its_three_arrays() -> None:
    tensor = np.array([[0, 2.0, 0, 0], [0, 0, 0, 0], [1.0, 0, 0, 3.0]], dtype=np.float32)
    # Row starts [0 1 1 3] in 4 bytes each, columns [1 0 3] in 2, values in 4.
    assert csr_bytes(tensor) == 4 * 4 + 3 * 2 + 3 * 4


def test_dense_onnx_stays_as_large_while_sparse_storage_shrinks(tmp_path: Path) -> None:
    weights = np.random.default_rng(2).random((64, 64)).astype(np.float32)
    sizes = []
    for share in (0.0, 0.9):
        kept = np.where(np.random.default_rng(3).random(weights.shape) < share, 0, weights).astype(np.float32)
        graph = helper.make_graph(
            [helper.make_node("MatMul", ["x", "w"], ["y"])],
            "one",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 64])],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 64])],
            [numpy_helper.from_array(kept, "w")],
        )
        path = tmp_path / f"{share}.onnx"
        onnx.save(helper.make_model(graph), path)
        sizes.append(storage_report(path))
    assert sizes[0]["dense_bytes"] == sizes[1]["dense_bytes"] == (tmp_path / "0.9.onnx").stat().st_size
    assert sizes[0]["sparse_bytes"] == sizes[0]["dense_bytes"]
    assert sizes[1]["sparse_bytes"] < 0.2 * sizes[1]["dense_bytes"]
    assert sizes[1]["zip_bytes"] < 0.3 * sizes[1]["dense_bytes"]
    assert sizes[1]["zeros"] == pytest.approx(0.9, abs=0.02)
