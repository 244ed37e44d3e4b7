"""Class-aware greedy non-maximum suppression in numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def nms(boxes: Floats, scores: Floats, classes: NDArray[Any], iou_threshold: float, limit: int = 300) -> NDArray[Any]:
    """Indices of the boxes kept, best first, at most ``limit``.

    ``boxes`` (N, 4) xyxy, ``scores`` (N,), ``classes`` (N,). A box falls when a better one of its own class overlaps it
    with IoU > ``iou_threshold``. Source: Neubeck and Van Gool 2006; same convention as torchvision.ops.batched_nms.
    """
    if len(boxes) == 0:
        return np.empty(0, dtype=np.intp)
    order = np.argsort(-scores, kind="stable")
    # Classes are moved apart instead of looped over: boxes of two classes can then never overlap.
    low = min(0.0, float(boxes.min()))
    span = float(boxes.max()) - low + 1.0
    moved = boxes[order].astype(np.float64) - low + (classes[order].astype(np.float64) * span)[:, None]
    x1, y1, x2, y2 = moved.T
    areas = (x2 - x1) * (y2 - y1)
    alive = np.arange(len(order))
    kept: list[int] = []
    while len(alive) and len(kept) < limit:
        best, rest = alive[0], alive[1:]
        kept.append(int(best))
        width = np.minimum(x2[best], x2[rest]) - np.maximum(x1[best], x1[rest])
        height = np.minimum(y2[best], y2[rest]) - np.maximum(y1[best], y1[rest])
        overlap = np.maximum(width, 0.0) * np.maximum(height, 0.0)
        union = areas[best] + areas[rest] - overlap
        alive = rest[overlap <= iou_threshold * union]
    return order[kept]
