"""A class for every pixel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from annotator.core import document as checks
from annotator.core.errors import InvalidDocument
from annotator.core.polygons import FillBudget, check_polygon, fill
from annotator.core.rle import check_rle


class SemanticSegmentation:
    """Documents hold masks, each with ``rle`` and ``class_id``; where they overlap the later one lies above.

    An object drawn as a ``polygon`` keeps its rings for the editor; its ``rle`` is filled from them here, whatever the
    sender says, so that exports, training and reports read masks alone. Pixels that no mask covers are unlabelled. A
    guess has one object per class.
    """

    slug = "semantic_segmentation"
    media_type = "image"

    def validate(
        self, document: Any, *, width: float, height: float, class_ids: set[int], kind: checks.Kind
    ) -> dict[str, Any]:
        """Raises InvalidDocument, also for a mask of another size than the picture and a polygon that leaves it."""
        seen: set[str] = set()
        budget = FillBudget()
        objects = []
        for index, entry in enumerate(checks.objects_of(document)):
            path = f"objects[{index}]"
            checked = {
                "id": checks.object_id(entry, index, seen),
                "class_id": checks.class_id(entry.get("class_id"), f"{path}.class_id", class_ids),
                **_area(entry, path, (width, height), budget),
            }
            if kind == "prediction":
                checked |= checks.certainty(entry, index, class_ids)
            else:
                checked |= checks.provenance(entry, index)
            objects.append(checked)
        return {"objects": objects}

    def class_counts(self, document: Mapping[str, Any]) -> dict[str, int]:
        """Masks of each class; keys are class ids as text."""
        return checks.count_classes(document)

    def diff(self, prediction: Mapping[str, Any] | None, annotation: Mapping[str, Any]) -> dict[str, Any]:
        """Each mask counts once; one with other pixels is edited."""
        return checks.count_changes(prediction, annotation)


def _area(entry: Mapping[str, Any], path: str, size: tuple[float, float], budget: FillBudget) -> dict[str, Any]:
    """``rle`` of an object, and its ``polygon`` where it has one. Raises InvalidDocument."""
    width, height = size
    if entry.get("polygon") is None:
        if entry.get("rle") is None:
            raise InvalidDocument(f"{path} needs a mask “rle” or a “polygon”", path=f"{path}.rle")
        return {"rle": check_rle(entry["rle"], f"{path}.rle", width, height)}
    place = f"{path}.polygon"
    rings = check_polygon(entry["polygon"], place, width, height)
    budget.take(rings, place)
    return {"polygon": rings, "rle": fill(rings, place, round(width), round(height))}
