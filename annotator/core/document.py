"""Checks shared by the task types: walks a document and names the exact place of what is wrong."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

from annotator.core.errors import InvalidDocument
from annotator.core.geometry import Box, box_area, clip_box

Kind = Literal["annotation", "prediction"]
ACTIONS = ("accepted", "edited", "relabelled", "deleted", "added")
ORIGINS = ("manual", "accepted", "edited")
MAX_OBJECTS = 10_000
MAX_ID_LENGTH = 64


def objects_of(document: Any) -> list[Any]:
    """The list under ``objects``. Raises InvalidDocument."""
    if not isinstance(document, dict):
        raise InvalidDocument("the document must be an object with a list “objects”", path="")
    objects = document.get("objects")
    if not isinstance(objects, list):
        raise InvalidDocument("“objects” must be a list", path="objects")
    if len(objects) > MAX_OBJECTS:
        raise InvalidDocument(f"“objects” holds {len(objects)} entries; the limit is {MAX_OBJECTS}", path="objects")
    for index, entry in enumerate(objects):
        if not isinstance(entry, dict):
            raise InvalidDocument(f"objects[{index}] must be an object", path=f"objects[{index}]")
    return objects


def number(value: Any, path: str) -> float:
    """A finite number; booleans are none. Raises InvalidDocument."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidDocument(f"{path} must be a finite number, not {value!r:.60}", path=path)
    try:
        result = float(value)
    except OverflowError:  # JSON may hold whole numbers of any length
        result = math.inf
    if not math.isfinite(result):
        raise InvalidDocument(f"{path} must be a finite number", path=path)
    return result


def share(value: Any, path: str) -> float:
    """A number in 0..1. Raises InvalidDocument."""
    result = number(value, path)
    if not 0.0 <= result <= 1.0:
        raise InvalidDocument(f"{path} must be between 0 and 1, not {result}", path=path)
    return result


def class_id(value: Any, path: str, class_ids: set[int]) -> int:
    """A class of the project. Raises InvalidDocument."""
    if isinstance(value, bool) or not isinstance(value, int) or value not in class_ids:
        raise InvalidDocument(f"{path}: the project has no class with id {value!r:.60}", path=path)
    return value


def object_id(entry: Mapping[str, Any], index: int, seen: set[str]) -> str:
    """A non-empty id, once in the document. Raises InvalidDocument."""
    path = f"objects[{index}].id"
    value = entry.get("id")
    if not isinstance(value, str) or not 0 < len(value) <= MAX_ID_LENGTH:
        raise InvalidDocument(f"{path} must be a text of 1 to {MAX_ID_LENGTH} characters", path=path)
    if value in seen:
        raise InvalidDocument(f"{path}: the id “{value}” appears twice", path=path)
    seen.add(value)
    return value


def box(value: Any, path: str, width: float, height: float) -> list[float]:
    """Four numbers, clipped to the picture. Raises InvalidDocument when nothing with an area is left."""
    if not isinstance(value, list | tuple) or len(value) != 4:
        raise InvalidDocument(f"{path} must be [x1, y1, x2, y2]", path=path)
    if not all(type(corner) is float and math.isfinite(corner) for corner in value):  # what a model gives, at once
        value = [number(corner, f"{path}[{index}]") for index, corner in enumerate(value)]
    x1, y1, x2, y2 = value
    if x2 <= x1 or y2 <= y1:
        raise InvalidDocument(f"{path} has no area: x2 must be above x1 and y2 above y1", path=path)
    inside: Box = clip_box((x1, y1, x2, y2), width, height)
    if box_area(inside) <= 0:
        raise InvalidDocument(f"{path} lies outside the picture of {width:g} x {height:g} pixels", path=path)
    return list(inside)


def provenance(entry: Mapping[str, Any], index: int) -> dict[str, Any]:
    """``origin`` and ``prediction_id`` of an annotation's object. Raises InvalidDocument."""
    origin = entry.get("origin", "manual")
    if origin not in ORIGINS:
        path = f"objects[{index}].origin"
        raise InvalidDocument(f"{path} must be one of {', '.join(ORIGINS)}", path=path)
    prediction_id = entry.get("prediction_id")
    if prediction_id is not None and (not isinstance(prediction_id, str) or len(prediction_id) > MAX_ID_LENGTH):
        path = f"objects[{index}].prediction_id"
        raise InvalidDocument(f"{path} must be the id of a predicted object or null", path=path)
    return {"origin": origin, "prediction_id": prediction_id}


def certainty(entry: Mapping[str, Any], index: int, class_ids: set[int]) -> dict[str, Any]:
    """``score``, ``top3`` and ``entropy`` of a prediction's object. Raises InvalidDocument."""
    path = f"objects[{index}]"
    result: dict[str, Any] = {"score": share(entry.get("score"), f"{path}.score")}
    if entry.get("top3") is not None:
        result["top3"] = _top3(entry["top3"], f"{path}.top3", class_ids)
    if entry.get("entropy") is not None:
        entropy = number(entry["entropy"], f"{path}.entropy")
        if entropy < 0:
            raise InvalidDocument(f"{path}.entropy must not be negative", path=f"{path}.entropy")
        result["entropy"] = entropy
    return result


def _top3(value: Any, path: str, class_ids: set[int]) -> list[list[float]]:
    if not isinstance(value, list | tuple) or len(value) > 3:
        raise InvalidDocument(f"{path} must be a list of at most three [class_id, score]", path=path)
    result = []
    for index, pair in enumerate(value):
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            place = f"{path}[{index}]"
            raise InvalidDocument(f"{place} must be [class_id, score]", path=place)
        if pair[0] in class_ids and type(pair[0]) is int and type(pair[1]) is float and 0.0 <= pair[1] <= 1.0:
            result.append([pair[0], pair[1]])
            continue
        place = f"{path}[{index}]"
        result.append([class_id(pair[0], f"{place}[0]", class_ids), share(pair[1], f"{place}[1]")])
    return result


def count_classes(document: Mapping[str, Any]) -> dict[str, int]:
    """How many objects of each class a document holds; keys are class ids as text, as JSON wants them."""
    counts: dict[str, int] = {}
    for entry in document.get("objects", ()):
        key = str(entry["class_id"])
        counts[key] = counts.get(key, 0) + 1
    return counts


def count_changes(prediction: Mapping[str, Any] | None, annotation: Mapping[str, Any]) -> dict[str, Any]:
    """What a person made of a prediction: each object counts once, in all and in ``per_class``.

    A guess kept with its class and box or mask is ``accepted``, with another class ``relabelled``, with its class but
    another shape ``edited``, not kept ``deleted``; an object that comes from no guess is ``added``. ``per_class`` has
    class id as text → action → count, under the class of the guess, for an added object under its own.
    """
    guesses = {entry["id"]: entry for entry in (prediction or {}).get("objects", ())}
    found: list[tuple[str, int]] = []
    used: set[str] = set()
    for entry in annotation.get("objects", ()):
        guess = guesses.get(entry.get("prediction_id"))
        if guess is None or guess["id"] in used:
            found.append(("added", entry["class_id"]))
            continue
        used.add(guess["id"])
        found.append((_change(guess, entry), guess["class_id"]))
    found += [("deleted", guess["class_id"]) for name, guess in guesses.items() if name not in used]
    changes: dict[str, Any] = dict.fromkeys(ACTIONS, 0)
    per_class: dict[str, dict[str, int]] = {}
    for action, of_class in found:
        changes[action] += 1
        actions = per_class.setdefault(str(of_class), {})
        actions[action] = actions.get(action, 0) + 1
    return changes | {"per_class": per_class}


def _change(guess: Mapping[str, Any], entry: Mapping[str, Any]) -> str:
    if guess["class_id"] != entry["class_id"]:
        return "relabelled"
    if "rle" in guess and guess["rle"] != entry["rle"]:  # both in their normal form
        return "edited"
    return "edited" if "bbox" in guess and not _same_box(guess["bbox"], entry["bbox"]) else "accepted"


def _same_box(first: list[float], second: list[float]) -> bool:
    # Half a hundredth of a pixel: what a round trip through JSON and a browser may change without anybody's hand.
    return all(abs(a - b) < 0.005 for a, b in zip(first, second, strict=True))
