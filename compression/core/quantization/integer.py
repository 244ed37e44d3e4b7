"""Integer arithmetic by ONNX Runtime's own quantizers: static (ranges fixed in advance) and dynamic (measured anew on
each picture).

Source: https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html; u8 activations with s8 weights is
what CPUs with VNNI multiply natively.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_dynamic, quantize_static
from onnxruntime.quantization.calibrate import TensorsData, save_tensors_data

from compression.core.quantization.detour import go_around_splits
from compression.core.quantization.layers import WEIGHTED

DYNAMIC_TRAP = (
    "Dynamic INT8 measures every activation anew: convolutions are no faster in it than in float (unsigned weights) or "
    "eight times slower (signed ones). It pays only where nearly all work is matrix products; use int8 here."
)


def quantize_with_ranges(
    model: onnx.ModelProto,
    nodes: Sequence[str],
    ranges: Mapping[str, tuple[float, float]],
    *,
    per_channel: bool = True,
    bits16: bool = False,
    narrow: bool = False,
) -> onnx.ModelProto:
    """QuantizeLinear/DequantizeLinear around ``nodes``: s8 weights, u8 activations (u16 with ``bits16``).

    ``narrow`` keeps the weights within 7 bits. ``ranges`` is (low, high) of each activation in its own unit.
    """
    result = _static(
        model,
        ranges,
        nodes_to_quantize=list(nodes),
        op_types_to_quantize=list(WEIGHTED),
        per_channel=per_channel,
        activation_type=QuantType.QUInt16 if bits16 else QuantType.QUInt8,
        reduce_range=narrow,
    )
    if bits16:
        go_around_splits(result)
    return result


def quantize_whole_graph(model: onnx.ModelProto, ranges: Mapping[str, tuple[float, float]]) -> onnx.ModelProto:
    """Every operator that has an 8-bit form, decode included. Ruinous for detectors: kept to prove that the gate sees
    it.
    """
    nodes = [node.name for node in model.graph.node]
    return _static(
        model,
        ranges,
        nodes_to_quantize=nodes,
        op_types_to_quantize=None,
        per_channel=False,
        activation_type=QuantType.QInt8,
    )


def _static(model: onnx.ModelProto, ranges: Mapping[str, tuple[float, float]], **how: object) -> onnx.ModelProto:
    data = {name: (np.float32(low), np.float32(high)) for name, (low, high) in ranges.items()}
    with tempfile.TemporaryDirectory() as folder:
        cache, target = Path(folder) / "ranges.json", Path(folder) / "model.onnx"
        save_tensors_data(TensorsData(CalibrationMethod.MinMax, data), cache)
        quantize_static(
            model,
            str(target),
            None,
            quant_format=QuantFormat.QDQ,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
            calibration_cache_path=cache,
            # Float biases: 12 bytes less a channel, and exact. ONNX Runtime rounds them when it opens the file, so
            # that the arithmetic is the same; TensorRT takes no others.
            extra_options={"QuantizeBias": False},
            **how,
        )
        return onnx.load(str(target))


def quantize_on_the_fly(model: onnx.ModelProto, nodes: Sequence[str]) -> onnx.ModelProto:
    """Dynamic INT8 of ``nodes``; weights unsigned, because signed ones run eight times slower in convolutions."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "model.onnx"
        quantize_dynamic(
            model,
            str(target),
            op_types_to_quantize=list(WEIGHTED),
            # The quantizer first turns every Gemm into a MatMul, under another name.
            nodes_to_quantize=[*nodes, *(f"{name}_MatMul" for name in nodes)],
            weight_type=QuantType.QUInt8,
        )
        return onnx.load(str(target))


def convolution_share(model: onnx.ModelProto, nodes: Sequence[str]) -> float:
    """Share 0..1 of the weights of ``nodes`` that belong to convolutions."""
    wanted = set(nodes)
    sizes = {tensor.name: int(np.prod(tensor.dims)) for tensor in model.graph.initializer}
    counted = [(node.op_type, sizes.get(node.input[1], 0)) for node in model.graph.node if node.name in wanted]
    total = sum(size for _, size in counted)
    return sum(size for kind, size in counted if kind == "Conv") / total if total else 0.0
