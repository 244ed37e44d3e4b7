"""Work on an item that went to somebody else: kept as a suggestion until a person takes it over or puts it aside."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from annotator.core.errors import Conflict, NotAllowed, NotFound, Unprocessable
from annotator.models import Item, QueueEntry, Suggestion, User
from annotator.models.queue import QueueReason
from annotator.services import audit, queue
from annotator.services.annotations import review_notes, validate_document

OUTCOMES = (Suggestion.State.TAKEN, Suggestion.State.DISMISSED)


@transaction.atomic
def add_suggestion(*, actor: User, item_id: int, document: dict[str, Any], base_revision: int) -> Suggestion:
    """Keep the document for whoever has the item now or opens it next; it needs no lease and changes no annotation.

    An item that nobody has to look at any more is queued again, so that the suggestion is seen. Raises NotFound,
    InvalidDocument, Unprocessable.
    """
    item = queue.locked_item(item_id)
    if base_revision > item.revision:
        raise Unprocessable(
            f"this item is at revision {item.revision}; a change cannot have been made on {base_revision}",
            field="base_revision",
        )
    clean = validate_document(item=item, document=document) | review_notes(document)
    suggestion, _ = Suggestion.objects.update_or_create(
        item=item,
        author=actor,
        state=Suggestion.State.OPEN,
        defaults={
            "document": clean,
            "base_revision": base_revision,
            "author_name": actor.name or actor.email,
        },
    )
    _ask_somebody(item)
    after = {"suggestion": suggestion.pk, "objects": len(clean["objects"]), "base_revision": base_revision}
    audit.record(actor=actor, verb="suggestion.add", target=item, project_id=item.project_id, after=after)
    return suggestion


def _ask_somebody(item: Item) -> None:
    if QueueEntry.objects.filter(item=item, done=False).exists():
        return
    waiting = queue.Waiting(item.pk, QueueReason.RETURNED, queue.RETURNED_PRIORITY)
    queue.enqueue_items(project_id=item.project_id, waiting=[waiting])


@transaction.atomic
def close_suggestion(*, actor: User, suggestion_id: int, outcome: str) -> Suggestion:
    """Say what became of a suggestion: ``taken`` into one's own work, or ``dismissed``. The row stays.

    Saying the same again is no error. Raises NotFound, Conflict.
    """
    suggestion = _locked(suggestion_id)
    if suggestion.state == outcome:
        return suggestion
    if suggestion.state != Suggestion.State.OPEN:
        raise Conflict(f"this suggestion is {suggestion.state} already", code="suggestion_closed")
    suggestion.state, suggestion.closed_by, suggestion.closed_at = outcome, actor, timezone.now()
    suggestion.save(update_fields=["state", "closed_by", "closed_at"])
    _record(actor, "suggestion.close", suggestion, Suggestion.State.OPEN)
    return suggestion


@transaction.atomic
def reopen_suggestion(*, actor: User, suggestion_id: int) -> Suggestion:
    """Take back what one said of a suggestion, so that it is shown again: an undo. An open one is left as it is.

    Raises NotFound, NotAllowed for what somebody else closed, and Conflict where its author has sent a newer one.
    """
    suggestion = _locked(suggestion_id)
    if suggestion.state == Suggestion.State.OPEN:
        return suggestion
    if suggestion.closed_by_id != actor.pk:
        raise NotAllowed("somebody else closed this suggestion; only they can take that back")
    before = suggestion.state
    suggestion.state, suggestion.closed_by, suggestion.closed_at = Suggestion.State.OPEN, None, None
    try:
        with transaction.atomic():
            suggestion.save(update_fields=["state", "closed_by", "closed_at"])
    except IntegrityError as error:
        raise Conflict("its author has sent a newer suggestion, which is open", code="suggestion_replaced") from error
    _ask_somebody(suggestion.item)
    _record(actor, "suggestion.reopen", suggestion, before)
    return suggestion


def _locked(suggestion_id: int) -> Suggestion:
    suggestion = Suggestion.objects.select_for_update(of=("self",)).filter(pk=suggestion_id).first()
    if suggestion is None:
        raise NotFound("there is no such suggestion")
    return suggestion


def _record(actor: User, verb: str, suggestion: Suggestion, before: str) -> None:
    item = suggestion.item
    audit.record(
        actor=actor,
        verb=verb,
        target=item,
        project_id=item.project_id,
        before={"suggestion": suggestion.pk, "state": before},
        after={"suggestion": suggestion.pk, "state": suggestion.state},
    )
