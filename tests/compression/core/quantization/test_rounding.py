"""Weights in 8 and 4 bits, against hand calculation and ONNX Runtime; the clipping point, against ONNX Runtime's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper
from onnxruntime.quantization import QuantType
from onnxruntime.quantization.calibrate import HistogramCollector
from onnxruntime.quantization.quant_utils import quantize_data

from compression.core.quantization.activation_ranges import Range
from compression.core.quantization.entropy import BINS, best_share, divergence, magnitudes
from compression.core.quantization.rounding import round_weights


def test_8_bits_by_hand() -> None:
    weights = np.array([[1.27, 0.256, -0.5], [0.0, 0.0, 0.0], [-2.54, 2.53, 0.011]], dtype=np.float32)
    found = round_weights(weights, axis=0)
    assert found.levels.tolist() == [[127, 26, -50], [0, 0, 0], [-127, 126, 1]]
    assert found.scale[[0, 2]] == pytest.approx([0.01, 0.02], rel=1e-6)
    assert found.restored()[0] == pytest.approx([1.27, 0.26, -0.5], abs=1e-6)


def test_8_bits_per_tensor_are_those_of_onnx_runtime() -> None:
    weights = np.random.default_rng(0).normal(size=(8, 4, 3, 3)).astype(np.float32)
    _, scale, levels = quantize_data(weights.ravel(), QuantType.QInt8.tensor_type, symmetric=True)
    found = round_weights(weights, axis=0, per_channel=False)
    assert float(found.scale) == pytest.approx(float(np.ravel(scale)[0]), rel=1e-6)
    assert np.array_equal(found.levels.ravel(), np.asarray(levels).ravel())


def test_4_bits_use_all_sixteen_levels_and_the_least_squared_error() -> None:
    weights = np.random.default_rng(1).normal(size=(6, 64)).astype(np.float32)
    weights[0, 0] = 9.0  # an outlier, worth clipping
    found = round_weights(weights, axis=0, bits=4)
    assert found.levels.min() >= -8
    assert found.levels.max() <= 7
    plain = np.abs(weights).max(axis=1, keepdims=True) / 7
    untouched = np.clip(np.rint(weights / plain), -8, 7) * plain
    error = [np.square(one - weights).sum(axis=1) for one in (found.restored(), untouched)]
    assert (error[0] <= error[1] + 1e-6).all()
    assert error[0][1:].sum() < error[1][1:].sum()
    # By hand: no clipping point on the same grid is better for the first row.
    grid = [share * np.abs(weights[0]).max() / 7 for share in np.linspace(0.4, 1.0, 31)]
    best = min(np.square(np.clip(np.rint(weights[0] / s), -8, 7) * s - weights[0]).sum() for s in grid)
    assert error[0][0] == pytest.approx(best, rel=1e-4)


def test_the_scale_runs_along_the_axis_asked_for() -> None:
    weights = np.random.default_rng(2).normal(size=(5, 7)).astype(np.float32)
    across, along = round_weights(weights, axis=1), round_weights(weights.T.copy(), axis=0)
    assert np.array_equal(across.levels, along.levels.T)
    assert np.array_equal(across.restored(), along.restored().T)


@pytest.mark.parametrize("count", [1, 2, 7, 64])
def test_packed_4_bit_weights_come_back_from_the_file(tmp_path: Path, count: int) -> None:
    import ml_dtypes

    levels = np.random.default_rng(count).integers(-8, 8, size=(1, count)).astype(np.int8)
    tensor = numpy_helper.from_array(levels.astype(ml_dtypes.int4), "w")
    assert len(tensor.raw_data) == -(-count // 2)  # two in a byte
    # By hand: the first of a pair lies in the low half of its byte.
    assert tensor.raw_data[0] & 0x0F == int(levels[0, 0]) & 0x0F
    node = helper.make_node("Identity", ["x"], ["y"])
    io = [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1]) for name in ("x", "y")]
    onnx.save(helper.make_model(helper.make_graph([node], "g", io[:1], io[1:], [tensor])), str(tmp_path / "w.onnx"))
    stored = onnx.load(str(tmp_path / "w.onnx")).graph.initializer[0]
    assert np.array_equal(numpy_helper.to_array(stored).astype(np.int8), levels)


def test_entropy_clips_a_lone_outlier_and_keeps_a_flat_distribution() -> None:
    random = np.random.default_rng(3)
    peaked = np.append(random.normal(size=100_000), 60.0).astype(np.float32)
    assert best_share(magnitudes(peaked, 60.0)) * 60 < 12
    flat = random.uniform(-1, 1, size=200_000).astype(np.float32)
    assert best_share(magnitudes(flat, 1.0)) > 0.9


def test_the_clipping_point_is_near_that_of_onnx_runtime() -> None:
    values = np.random.default_rng(4).laplace(size=200_000).astype(np.float32)
    largest = float(np.abs(values).max())
    symmetric = np.histogram(values, bins=1025, range=(-largest, largest))
    collector = HistogramCollector("entropy", True, 1025, 255, 99.99, "same")
    _, theirs = collector.get_entropy_threshold((*symmetric, np.float32(-largest), np.float32(largest)), 255)
    ours = best_share(magnitudes(values, largest)) * largest
    # Theirs searches 512 - 127 steps of a coarser histogram: the same minimum, found on another grid.
    assert ours == pytest.approx(float(theirs), rel=0.15)


def test_divergence_by_hand() -> None:
    # Four bins to two levels, none clipped: [3,1 | 2,2] → [2,2 | 2,2]; 8 values.
    counts = np.array([3, 1, 2, 2], dtype=np.int64)
    expected = 3 / 8 * np.log(3 / 2) + 1 / 8 * np.log(1 / 2)
    assert divergence(counts, 4, levels=2) == pytest.approx(expected)
    # Clipped after three: the last bin takes the outliers: [3,1,4] against [4 | 1.0...]: levels of bins (0) and (1, 2).
    p, q = np.array([3, 1, 4]) / 8, np.array([3, 1.5, 1.5]) / 6
    assert divergence(counts, 3, levels=2) == pytest.approx(float((p * np.log(p / q)).sum()))


def test_a_range_holds_zero_and_has_a_width() -> None:
    counts = np.zeros(BINS, dtype=np.int64)
    counts[:256] = 10
    one = Range(2.0, 8.0, 2.5, 7.0, counts)
    assert one.pick("minmax") == (0.0, 8.0)
    assert one.pick("percentile") == (0.0, 7.0)
    assert one.pick("entropy")[1] < 8.0
    assert Range(0.0, 0.0, 0.0, 0.0).pick("minmax")[1] > 0
