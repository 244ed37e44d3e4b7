"""Guesses become prediction documents: class indexes of the model turned into class ids of the project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prelabel.core.predictor import Guess


@dataclass(frozen=True)
class ClassMap:
    """``ids``: class index of the model → class id of the project; ``unmapped``: names the project does not have."""

    ids: Mapping[int, int]
    unmapped: tuple[str, ...]


def map_classes(names: Sequence[str], project_classes: Mapping[str, int]) -> ClassMap:
    """Map by name: exactly, else regardless of case and surrounding space. ``project_classes``: name → class id."""
    loose: dict[str, int] = {}
    for name, class_id in project_classes.items():
        loose.setdefault(name.strip().casefold(), class_id)
    ids: dict[int, int] = {}
    unmapped: list[str] = []
    for index, name in enumerate(names):
        if name in project_classes:
            ids[index] = project_classes[name]
        elif name.strip().casefold() in loose:
            ids[index] = loose[name.strip().casefold()]
        else:
            unmapped.append(name)
    return ClassMap(ids, tuple(unmapped))


def prediction_document(guesses: Sequence[Guess], classes: ClassMap, *, width: int, height: int) -> dict[str, Any]:
    """The JSON document of one picture of ``width`` x ``height`` px; guesses of unmapped classes are dropped.

    Scores keep five decimals: float32 0.9 is 0.899999976, and thresholds are inclusive.
    """
    objects: list[dict[str, Any]] = []
    for guess in guesses:
        class_id = classes.ids.get(guess.class_index)
        if class_id is None:
            continue
        entry: dict[str, Any] = {"id": f"p{len(objects) + 1}", "class_id": class_id, "score": round(guess.score, 5)}
        if guess.bbox is not None:
            x1, y1, x2, y2 = (round(value, 2) for value in guess.bbox)
            x1, y1, x2, y2 = max(0.0, x1), max(0.0, y1), min(float(width), x2), min(float(height), y2)
            if x2 <= x1 or y2 <= y1:
                continue
            entry["bbox"] = [x1, y1, x2, y2]
        if guess.rle is not None:
            entry["rle"] = dict(guess.rle)
        entry["top3"] = [[classes.ids[i], round(score, 5)] for i, score in guess.top3 if i in classes.ids]
        entry["entropy"] = round(guess.entropy, 5)
        objects.append(entry)
    return {"objects": objects}
