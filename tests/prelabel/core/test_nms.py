"""Suppression agrees with torchvision and with hand-made overlaps."""

from __future__ import annotations

import numpy as np
import pytest

from prelabel.core.nms import nms


def _nms(boxes: list[list[float]], scores: list[float], classes: list[int], iou: float, limit: int = 300) -> list[int]:
    return nms(
        np.array(boxes, dtype=np.float32), np.array(scores, dtype=np.float32), np.array(classes), iou, limit
    ).tolist()


def test_the_weaker_of_two_overlapping_boxes_falls() -> None:
    # Overlap 50 of union 150: IoU 1/3.
    boxes = [[0, 0, 10, 10], [5, 0, 15, 10]]
    assert _nms(boxes, [0.6, 0.9], [0, 0], 0.3) == [1]
    assert _nms(boxes, [0.6, 0.9], [0, 0], 0.34) == [1, 0]


def test_boxes_of_two_classes_never_suppress_each_other() -> None:
    assert _nms([[0, 0, 10, 10], [0, 0, 10, 10]], [0.6, 0.9], [0, 1], 0.1) == [1, 0]


def test_a_suppressed_box_suppresses_nothing() -> None:
    # A chain: 0 and 1 overlap, 1 and 2 overlap, 0 and 2 do not.
    boxes = [[0, 0, 10, 10], [4, 0, 14, 10], [8, 0, 18, 10]]
    assert _nms(boxes, [0.9, 0.8, 0.7], [0, 0, 0], 0.4) == [0, 2]


def test_the_best_come_first_and_no_more_than_the_limit() -> None:
    boxes = [[20 * i, 0, 20 * i + 10, 10] for i in range(50)]
    scores = [i / 50 for i in range(50)]
    assert _nms(boxes, scores, [0] * 50, 0.5, limit=3) == [49, 48, 47]


def test_nothing_gives_nothing() -> None:
    assert nms(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros(0, int), 0.5).tolist() == []


@pytest.mark.parametrize("seed", range(5))
def test_random_boxes_agree_with_torchvision(seed: int) -> None:
    torch = pytest.importorskip("torch")
    ops = pytest.importorskip("torchvision.ops")
    random = np.random.default_rng(seed)
    corner = random.uniform(-20, 100, (400, 2))
    boxes = np.hstack([corner, corner + random.uniform(5, 60, (400, 2))]).astype(np.float32)
    scores = random.permutation(400).astype(np.float32) / 400
    classes = random.integers(0, 3, 400)
    expected = ops.batched_nms(torch.tensor(boxes), torch.tensor(scores), torch.tensor(classes), 0.45)
    assert nms(boxes, scores, classes, 0.45, 400).tolist() == expected.tolist()
