"""Reads what an export writes: the current annotations, or a frozen version."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import F

from annotator.models import Annotation, LabelClass, Project
from annotator.models.items import ItemState

EXPORTED = (ItemState.REVIEWED, ItemState.AUTO_ACCEPTED)


@dataclass(frozen=True)
class ExportRow:
    """One annotated picture; ``objects`` hold ``class_id`` and, where there is one, ``bbox`` or ``rle``."""

    name: str
    blob: str
    width: int
    height: int
    split: str
    objects: list[dict[str, Any]]
    human: bool


@dataclass(frozen=True)
class ExportSource:
    """What to export: class names by id in the project's order, how many rows, and the rows."""

    classes: dict[int, str]
    count: int
    rows: Iterator[ExportRow]


def current_annotations(project: Project) -> ExportSource:
    """The current revision of every reviewed or auto-accepted item, by item id."""
    query = Annotation.objects.filter(
        item__project=project, item__state__in=EXPORTED, revision=F("item__revision")
    ).order_by("item_id")
    classes = dict(LabelClass.objects.filter(project=project).order_by("index", "pk").values_list("pk", "name"))
    return ExportSource(classes, query.count(), _rows(query))


def _rows(query: Any) -> Iterator[ExportRow]:
    values = query.values_list(
        "item__name", "item__blob", "item__width", "item__height", "item__split", "document", "origin"
    )  # fmt: skip
    for name, blob, width, height, split, document, origin in values.iterator(chunk_size=1000):
        yield ExportRow(name, blob, width, height, split, document["objects"], origin != Annotation.Origin.AUTO)


def frozen_annotations(manifest: dict[str, Any]) -> ExportSource:
    """What the manifest of a version holds."""
    classes = {one["id"]: one["name"] for one in manifest["classes"]}
    items = manifest["items"]
    rows = (
        ExportRow(one["name"], one["sha256"], one["width"], one["height"], one["split"], one["objects"], one["human"])
        for one in items
    )
    return ExportSource(classes, len(items), rows)
