"""Reading the heads of detectors and classifiers: raw outputs to boxes and class vectors.

Each decoder drops what is under the floor before doing any arithmetic on it: of some thousand anchors a few dozen stay.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotator.core.errors import BadArtifact
from prelabel.core.artifact import Manifest

Floats = NDArray[np.float32]
Outputs = Sequence[NDArray[Any]]


@dataclass(frozen=True)
class Candidates:
    """``boxes`` (N, 4) xyxy in input px and ``scores`` (N, classes) 0..1; ``final``: no NMS is needed."""

    boxes: Floats
    scores: Floats
    final: bool = False


def decode_yolo(outputs: Outputs, manifest: Manifest, floor: float) -> Candidates:
    """Ultralytics head with class vectors: (1, 4 + classes, N), cxcywh in input px, scores already sigmoid.

    Source: ultralytics nn/modules/head.py, Detect.forward with export on and NMS off.
    """
    head = _single(outputs, manifest, 4 + len(manifest.classes), axis=1)
    keep = np.flatnonzero(head[4:].max(axis=0) >= floor)
    picked = head[:, keep].T
    return Candidates(_from_centres(picked[:, :4]), picked[:, 4:])


def decode_yolo_e2e(outputs: Outputs, manifest: Manifest, floor: float) -> Candidates:
    """End-to-end head: (1, N, 6) rows of x1 y1 x2 y2 score class in input px; one class per box, NMS not needed."""
    rows = _single(outputs, manifest, 6, axis=2)
    rows = rows[rows[:, 4] >= floor]
    classes = rows[:, 5].astype(np.intp)
    inside = (classes >= 0) & (classes < len(manifest.classes))
    rows, classes = rows[inside], classes[inside]
    scores = np.zeros((len(rows), len(manifest.classes)), dtype=np.float32)
    scores[np.arange(len(rows)), classes] = rows[:, 4]
    return Candidates(rows[:, :4], scores, final=True)


def decode_yolox(outputs: Outputs, manifest: Manifest, floor: float) -> Candidates:
    """YOLOX raw grid: (1, N, 5 + classes); centre = (xy + cell) * stride, size = exp(wh) * stride, score = obj * class.

    Source: Megvii YOLOX, yolox/utils/demo_utils.py demo_postprocess.
    """
    head = _single(outputs, manifest, 5 + len(manifest.classes), axis=2)
    cells, strides = _grid(manifest.input.width, manifest.input.height, manifest.output.strides)
    if len(cells) != len(head):
        raise BadArtifact(
            f"The head has {len(head)} cells, strides {list(manifest.output.strides)} give {len(cells)}.",
            field="output.strides",
        )
    # obj bounds every product, so most cells fall before their 80 classes are multiplied.
    near = np.flatnonzero(head[:, 4] >= floor)
    scores = head[near, 5:] * head[near, 4:5]
    sure = scores.max(axis=1, initial=0.0) >= floor
    keep, scores = near[sure], scores[sure]
    stride = strides[keep][:, None]
    boxes = np.empty((len(keep), 4), dtype=np.float32)
    boxes[:, :2] = (head[keep, :2] + cells[keep]) * stride
    boxes[:, 2:] = np.exp(np.clip(head[keep, 2:4], -20, 20)) * stride
    return Candidates(_from_centres(boxes), scores)


def decode_nanodet(outputs: Outputs, manifest: Manifest, floor: float) -> Candidates:
    """NanoDet-m: per stride a class map (cells, classes) and a distance map (cells, 4 * bins), in any order.

    Distances to the four sides are the expectation of a softmax over the bins, in strides, from the middle of the cell.
    Source: Li et al. 2020, Generalized Focal Loss; RangiLyu/nanodet nanodet_head.py.
    """
    count = len(manifest.classes)
    flat = [np.asarray(output).reshape(-1, np.shape(output)[-1]) for output in outputs]
    boxes_out, scores_out = [], []
    for stride in manifest.output.strides:
        cells, _ = _grid(manifest.input.width, manifest.input.height, (stride,))
        maps = [output for output in flat if len(output) == len(cells)]
        scores = next((output for output in maps if output.shape[1] == count), None)
        sides = next((output for output in maps if output.shape[1] != count and output.shape[1] % 4 == 0), None)
        if scores is None or sides is None:
            raise BadArtifact(
                f"No pair of outputs has {len(cells)} cells for stride {stride} and {count} classes.", field="output"
            )
        scores = _probabilities(scores)
        keep = np.flatnonzero(scores.max(axis=1) >= floor)
        bins = sides.shape[1] // 4
        weights = softmax(sides[keep].reshape(-1, 4, bins))
        distances = weights @ np.arange(bins, dtype=np.float32) * stride
        middle = (cells[keep] + 0.5) * stride
        boxes_out.append(np.hstack([middle - distances[:, :2], middle + distances[:, 2:]]))
        scores_out.append(scores[keep])
    return Candidates(np.concatenate(boxes_out).astype(np.float32), np.concatenate(scores_out))


def decode_softmax(outputs: Outputs, manifest: Manifest) -> Floats:
    """Class vector (classes,) summing to 1 from logits (1, classes)."""
    return softmax(_vector(outputs, manifest))


def decode_probabilities(outputs: Outputs, manifest: Manifest) -> Floats:
    """Class vector (classes,) from a graph that ends in softmax already."""
    return np.clip(_vector(outputs, manifest), 0.0, 1.0)


def decode_class_map(outputs: Outputs, manifest: Manifest) -> Floats:
    """Logits (classes, h, w) of a segmenter, at whatever resolution its head has."""
    head = np.asarray(outputs[0], dtype=np.float32)
    classes = len(manifest.classes)
    if head.ndim != 4 or head.shape[:2] != (1, classes):
        raise BadArtifact(
            f"The head has shape {head.shape}; decoder class_map with {classes} classes needs (1, {classes}, h, w).",
            field="output.decoder",
        )
    result: Floats = head[0]
    return result


def softmax(logits: Floats) -> Floats:
    """Softmax over the last axis."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True, initial=-np.inf))
    result: Floats = shifted / shifted.sum(axis=-1, keepdims=True)
    return result


BOX_DECODERS: dict[str, Callable[[Outputs, Manifest, float], Candidates]] = {
    "yolo": decode_yolo,
    "yolo_e2e": decode_yolo_e2e,
    "yolox": decode_yolox,
    "nanodet": decode_nanodet,
}
CLASS_DECODERS: dict[str, Callable[[Outputs, Manifest], Floats]] = {
    "softmax": decode_softmax,
    "probabilities": decode_probabilities,
}
MAP_DECODERS: dict[str, Callable[[Outputs, Manifest], Floats]] = {"class_map": decode_class_map}


def _single(outputs: Outputs, manifest: Manifest, width: int, axis: int) -> Floats:
    head = np.asarray(outputs[0])
    if head.ndim != 3 or head.shape[0] != 1 or head.shape[axis] != width:
        wanted = f"(1, {width}, N)" if axis == 1 else f"(1, N, {width})"
        raise BadArtifact(
            f"The head has shape {head.shape}; decoder {manifest.output.decoder} with {len(manifest.classes)} classes "
            f"needs {wanted}.",
            field="output.decoder",
        )
    result: Floats = head[0]
    return result


def _vector(outputs: Outputs, manifest: Manifest) -> Floats:
    vector = np.asarray(outputs[0], dtype=np.float32).reshape(-1)
    if len(vector) != len(manifest.classes):
        raise BadArtifact(
            f"The model gives {len(vector)} class scores, the manifest names {len(manifest.classes)} classes.",
            field="classes",
        )
    return vector


def _from_centres(boxes: Floats) -> Floats:
    half = boxes[:, 2:] / 2
    return np.hstack([boxes[:, :2] - half, boxes[:, :2] + half])


def _probabilities(scores: Floats) -> Floats:
    # Some exports end in sigmoid, some do not; a logit outside 0..1 tells them apart.
    if scores.min(initial=0.0) < 0.0 or scores.max(initial=0.0) > 1.0:
        result: Floats = (1.0 / (1.0 + np.exp(-scores))).astype(np.float32)
        return result
    return scores


@lru_cache(maxsize=16)
def _grid(width: int, height: int, strides: tuple[int, ...]) -> tuple[Floats, Floats]:
    """Cell corners (N, 2) in cells and stride of each (N,), row by row, one stride after another."""
    cells, steps = [], []
    for stride in strides:
        columns, rows = -(-width // stride), -(-height // stride)
        ys, xs = np.mgrid[0:rows, 0:columns]
        cells.append(np.stack([xs.ravel(), ys.ravel()], axis=1))
        steps.append(np.full(rows * columns, stride))
    return np.concatenate(cells).astype(np.float32), np.concatenate(steps).astype(np.float32)
