"""Where in a model file its features are, and one vector of each picture out of them.

No model has to be exported anew: the graph is given one output more when it is opened. Classifiers: what their last
linear layer takes. Detectors and segmenters: the map that is enlarged first on the way up, which is the end of the
backbone; where nothing is enlarged, the coarsest map with the most channels.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
MAX_DIMS = 2048  # 4 KB a picture as stored
_LINEAR = {"Gemm", "MatMul", "Conv", "MatMulInteger", "QLinearMatMul", "QGemm", "Convolution", "ConvInteger"}
_ENLARGING = {"Resize", "Upsample", "Interpolate"}
# What changes only how numbers are written: features are taken in front of it.
_WRITING = {"QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear", "Cast", "Identity"}


def pooled(features: NDArray[Any]) -> Floats:
    """One vector (d,) of a picture's features: (1, d) as they are, (1, c, h, w) or (1, n, c) averaged over places."""
    values = np.asarray(features, dtype=np.float32)
    if values.ndim == 4:
        values = values.mean(axis=(2, 3))
    elif values.ndim == 3:
        values = values.mean(axis=1)
    vector = values.reshape(-1)
    if len(vector) > MAX_DIMS:
        # Neighbouring features added with fixed signs: lengths and angles stay nearly as they were.
        signs = np.random.default_rng(0).choice([-1.0, 1.0], len(vector)).astype(np.float32)
        padded = np.pad(vector * signs, (0, -len(vector) % MAX_DIMS))
        vector = padded.reshape(-1, MAX_DIMS).sum(axis=0)
    return vector


def unit(vector: Floats) -> tuple[Floats, float]:
    """The vector at length 1, and its length; one that is zero or not finite becomes zeros and 0."""
    length = float(np.linalg.norm(vector))
    if not np.isfinite(length) or length <= 0.0:
        return np.zeros_like(vector), 0.0
    return vector / np.float32(length), length


def pack(vector: Floats) -> bytes:
    """As stored: little-endian float16, for unit vectors exact to three digits at half the bytes."""
    return vector.astype("<f2").tobytes()


def unpack(stored: bytes) -> Floats:
    """The inverse of :func:`pack`, as float32."""
    return np.frombuffer(stored, dtype="<f2").astype(np.float32)


def add_features(model: Any, *, whole_image: bool) -> str | None:
    """Give an ONNX model its features as a last output, and tell its name; None where none were found."""
    import onnx

    name = onnx_features(model, whole_image=whole_image)
    if name is None or any(output.name == name for output in model.graph.output):
        return None
    model.graph.output.append(onnx.ValueInfoProto(name=name))
    return name


def onnx_features(model: Any, *, whole_image: bool) -> str | None:
    """Name of the tensor that holds the features."""
    nodes = list(model.graph.node)
    made_by = {output: node for node in nodes for output in node.output}
    wanted = _LINEAR if whole_image else _ENLARGING
    found = [node for node in nodes if node.op_type in wanted and node.input[0] in made_by]
    if not found:
        return None if whole_image else _coarsest(model)
    name = found[-1 if whole_image else 0].input[0]
    while name in made_by and made_by[name].op_type in _WRITING:
        name = made_by[name].input[0]
    return name if name in made_by else None


def _coarsest(model: Any) -> str | None:
    import onnx

    best: tuple[int, int, str] | None = None
    for value in onnx.shape_inference.infer_shapes(model).graph.value_info:
        sides = [side.dim_value for side in value.type.tensor_type.shape.dim]
        if len(sides) == 4 and min(sides[1:]) > 1:
            rank = (-sides[2] * sides[3], sides[1], value.name)
            best = rank if best is None or rank[:2] > best[:2] else best
    return best[2] if best else None


def add_openvino_features(model: Any, *, whole_image: bool) -> bool:
    """Give an OpenVINO model that was read from its own format its features as a last output; False where none."""
    wanted = _LINEAR if whole_image else _ENLARGING
    found = [node for node in model.get_ordered_ops() if node.get_type_name() in wanted]
    found = [node for node in found if node.input_value(0).get_node().get_type_name() not in {"Parameter", "Constant"}]
    if not found:
        return False
    model.add_outputs([found[-1 if whole_image else 0].input_value(0)])
    return True
