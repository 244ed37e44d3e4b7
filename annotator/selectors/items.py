"""Reads of items: one item, and the work that a person gets."""

from __future__ import annotations

from datetime import timedelta
from statistics import median
from typing import Any

from django.utils import timezone

from annotator.models import Annotation, Draft, Item, Prediction, QueueEntry, User
from annotator.models.items import ItemState
from annotator.selectors.predictions import current_prediction
from annotator.selectors.suggestions import open_suggestions

ROW_FIELDS = (
    "id",
    "name",
    "width",
    "height",
    "split",
    "state",
    "problem",
    "problem_region",
    "confidence",
    "uncertainty",
    "class_counts",
    "revision",
    "metadata",
)


def with_urls(row: dict[str, Any]) -> dict[str, Any]:
    """The row with the addresses of its pictures."""
    row["image_url"] = f"/api/items/{row['id']}/image/"
    row["thumbnail_url"] = f"/api/items/{row['id']}/thumbnail/"
    return row


def item_row(item: Item) -> dict[str, Any]:
    """One item as the API shows it."""
    return with_urls({field: getattr(item, field) for field in ROW_FIELDS} | {"media_type": item.media_type})


def current_annotation(item: Item) -> Annotation | None:
    """The latest revision, if the item's state says that it counts."""
    if item.state not in (ItemState.REVIEWED, ItemState.AUTO_ACCEPTED):
        return None
    return Annotation.objects.filter(item=item, revision=item.revision).first()


def work_of(*, item: Item, user: User, entry: QueueEntry | None) -> dict[str, Any]:
    """All that a person needs to work on an item."""
    prediction = current_prediction(item)
    annotation = current_annotation(item)
    draft = Draft.objects.filter(item=item, user=user).first()
    return {
        "item": item_row(item),
        "prediction": prediction_row(prediction),
        "annotation": annotation
        and {
            "revision": annotation.revision,
            "origin": annotation.origin,
            "objects": annotation.document["objects"],
        },
        "draft": draft
        and {"document": draft.document, "base_revision": draft.base_revision, "updated_at": draft.updated_at},
        "suggestions": open_suggestions(item),
        "lease": entry and entry.lease_token and {"token": str(entry.lease_token), "until": entry.lease_until},
        "queue": {
            "reason": entry.reason if entry else None,
            "why": entry.why if entry and not entry.done else None,
            "remaining": remaining(item.project_id),
        },
    }


def prediction_row(prediction: Prediction | None) -> dict[str, Any] | None:
    """A prediction as the API shows it."""
    if prediction is None:
        return None
    source = prediction.source
    return {
        "id": prediction.pk,
        "source": {"id": source.pk, "name": source.name},
        "objects": prediction.document["objects"],
    }


def remaining(project_id: int) -> int:
    """How many items wait for people."""
    return QueueEntry.objects.filter(project_id=project_id, done=False).count()


def next_entries(project_id: int, most: int) -> list[dict[str, Any]]:
    """What comes next in the queue, and why."""
    waiting = QueueEntry.objects.filter(project_id=project_id, done=False).order_by("-priority", "id")
    rows = waiting.values("item_id", "item__name", "reason", "why")[:most]
    return [
        {
            "id": row["item_id"],
            "name": row["item__name"],
            "reason": row["reason"],
            "why": row["why"],
            "thumbnail_url": f"/api/items/{row['item_id']}/thumbnail/",
        }
        for row in rows
    ]


def done_by(user: User, project_id: int) -> dict[str, Any]:
    """A person's own numbers of the last 24 hours."""
    since = timezone.now() - timedelta(hours=24)
    durations = list(
        Annotation.objects.filter(
            author=user, item__project_id=project_id, created_at__gte=since, origin=Annotation.Origin.HUMAN
        ).values_list("duration_ms", flat=True)
    )
    known = [duration for duration in durations if duration is not None]
    return {"items": len(durations), "median_ms": int(median(known)) if known else None}
