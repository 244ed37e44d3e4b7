"""Freezes what was reviewed into an immutable version."""

from __future__ import annotations

from collections import Counter
from typing import Any

import orjson
from django.db import transaction
from django.db.models import F, Q

from annotator import storage
from annotator.core.errors import Unprocessable
from annotator.models import Annotation, DatasetVersion, LabelClass, Project, User
from annotator.models.items import ItemState
from annotator.services import audit

# What a version keeps of an object; where it came from stays in the annotation.
_FROZEN = ("class_id", "bbox", "rle")


@transaction.atomic
def freeze_version(
    *, actor: User | None, project: Project, note: str = "", include_auto: bool = False
) -> DatasetVersion:
    """Write the manifest of all reviewed items and give it the next number.

    ``include_auto`` adds auto-accepted items to the training split only: val and test hold human labels alone.
    Raises Unprocessable when nothing was reviewed yet.
    """
    Project.objects.select_for_update().get(pk=project.pk)
    classes = list(LabelClass.objects.filter(project=project).values("id", "name"))
    items = list(_manifest_items(project, include_auto))
    if not items:
        raise Unprocessable("nothing is reviewed yet, so there is nothing to freeze; review or import labelled items")
    manifest = {"schema": 1, "task_type": project.task_type, "classes": classes, "items": items}
    sha256 = storage.put_bytes(orjson.dumps(manifest))
    last = DatasetVersion.objects.filter(project=project).order_by("-number").values_list("number", flat=True).first()
    version = DatasetVersion.objects.create(
        project=project,
        number=(last or 0) + 1,
        note=note,
        manifest_sha256=sha256,
        counts=_counts(items),
        include_auto=include_auto,
        created_by=actor,
    )
    after = {"number": version.number, "manifest_sha256": sha256, "items": len(items)}
    audit.record(actor=actor, verb="version.freeze", target=version, project_id=project.pk, after=after)
    return version


def read_manifest(version: DatasetVersion) -> dict[str, Any]:
    """The manifest of a version; its schema is in docs/formats.md."""
    manifest: dict[str, Any] = orjson.loads(storage.read_blob(version.manifest_sha256))
    return manifest


def _manifest_items(project: Project, include_auto: bool) -> list[dict[str, Any]]:
    wanted = Q(item__state=ItemState.REVIEWED)
    if include_auto:
        wanted |= Q(item__state=ItemState.AUTO_ACCEPTED, item__split="train")
    rows = (
        Annotation.objects.filter(wanted, item__project=project, revision=F("item__revision"))
        .order_by("item_id")
        .values_list(
            "item_id", "item__blob", "item__name", "item__width", "item__height", "item__split", "item__twin_id",
            "origin", "document",
        )
    )  # fmt: skip
    return [
        {
            "item_id": item_id,
            "sha256": blob,
            "name": name,
            "width": width,
            "height": height,
            "split": split,
            "twin_of": twin,
            "human": origin != Annotation.Origin.AUTO,
            "objects": [{key: one[key] for key in _FROZEN if key in one} for one in document["objects"]],
        }
        for item_id, blob, name, width, height, split, twin, origin, document in rows
    ]


def _counts(items: list[dict[str, Any]]) -> dict[str, Any]:
    splits = Counter(one["split"] for one in items)
    per_class = Counter(str(thing["class_id"]) for one in items for thing in one["objects"])
    return {
        "items": len(items),
        **{split: splits.get(split, 0) for split in ("train", "val", "test")},
        "objects": sum(per_class.values()),
        "auto": sum(not one["human"] for one in items),
        "per_class": dict(per_class),
    }
