"""Which guess found which true box: COCO's greedy matching, at all ten IoU thresholds and in each range of areas.

Source: Lin et al. 2014; the rules are those of pycocotools' ``COCOeval.evaluateImg`` (proved equal by a test).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from prelabel.core.metric import Scored, Truth

Floats = NDArray[np.float64]

THRESHOLDS = tuple(float(value) for value in np.linspace(0.5, 0.95, 10))
SIZES = ("small", "medium", "large")
# Areas in square pixels, both ends included, as COCO draws them.
AREAS = {"small": (0.0, 32.0**2), "medium": (32.0**2, 96.0**2), "large": (96.0**2, 1e10)}
ALL_LEVELS = (1 << len(THRESHOLDS)) - 1


def overlaps(guesses: Sequence[Scored], truths: Sequence[Truth]) -> Floats:
    """IoU (guesses, truths); 1 where neither has a box, as in classification."""
    if not guesses or not truths:
        return np.zeros((len(guesses), len(truths)))
    if truths[0].bbox is None or guesses[0].bbox is None:
        return np.ones((len(guesses), len(truths)))
    a = np.array([guess.bbox for guess in guesses], dtype=np.float64)[:, None, :]
    b = np.array([truth.bbox for truth in truths], dtype=np.float64)[None, :, :]
    sides = np.clip(np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2]), 0, None)
    inner = sides[..., 0] * sides[..., 1]
    area = [(box[..., 2] - box[..., 0]) * (box[..., 3] - box[..., 1]) for box in (a, b)]
    whole = area[0] + area[1] - inner
    return np.where(whole > 0, inner / np.where(whole > 0, whole, 1.0), 0.0)


def areas_of(things: Sequence[Scored] | Sequence[Truth]) -> list[float]:
    """Areas in square pixels; 0 without a box."""
    return [(t.bbox[2] - t.bbox[0]) * (t.bbox[3] - t.bbox[1]) if t.bbox is not None else 0.0 for t in things]


def match_levels(
    found: Floats, labels: Sequence[int], true_labels: Sequence[int], ignored: Sequence[bool]
) -> tuple[list[int], list[int]]:
    """Per guess (best first) two bit masks over THRESHOLDS: matched a true box of its class; matched an ignored one.

    ``found`` is the IoU (guesses, truths). Each guess takes the free true box that it overlaps most, the later of
    equals; an ignored one only where no other is free.
    """
    order = sorted(range(len(true_labels)), key=lambda index: ignored[index])
    near = [
        [index for index in order if true_labels[index] == label and found[row, index] >= THRESHOLDS[0]]
        for row, label in enumerate(labels)
    ]
    matched, passed = [0] * len(labels), [0] * len(labels)
    for level, threshold in enumerate(THRESHOLDS):
        taken: set[int] = set()
        for row, candidates in enumerate(near):
            best = _best(found[row], candidates, taken, ignored, threshold)
            if best is None:
                continue
            taken.add(best)
            matched[row] |= 1 << level
            if ignored[best]:
                passed[row] |= 1 << level
    return matched, passed


def _best(
    row: Floats, candidates: Sequence[int], taken: set[int], ignored: Sequence[bool], threshold: float
) -> int | None:
    best, least = None, threshold
    for index in candidates:  # those that count come first
        if index in taken:
            continue
        if best is not None and not ignored[best] and ignored[index]:
            break
        if row[index] >= least:
            best, least = index, float(row[index])
    return best


def match_sized(
    found: Floats,
    labels: Sequence[int],
    areas: Sequence[float],
    true_labels: Sequence[int],
    true_areas: Sequence[float],
) -> list[list[int]]:
    """For each of SIZES and each guess: ``counted | matched << 10``, both bit masks over THRESHOLDS.

    A guess does not count where it took a true box of another size, nor where it took none and is of another size.
    """
    sized = []
    for low, high in AREAS.values():
        matched, passed = match_levels(found, labels, true_labels, [not low <= a <= high for a in true_areas])
        row = []
        for taken, aside, area in zip(matched, passed, areas, strict=True):
            free = 0 if low <= area <= high else ALL_LEVELS & ~taken
            row.append((ALL_LEVELS & ~aside & ~free) | (taken & ~aside) << len(THRESHOLDS))
        sized.append(row)
    return sized


def pair_shown(
    found: Floats, guesses: Sequence[Scored], truths: Sequence[Truth], score: float, iou: float
) -> list[tuple[int | None, int | None]]:
    """(guess index | None, truth index | None) at one score and IoU, whatever the class, for a confusion matrix.

    Pairs of equal class are made first, so that a wrong class beside a right one is a false guess, not a confusion.
    """
    shown = [index for index, guess in enumerate(guesses) if guess.score >= score]
    free, left = set(range(len(truths))), shown
    pairs: list[tuple[int | None, int | None]] = []
    for same_class in (True, False):
        waiting, left = left, []
        for row in waiting:
            options = [
                index
                for index in sorted(free)
                if found[row, index] >= iou
                and (not same_class or truths[index].class_index == guesses[row].class_index)
            ]
            if options:
                best = max(options, key=lambda index: (found[row, index], -index))
                free.discard(best)
                pairs.append((row, best))
            else:
                left.append(row)
    unmatched: list[tuple[int | None, int | None]] = [(row, None) for row in left]
    return [*pairs, *unmatched, *((None, index) for index in sorted(free))]
