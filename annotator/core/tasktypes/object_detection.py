"""Boxes with a class on a picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from annotator.core import document as checks


class ObjectDetection:
    """Documents hold any number of objects, each with ``bbox`` and ``class_id``."""

    slug = "object_detection"
    media_type = "image"

    def validate(
        self, document: Any, *, width: float, height: float, class_ids: set[int], kind: checks.Kind
    ) -> dict[str, Any]:
        """Boxes that stick out are clipped to the picture. Raises InvalidDocument."""
        seen: set[str] = set()
        objects = []
        for index, entry in enumerate(checks.objects_of(document)):
            path = f"objects[{index}]"
            checked = {
                "id": checks.object_id(entry, index, seen),
                "bbox": checks.box(entry.get("bbox"), f"{path}.bbox", width, height),
                "class_id": checks.class_id(entry.get("class_id"), f"{path}.class_id", class_ids),
            }
            if kind == "prediction":
                checked |= checks.certainty(entry, index, class_ids)
            else:
                checked |= checks.provenance(entry, index)
            objects.append(checked)
        return {"objects": objects}

    def class_counts(self, document: Mapping[str, Any]) -> dict[str, int]:
        """Objects of each class; keys are class ids as text."""
        return checks.count_classes(document)

    def diff(self, prediction: Mapping[str, Any] | None, annotation: Mapping[str, Any]) -> dict[str, Any]:
        """Each object counts once: a moved and relabelled one as relabelled."""
        return checks.count_changes(prediction, annotation)
