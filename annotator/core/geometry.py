"""Boxes: float xyxy pixels of the upright picture, origin top-left, half-open. Pure Python, no arrays."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

Box = tuple[float, float, float, float]
Candidate = tuple[Box, Hashable]


def box_area(box: Box) -> float:
    """Area in square pixels; 0 for a box without extent or with swapped corners."""
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def iou(first: Box, second: Box) -> float:
    """Intersection over union of two boxes, 0..1; 0 when either has no area.

    Source: Jaccard, "The distribution of the flora in the alpine zone", 1912.
    """
    width = min(first[2], second[2]) - max(first[0], second[0])
    height = min(first[3], second[3]) - max(first[1], second[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / (box_area(first) + box_area(second) - shared)


def clip_box(box: Box, width: float, height: float) -> Box:
    """The part of a box inside a picture of ``width`` x ``height`` pixels; without area when it lies outside."""
    left, right = min(max(box[0], 0.0), width), min(max(box[2], 0.0), width)
    top, bottom = min(max(box[1], 0.0), height), min(max(box[3], 0.0), height)
    return (left, top, right, bottom)


def overhang(box: Box, width: float, height: float) -> float:
    """By how many pixels a box sticks out of the picture on its worst side; 0 when it is inside."""
    return max(0.0, -box[0], -box[1], box[2] - width, box[3] - height)


def match_greedy(
    guesses: Sequence[Candidate], truths: Sequence[Candidate], iou_threshold: float, class_aware: bool = True
) -> list[tuple[int, int, float]]:
    """One-to-one pairs (guess index, truth index, IoU) at IoU ≥ ``iou_threshold``, best guesses choosing first.

    Both lists hold (box, class); ``guesses`` come ordered by score, highest first. Each guess takes the free truth it
    overlaps most (the first of equals), of its own class when ``class_aware``.
    Source: Everingham et al., "The PASCAL Visual Object Classes Challenge", 2010, section 4.4.
    """
    free = set(range(len(truths)))
    pairs: list[tuple[int, int, float]] = []
    for guess_index, (box, name) in enumerate(guesses):
        best, best_iou = -1, 0.0
        for truth_index in sorted(free):
            truth_box, truth_name = truths[truth_index]
            if class_aware and truth_name != name:
                continue
            overlap = iou(box, truth_box)
            if overlap > best_iou:
                best, best_iou = truth_index, overlap
        if best >= 0 and best_iou >= iou_threshold:
            free.discard(best)
            pairs.append((guess_index, best, best_iou))
    return pairs
