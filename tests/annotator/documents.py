"""Documents that tests submit."""

from __future__ import annotations

from typing import Any

BOX = [4.0, 4.0, 20.0, 20.0]


def one_box(class_id: int, box: list[float] | None = None, **fields: Any) -> dict[str, Any]:
    """An annotation with a single box."""
    given = {"id": "m-1", "bbox": box or BOX, "class_id": class_id, "origin": "manual", "prediction_id": None}
    return {"objects": [given | fields]}


def one_class(class_id: int) -> dict[str, Any]:
    """An annotation of a classified picture."""
    return {"objects": [{"id": "m-1", "class_id": class_id, "origin": "manual", "prediction_id": None}]}
