"""The truth is written here: submits, skips, drafts, and the model's certain items."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from annotator.core import document as checks
from annotator.core.acceptance import accepted_document
from annotator.core.errors import Conflict, InvalidDocument, StaleRevision, Unprocessable
from annotator.core.tasktypes import TASK_TYPES
from annotator.models import (
    Annotation,
    Draft,
    Item,
    LabelClass,
    Prediction,
    PredictionSource,
    Project,
    QueueEntry,
    User,
)
from annotator.models.bulk import update_rows
from annotator.models.items import ItemState
from annotator.models.queue import QueueReason
from annotator.selectors.predictions import current_prediction, shown_by, shown_objects
from annotator.services import audit, queue

# The states in which no person has decided yet.
MACHINE_MAY_MOVE = (ItemState.NEW, ItemState.QUEUED, ItemState.AUTO_ACCEPTED)


@dataclass(frozen=True)
class Submission:
    """What a person hands in for one item."""

    document: dict[str, Any]
    seen_revision: int
    lease_token: uuid.UUID
    idempotency_key: uuid.UUID | None = None
    duration_ms: int | None = None
    # The guess that the person saw; without it the current one is taken, which a new deployment may have replaced.
    prediction_id: int | None = None


@transaction.atomic
def submit_annotation(*, actor: User, item_id: int, submission: Submission) -> Annotation:
    """Append the next revision and end the work on the item.

    Sending the same idempotency key again returns what the first sending made, so that a lost answer costs nothing.
    Raises StaleRevision, LeaseLost, InvalidDocument, Unprocessable.
    """
    item = queue.locked_item(item_id)
    again = _same_submission(item, actor, submission)
    if again is not None:
        return again
    entry = queue.hold_lease(actor=actor, item=item, token=submission.lease_token)
    check_revision(item, submission.seen_revision)
    document = validate_document(item=item, document=submission.document)
    prediction = _seen_prediction(item, submission)
    task_type = TASK_TYPES[item.project.task_type]
    before = {"state": item.state, "revision": item.revision}
    annotation = _append(
        item=item,
        document=document,
        author=actor,
        origin=Annotation.Origin.HUMAN,
        prediction=prediction,
        changes=task_type.diff(shown_objects(item.project, prediction), document),
        idempotency_key=submission.idempotency_key,
        duration_ms=submission.duration_ms,
    )
    queue.change_state(item=item, state=ItemState.REVIEWED)
    queue.finish_entry(entry=entry)
    Draft.objects.filter(item=item, user=actor).delete()
    after = {"state": item.state, "revision": item.revision, "changes": annotation.changes}
    audit.record(
        actor=actor, verb="annotation.submit", target=item, project_id=item.project_id, before=before, after=after
    )
    return annotation


def _seen_prediction(item: Item, submission: Submission) -> Prediction | None:
    if submission.prediction_id is None:
        return current_prediction(item)
    seen = Prediction.objects.filter(pk=submission.prediction_id, item=item).first()
    if seen is None:
        raise Unprocessable("prediction_id names no guess on this item; send the one you saw", field="prediction_id")
    return seen


def _same_submission(item: Item, actor: User, submission: Submission) -> Annotation | None:
    if submission.idempotency_key is None:
        return None
    found = Annotation.objects.filter(idempotency_key=submission.idempotency_key).first()
    if found is not None and (found.item_id != item.pk or found.author_id != actor.pk):
        raise Unprocessable("this Idempotency-Key was used for another item; make a new one for each submit")
    return found


@transaction.atomic
def skip_item(*, actor: User, item_id: int, lease_token: uuid.UUID, reason: str) -> Item:
    """Pass an item over. Raises LeaseLost."""
    item = queue.locked_item(item_id)
    entry = queue.hold_lease(actor=actor, item=item, token=lease_token)
    before = {"state": item.state}
    queue.change_state(item=item, state=ItemState.SKIPPED)
    queue.finish_entry(entry=entry)
    after = {"state": item.state, "reason": reason[:400]}
    audit.record(actor=actor, verb="item.skip", target=item, project_id=item.project_id, before=before, after=after)
    return item


@transaction.atomic
def report_item(
    *, actor: User, item_id: int, lease_token: uuid.UUID, reason: str, region: dict[str, Any] | None = None
) -> Item:
    """Pass an item over to the lead with a comment, pinned to a region where there is one.

    The region is kept as the person saw it: it may be one of their own, which no other document holds. Raises
    LeaseLost, InvalidDocument.
    """
    item = queue.locked_item(item_id)
    entry = queue.hold_lease(actor=actor, item=item, token=lease_token)
    before = {"state": item.state}
    queue.change_state(item=item, state=ItemState.PROBLEM)
    item.problem, item.problem_region = reason[:400], region and _pinned(item, region)
    item.save(update_fields=["problem", "problem_region"])
    queue.finish_entry(entry=entry)
    after = {"state": item.state, "reason": item.problem, "region": item.problem_region}
    audit.record(actor=actor, verb="item.report", target=item, project_id=item.project_id, before=before, after=after)
    return item


def _pinned(item: Item, region: dict[str, Any]) -> dict[str, Any]:
    box = region.get("bbox")
    return {
        "id": region["id"],
        "class_id": region.get("class_id"),
        "bbox": None if box is None else checks.box(box, "region.bbox", item.width, item.height),
    }


@transaction.atomic
def postpone_item(
    *, actor: User, item_id: int, lease_token: uuid.UUID, document: dict[str, Any] | None, seen_revision: int
) -> Item:
    """Put an item off: what was done so far stays as the person's draft, the lease goes back.

    Raises StaleRevision, LeaseLost, InvalidDocument.
    """
    item = queue.locked_item(item_id)
    entry = queue.hold_lease(actor=actor, item=item, token=lease_token)
    if document is not None:
        save_draft(
            actor=actor, item_id=item_id, document=document, seen_revision=seen_revision, lease_token=lease_token
        )
    queue.postpone_entry(entry=entry, actor=actor)
    after = {"state": item.state, "draft": document is not None}
    audit.record(actor=actor, verb="item.postpone", target=item, project_id=item.project_id, after=after)
    return item


@transaction.atomic
def save_draft(
    *, actor: User, item_id: int, document: dict[str, Any], seen_revision: int, lease_token: uuid.UUID
) -> Draft:
    """Autosave; one draft for each person and item, not audited. Raises StaleRevision, LeaseLost, InvalidDocument."""
    item = queue.locked_item(item_id)
    queue.hold_lease(actor=actor, item=item, token=lease_token)
    check_revision(item, seen_revision)
    document = validate_document(item=item, document=document) | review_notes(document)
    draft, _ = Draft.objects.update_or_create(
        item=item, user=actor, defaults={"document": document, "base_revision": seen_revision}
    )
    return draft


def review_notes(document: dict[str, Any]) -> dict[str, Any]:
    """What a draft says beside its objects: the ids of rejected guesses, which leave no object behind, and the order of
    all areas from below to above, since guesses left open have no place among the objects.

    Without them a person who goes on elsewhere would have to do the same again. Raises InvalidDocument.
    """
    notes = document.get("review")
    if notes is None:
        return {}
    if not isinstance(notes, dict):
        raise InvalidDocument("review must be an object", path="review")
    kept = {"rejected": _object_ids(notes.get("rejected", []), "review.rejected")}
    if "order" in notes:
        kept["order"] = _object_ids(notes["order"], "review.order")
    return {"review": kept}


def _object_ids(ids: Any, path: str) -> list[str]:
    if not isinstance(ids, list) or len(ids) > checks.MAX_OBJECTS:
        raise InvalidDocument(f"{path} must be a list of object ids", path=path)
    for index, one in enumerate(ids):
        if not isinstance(one, str) or not 0 < len(one) <= checks.MAX_ID_LENGTH:
            raise InvalidDocument(f"{path}[{index}] must be the id of an object", path=f"{path}[{index}]")
    return ids


@transaction.atomic
def discard_draft(*, actor: User, item_id: int) -> None:
    """Forget the person's draft of the item."""
    Draft.objects.filter(item_id=item_id, user=actor).delete()


@transaction.atomic
def accept_predictions(*, project: Project, prediction_ids: Iterable[int]) -> list[int]:
    """Take the model's word for items it is certain of: an AUTO revision each, state auto_accepted; returns item ids.

    Items that a person reviewed or has open now, and test items, are left alone. The shown objects become the
    annotation.
    """
    predictions = list(
        Prediction.objects.filter(pk__in=list(prediction_ids), item__project=project, item__state__in=MACHINE_MAY_MOVE)
        .exclude(item__split="test")
        .exclude(item__queue_entry__lease_until__gte=timezone.now(), item__queue_entry__done=False)
        .select_related("item")
        .select_for_update(of=("item",))
        .order_by("item_id")
    )
    shown = shown_by(project)
    made = [_auto_revision(project, prediction, shown(prediction)) for prediction in predictions]
    Annotation.objects.bulk_create(made, batch_size=500)
    update_rows([one.item for one in made], ["revision", "class_counts", "state"])
    taken = [one.item_id for one in made]
    audit.record(
        actor=None, verb="items.auto_accept", target=project, project_id=project.pk, after={"items": len(taken)}
    )
    return taken


def _auto_revision(project: Project, prediction: Prediction, shown: dict[str, Any]) -> Annotation:
    """The next revision of the prediction's item, neither saved yet."""
    item = prediction.item
    document = accepted_document(shown["objects"])
    item.revision += 1
    item.class_counts = TASK_TYPES[project.task_type].class_counts(document)
    item.state = ItemState.AUTO_ACCEPTED
    return Annotation(
        item=item,
        revision=item.revision,
        document=document,
        author=None,
        origin=Annotation.Origin.AUTO,
        source_prediction=prediction,
        class_counts=item.class_counts,
    )


@transaction.atomic
def revert_auto(
    *,
    actor: User | None,
    project: Project,
    source: PredictionSource | None = None,
    item_ids: Iterable[int] | None = None,
) -> list[int]:
    """Undo every unreviewed auto-label (of one source, of these items, or all): people see the items first; returns
    their ids.

    Annotations are append-only: the reverted revisions stay in the history, but a queued item has no current one.
    """
    items = Item.objects.filter(project=project, state=ItemState.AUTO_ACCEPTED)
    if item_ids is not None:
        items = items.filter(pk__in=list(item_ids))
    if source is not None:
        current = Annotation.objects.filter(source_prediction__source=source, revision=F("item__revision"))
        items = items.filter(pk__in=current.values("item_id"))
    reverted = list(items.select_for_update().order_by("pk").values_list("pk", flat=True))
    Item.objects.filter(pk__in=reverted).update(class_counts={}, state=ItemState.QUEUED)
    waiting = [queue.Waiting(item_id, QueueReason.RETURNED, queue.RETURNED_PRIORITY) for item_id in reverted]
    queue.enqueue_items(project_id=project.pk, waiting=waiting)
    after = {"items": len(reverted), "source": source.name if source else None}
    audit.record(actor=actor, verb="items.revert_auto", target=project, project_id=project.pk, after=after)
    return reverted


@transaction.atomic
def take_back_annotation(*, actor: User, item_id: int, revision: int) -> Item:
    """Undo one's own submit of an item that was queued, so without an annotation: it waits again, in its old place.

    Annotations are append-only: the revision stays in the history, but a queued item has no current one. Raises
    Conflict where somebody went on from it.
    """
    item = queue.locked_item(item_id)
    entry = QueueEntry.objects.select_for_update().filter(item=item).first()
    mine = Annotation.objects.filter(item=item, revision=revision, author=actor, origin=Annotation.Origin.HUMAN)
    untouched = entry is not None and entry.done and entry.lease_user_id is None and item.revision == revision
    if item.state != ItemState.REVIEWED or not untouched or not mine.exists():
        raise Conflict("this item was changed or opened since; it was left as it is", code="changed_since")
    # Not a move of ALLOWED: that table is also what a route may do, which must never take a review back.
    item.state, item.class_counts = ItemState.QUEUED, {}
    item.save(update_fields=["state", "class_counts"])
    QueueEntry.objects.filter(item=item).update(done=False)
    before, after = {"state": ItemState.REVIEWED, "revision": revision}, {"state": item.state}
    audit.record(
        actor=actor, verb="annotation.take_back", target=item, project_id=item.project_id, before=before, after=after
    )
    return item


def check_revision(item: Item, seen: int) -> None:
    """Raises StaleRevision with what is current."""
    if seen != item.revision:
        latest = Annotation.objects.filter(item=item, revision=item.revision).first()
        raise StaleRevision(
            f"this item is at revision {item.revision} now, your change was made on {seen}; merge and send again",
            current={"revision": item.revision, "document": latest.document if latest else None},
        )


def validate_document(*, item: Item, document: dict[str, Any]) -> dict[str, Any]:
    """The document in normal form. Raises InvalidDocument with the path of what is wrong."""
    class_ids = set(LabelClass.objects.filter(project_id=item.project_id).values_list("pk", flat=True))
    task_type = TASK_TYPES[item.project.task_type]
    return task_type.validate(document, width=item.width, height=item.height, class_ids=class_ids, kind="annotation")


def append_annotation(
    *, item: Item, document: dict[str, Any], author: User | None, origin: str, prediction: Prediction | None = None
) -> Annotation:
    """Append a revision without a lease, for imports; the caller holds the transaction and moves the state."""
    return _append(item=item, document=document, author=author, origin=origin, prediction=prediction)


def _append(*, item: Item, document: dict[str, Any], author: User | None, origin: str, **fields: Any) -> Annotation:
    counts = TASK_TYPES[item.project.task_type].class_counts(document)
    prediction = fields.pop("prediction", None)
    item.revision += 1
    item.class_counts = counts
    item.save(update_fields=["revision", "class_counts"])
    return Annotation.objects.create(
        item=item,
        revision=item.revision,
        document=document,
        author=author,
        origin=origin,
        source_prediction=prediction,
        class_counts=counts,
        **fields,
    )
