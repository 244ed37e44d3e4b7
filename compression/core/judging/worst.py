"""The images on which a model does worst, and why, for a person to look at."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

from compression.core.judging.judgement import ImageResult, Mistake

MOST = 50
_LEAST_SCORE = 0.001  # a class that a classifier did not even name


def worst_images(
    images: Sequence[ImageResult], classes: Sequence[str], task_type: str, limit: int = MOST
) -> list[dict[str, Any]]:
    """Up to ``limit`` rows, the greatest loss first; images without a fault are left out.

    Row: ``item_id``, ``score`` (the loss, ≥ 0, higher = worse), ``why`` in words, counts ``missed``, ``false``,
    ``wrong`` and the ``objects`` at fault {kind, class, guessed, score, bbox}.
    """
    rows = [_row(image, classes, task_type) for image in images]
    faulty = [row for row in rows if row["score"] > 0]
    return sorted(faulty, key=lambda row: (-row["score"], row["item_id"]))[:limit]


def _row(image: ImageResult, classes: Sequence[str], task_type: str) -> dict[str, Any]:
    kinds = Counter(mistake.kind for mistake in image.mistakes)
    if task_type == "semantic_segmentation":
        score, why = _pixel_loss(image, classes)
    else:
        loss = _class_loss if task_type == "image_classification" else _box_loss
        score, why = loss(image), _why(image.mistakes, classes)
    return {
        "item_id": image.item_id,
        "score": round(score, 4),
        "why": why,
        "missed": kinds["missed"],
        "false": kinds["false"],
        "wrong": kinds["wrong"],
        "objects": [_object(mistake, classes) for mistake in image.mistakes],
    }


def _box_loss(image: ImageResult) -> float:
    """A missed object costs 1, a false one its score, a wrong class both."""
    return math.fsum((mistake.kind != "false") + (mistake.score or 0.0) for mistake in image.mistakes)


def _class_loss(image: ImageResult) -> float:
    """Cross-entropy in nats of a wrong guess; a right one costs nothing."""
    if not image.mistakes:
        return 0.0
    true = image.mistakes[0].true
    scores = dict(zip(reversed(image.classes), reversed(image.scores), strict=True))
    return -math.log(max(_LEAST_SCORE, scores.get(true, 0.0) if true is not None else 0.0))


def _pixel_loss(image: ImageResult, classes: Sequence[str]) -> tuple[float, str]:
    """1 - mean IoU of the image, and the confusion that takes most pixels."""
    true: Counter[int] = Counter()
    guessed: Counter[int] = Counter()
    hits: Counter[int] = Counter()
    for expected, found, count in image.confusion:
        true[expected] += count
        guessed[found] += count
        hits[expected] += count if expected == found else 0
    present = [index for index in range(len(classes)) if true[index] + guessed[index]]
    if not present:
        return 0.0, ""
    ious = [hits[index] / (true[index] + guessed[index] - hits[index]) for index in present]
    faults = [row for row in image.confusion if row[0] != row[1]]
    if not faults:
        return 0.0, ""
    expected, found, count = max(faults, key=lambda row: row[2])
    share = 100 * count / max(1, sum(true.values()))
    why = f"{_name(expected, classes)} taken for {_name(found, classes)} ({share:.1f} % of the pixels)"
    return 1 - sum(ious) / len(ious), why


def _why(mistakes: Sequence[Mistake], classes: Sequence[str]) -> str:
    """“2 missed (RBC), 1 false (WBC), 1 Platelets taken for RBC”."""
    parts = []
    for kind, attribute in (("missed", "true"), ("false", "guessed")):
        names = [_name(getattr(one, attribute), classes) for one in mistakes if one.kind == kind]
        if names:
            parts.append(f"{len(names)} {kind} ({', '.join(sorted(set(names)))})")
    swaps = Counter((one.true, one.guessed) for one in mistakes if one.kind == "wrong")
    for (true, guessed), count in swaps.items():
        parts.append(f"{count} {_name(true, classes)} taken for {_name(guessed, classes)}")
    return ", ".join(parts)


def _object(mistake: Mistake, classes: Sequence[str]) -> dict[str, Any]:
    return {
        "kind": mistake.kind,
        "class": None if mistake.true is None else classes[mistake.true],
        "guessed": None if mistake.guessed is None else classes[mistake.guessed],
        "score": mistake.score,
        "bbox": None if mistake.bbox is None else [round(value, 1) for value in mistake.bbox],
    }


def _name(index: int | None, classes: Sequence[str]) -> str:
    return classes[index] if index is not None and index < len(classes) else "background"
