"""A class for every pixel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from annotator.core import document as checks
from annotator.core.rle import check_rle


class SemanticSegmentation:
    """Documents hold masks, each with ``rle`` and ``class_id``; where they overlap the later one lies above.

    Pixels that no mask covers are unlabelled. A guess has one object per class.
    """

    slug = "semantic_segmentation"
    media_type = "image"

    def validate(
        self, document: Any, *, width: float, height: float, class_ids: set[int], kind: checks.Kind
    ) -> dict[str, Any]:
        """Raises InvalidDocument, also for a mask that is not of the picture's size."""
        seen: set[str] = set()
        objects = []
        for index, entry in enumerate(checks.objects_of(document)):
            path = f"objects[{index}]"
            checked = {
                "id": checks.object_id(entry, index, seen),
                "class_id": checks.class_id(entry.get("class_id"), f"{path}.class_id", class_ids),
                "rle": check_rle(entry.get("rle"), f"{path}.rle", width, height),
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
