"""Accuracy and macro F1 of whole-image classes. Standard library only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from prelabel.core.metric import Scored, Truth


def evaluate_classification(
    guesses: Sequence[Sequence[Scored]], truths: Sequence[Sequence[Truth]], class_count: int
) -> dict[str, Any]:
    """``accuracy``, ``macro_f1`` (0..1) and ``per_class`` = {index: {"precision", "recall", "f1", "truths"}}.

    The best guess of an image counts; no guess is a wrong one. Macro F1 averages over the classes that occur in truth
    or guess, as scikit-learn's ``f1_score(average="macro")`` does; an undefined F1 is 0. Images without a true class do
    not count.
    """
    right, seen = 0, 0
    hits, guessed, true = [0] * class_count, [0] * class_count, [0] * class_count
    for found, objects in zip(guesses, truths, strict=True):
        if not objects:
            continue
        seen += 1
        expected = objects[0].class_index
        true[expected] += 1
        if not found:
            continue
        best = max(found, key=lambda guess: guess.score).class_index
        guessed[best] += 1
        if best == expected:
            hits[best] += 1
            right += 1
    per_class = {
        index: {
            "precision": hits[index] / guessed[index] if guessed[index] else 0.0,
            "recall": hits[index] / true[index] if true[index] else 0.0,
            "f1": 2 * hits[index] / (guessed[index] + true[index]) if guessed[index] + true[index] else 0.0,
            "truths": true[index],
        }
        for index in range(class_count)
    }
    occurring = [per_class[index]["f1"] for index in range(class_count) if guessed[index] + true[index]]
    return {
        "accuracy": right / seen if seen else 0.0,
        "macro_f1": sum(occurring) / len(occurring) if occurring else 0.0,
        "per_class": per_class,
    }
