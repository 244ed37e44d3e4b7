"""One class for a whole picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from annotator.core import document as checks
from annotator.core.errors import InvalidDocument


class ImageClassification:
    """Annotations hold exactly one object without ``bbox``; a prediction one, or none when nothing was sure enough."""

    slug = "image_classification"
    media_type = "image"

    def validate(
        self, document: Any, *, width: float, height: float, class_ids: set[int], kind: checks.Kind
    ) -> dict[str, Any]:
        """Raises InvalidDocument, also for a box or a second class."""
        entries = checks.objects_of(document)
        if len(entries) > 1 or (kind == "annotation" and not entries):
            wanted = "exactly one object" if kind == "annotation" else "at most one object"
            raise InvalidDocument(f"a classified picture has {wanted}, not {len(entries)}", path="objects")
        seen: set[str] = set()
        objects = []
        for index, entry in enumerate(entries):
            if entry.get("bbox") is not None:
                raise InvalidDocument(
                    f"objects[{index}].bbox: a class is for the whole picture", path=f"objects[{index}].bbox"
                )
            checked = {
                "id": checks.object_id(entry, index, seen),
                "class_id": checks.class_id(entry.get("class_id"), f"objects[{index}].class_id", class_ids),
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
        """A kept guess is accepted, another class relabelled; a choice without a guess is added."""
        return checks.count_changes(prediction, annotation)
