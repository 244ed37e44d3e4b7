"""What a lead does with items."""

from __future__ import annotations

from django.db import transaction

from annotator.models import Item, Project, User
from annotator.models.items import ItemState
from annotator.models.queue import QueueReason
from annotator.services import audit, queue
from annotator.services.queue import Waiting


@transaction.atomic
def return_items(*, actor: User | None, project: Project, item_ids: list[int]) -> int:
    """Send items to people again (also reviewed ones: their annotation stays and is shown); returns how many."""
    items = list(Item.objects.filter(project=project, pk__in=item_ids).select_for_update().order_by("pk"))
    queue.enqueue_items(
        project_id=project.pk,
        waiting=[Waiting(item.pk, QueueReason.RETURNED, queue.RETURNED_PRIORITY) for item in items],
    )
    movable = [item.pk for item in items if item.state != ItemState.REVIEWED]
    queue.move_items(item_ids=movable, state=ItemState.QUEUED)
    audit.record(actor=actor, verb="items.return", target=project, project_id=project.pk, after={"items": len(items)})
    return len(items)


@transaction.atomic
def mark_problem(*, actor: User | None, item_id: int, reason: str) -> Item:
    """Take an item that cannot be worked on (unreadable, reported) out of the queue, with the reason."""
    item = queue.locked_item(item_id)
    before = {"state": item.state}
    queue.change_state(item=item, state=ItemState.PROBLEM)
    item.problem, item.problem_region = reason[:400], None
    item.save(update_fields=["problem", "problem_region"])
    queue.dequeue_items(item_ids=[item.pk])
    after = {"state": item.state, "reason": item.problem}
    audit.record(actor=actor, verb="item.problem", target=item, project_id=item.project_id, before=before, after=after)
    return item
