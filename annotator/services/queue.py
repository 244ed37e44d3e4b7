"""What waits for people: put in, handed out under a lease, taken out.

A lease is given by one UPDATE over a row locked with SKIP LOCKED, so that two people never get the same item.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import BigIntegerField, Exists, FloatField, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.utils import timezone

from annotator.core.errors import Conflict, LeaseLost, NotFound
from annotator.models import Item, Member, Postponement, Project, QueueEntry, User
from annotator.models.bulk import update_rows
from annotator.models.items import ALLOWED, ItemState
from annotator.selectors.grid import TASK_TYPE
from annotator.selectors.predictions import guesses_of_item

# Above every doubt of a model (0 to 1): what a lead sent back goes first.
RETURNED_PRIORITY = 2.0
GUESSED_CLASS = Cast(KT("document__objects__0__class_id"), BigIntegerField())
GUESSED_SCORE = Cast(KT("document__objects__0__score"), FloatField())
LEASE_FIELDS = ["lease_user", "lease_token", "lease_until"]


@dataclass(frozen=True)
class Waiting:
    """An item that shall wait for people, why, and how soon (higher = sooner); ``why`` says what gave it this place."""

    item_id: int
    reason: str
    priority: float
    why: dict[str, Any] | None = None


@transaction.atomic
def enqueue_items(*, project_id: int, waiting: Iterable[Waiting]) -> int:
    """Put items in the queue, or move those that are there already; returns how many.

    The caller moves item states itself (`move_items`), since a spot check waits while its item stays auto-accepted
    and a returned one while it stays reviewed.
    """
    rows = [
        QueueEntry(project_id=project_id, item_id=one.item_id, reason=one.reason, priority=one.priority, why=one.why)
        for one in waiting
    ]
    QueueEntry.objects.bulk_create(
        rows,
        batch_size=2000,
        update_conflicts=True,
        unique_fields=["item"],
        update_fields=["reason", "priority", "why", "done"],
    )
    note_guesses(project_id=project_id, item_ids=[row.item_id for row in rows])
    return len(rows)


@transaction.atomic
def note_guesses(*, project_id: int, item_ids: Iterable[int]) -> int:
    """Write the class and score of each item's current guess on its queue entry; returns how many entries changed.

    To be called after guesses were stored or the project listens to another source. Only classified pictures have one
    class to write; for all other projects this does nothing.
    """
    project = Project.objects.only("task_type", "active_source_id").get(pk=project_id)
    if project.task_type != TASK_TYPE:
        return 0
    guesses = guesses_of_item(project.active_source_id)
    current = Subquery(guesses.values("pk")[:1])
    return (
        QueueEntry.objects.filter(item_id__in=list(item_ids))
        .exclude(guess_id=current)
        .update(
            guess_id=current,
            guess_class=Subquery(guesses.annotate(one=GUESSED_CLASS).values("one")[:1]),
            guess_score=Subquery(guesses.annotate(one=GUESSED_SCORE).values("one")[:1]),
        )
    )


@transaction.atomic
def place_entries(*, project_id: int, places: Iterable[Waiting]) -> int:
    """Give entries another place; returns how many were still there for it.

    One that was done meanwhile, or waits for another reason by now (sent back by a lead), keeps its place.
    """
    wanted = {one.item_id: one for one in places}
    waiting = QueueEntry.objects.filter(project_id=project_id, done=False, item_id__in=wanted).order_by("pk")
    moved = []
    for entry in waiting.select_for_update():
        place = wanted[entry.item_id]
        if entry.reason == place.reason and (entry.priority, entry.why) != (place.priority, place.why):
            entry.priority, entry.why = place.priority, place.why
            moved.append(entry)
    update_rows(moved, ["priority", "why"])
    return len(moved)


@transaction.atomic
def dequeue_items(*, item_ids: Iterable[int]) -> int:
    """Take items out of the queue, whoever holds them."""
    item_ids = list(item_ids)
    Postponement.objects.filter(entry__item_id__in=item_ids).delete()
    return QueueEntry.objects.filter(item_id__in=item_ids, done=False).update(
        done=True, lease_user=None, lease_token=None, lease_until=None
    )


@transaction.atomic
def move_items(*, item_ids: Iterable[int], state: str) -> int:
    """Move items to a state; those for which ALLOWED has no such move are left alone. Returns how many moved.

    As in `change_state`, an item that is no problem any more forgets what the problem was.
    """
    sources = [source for source, targets in ALLOWED.items() if state in targets]
    changes: dict[str, Any] = {"state": state}
    if state != ItemState.PROBLEM:
        changes |= {"problem": "", "problem_region": None}
    return Item.objects.filter(pk__in=list(item_ids), state__in=sources).update(**changes)


@transaction.atomic
def lease_next(*, actor: User, project_id: int, exclude: Iterable[int] = (), ahead: bool = False) -> QueueEntry | None:
    """Hand out the next item: the person's own live lease first, then the highest priority. None = nothing waits.

    What the person put off comes when nothing else waits for them, the longest put off first.

    ``ahead``: it is fetched beside the one in hand. A new lease is then given only while enough is left for the others
    in the project, one free item for each other active member (every role may review), so that near its end nobody
    holds all of a queue. The count is not locked: two who ask in the same moment may leave one free item fewer.
    """
    now = timezone.now()
    excluded = list(exclude)
    waiting = QueueEntry.objects.filter(project_id=project_id, done=False).exclude(item_id__in=excluded)
    own = waiting.filter(lease_user=actor, lease_until__gte=now).order_by("-priority", "id")
    entry = own.select_for_update(skip_locked=True).first()
    if entry is None:
        put_off = Postponement.objects.filter(entry=OuterRef("pk"), user=actor)
        free = waiting.filter(Q(lease_until__isnull=True) | Q(lease_until__lt=now))
        if ahead and not _leaves_enough(free, actor, project_id):
            return None
        others = free.filter(~Exists(put_off)).order_by("-priority", "id")
        later = free.filter(postponements__user=actor).order_by("postponements__at", "id")
        entry = (
            others.select_for_update(skip_locked=True).first()
            or later.select_for_update(skip_locked=True, of=("self",)).first()
        )
    return _give_lease(entry, actor) if entry else None


def _leaves_enough(free: QuerySet[QueueEntry], actor: User, project_id: int) -> bool:
    """True if one of these can go and the others still find one each."""
    members = Member.objects.filter(project_id=project_id, user__is_active=True)
    others = members.exclude(user=actor).count()
    return free.order_by("pk")[: others + 1].count() > others


@transaction.atomic
def lease_item(*, actor: User, item: Item) -> QueueEntry:
    """Open one chosen item, also a reviewed one. Raises Conflict when somebody else is working on it."""
    entry, _ = QueueEntry.objects.get_or_create(
        item=item, defaults={"project_id": item.project_id, "reason": "returned", "done": True}
    )
    entry = QueueEntry.objects.select_for_update().get(pk=entry.pk)
    if entry.lease_user_id not in (None, actor.pk) and entry.lease_until and entry.lease_until >= timezone.now():
        raise Conflict("somebody else is working on this item now", code="leased_by_other")
    return _give_lease(entry, actor)


def _give_lease(entry: QueueEntry, actor: User) -> QueueEntry:
    _lend(entry, actor)
    entry.save(update_fields=LEASE_FIELDS)
    return entry


def _lend(entry: QueueEntry, actor: User) -> None:
    live = entry.lease_user_id == actor.pk and entry.lease_until and entry.lease_until >= timezone.now()
    if not live or entry.lease_token is None:
        entry.lease_token = uuid.uuid4()
    entry.lease_user = actor
    entry.lease_until = timezone.now() + timedelta(seconds=settings.WORK_LEASE_S)


@transaction.atomic
def renew_work_lease(*, actor: User, item: Item, token: uuid.UUID) -> QueueEntry:
    """Prolong a lease. Raises LeaseLost."""
    entry = hold_lease(actor=actor, item=item, token=token)
    entry.lease_until = timezone.now() + timedelta(seconds=settings.WORK_LEASE_S)
    entry.save(update_fields=["lease_until"])
    return entry


@transaction.atomic
def release_lease(*, actor: User, item: Item, token: uuid.UUID) -> None:
    """Give an item back unfinished; a lease that is gone already is no error."""
    QueueEntry.objects.filter(item=item, lease_user=actor, lease_token=token).update(
        lease_user=None, lease_token=None, lease_until=None
    )


@transaction.atomic
def lease_many(*, actor: User, waiting: QuerySet[QueueEntry], most: int) -> list[QueueEntry]:
    """Hand out up to ``most`` of these entries at once: the person's own live leases first, then the free ones.

    Rows that somebody else is being given in this moment are passed over, as with a single one.
    """
    now = timezone.now()
    # The queue's order; `of` keeps the lock on the entries where the query looks into other tables.
    ordered = waiting.filter(done=False).order_by("-priority", "id").select_for_update(skip_locked=True, of=("self",))
    held = list(ordered.filter(lease_user=actor, lease_until__gte=now)[:most])
    if len(held) < most:
        free = ordered.filter(Q(lease_until__isnull=True) | Q(lease_until__lt=now))
        held += free[: most - len(held)]
    for entry in held:
        _lend(entry, actor)
    QueueEntry.objects.bulk_update(held, LEASE_FIELDS)
    return held


@transaction.atomic
def renew_many(*, actor: User, project_id: int, leases: dict[int, uuid.UUID]) -> list[int]:
    """Prolong leases, token by item; returns the items whose lease was lost."""
    mine = QueueEntry.objects.filter(project_id=project_id, lease_user=actor, lease_token__in=leases.values())
    held = [
        entry for entry in mine.select_for_update().order_by("pk") if leases.get(entry.item_id) == entry.lease_token
    ]
    until = timezone.now() + timedelta(seconds=settings.WORK_LEASE_S)
    QueueEntry.objects.filter(pk__in=[entry.pk for entry in held]).update(lease_until=until)
    kept = {entry.item_id for entry in held}
    return [item_id for item_id in leases if item_id not in kept]


@transaction.atomic
def release_many(*, actor: User, project_id: int, tokens: Iterable[uuid.UUID]) -> int:
    """Give items back unfinished; leases that are gone already are no error. Returns how many went back."""
    return QueueEntry.objects.filter(project_id=project_id, lease_user=actor, lease_token__in=list(tokens)).update(
        lease_user=None, lease_token=None, lease_until=None
    )


@transaction.atomic
def release_leases_of(*, user: User, project_id: int) -> int:
    """Give back all that a person holds in a project; returns how many."""
    return QueueEntry.objects.filter(project_id=project_id, lease_user=user).update(
        lease_user=None, lease_token=None, lease_until=None
    )


def hold_lease(*, actor: User, item: Item, token: uuid.UUID) -> QueueEntry:
    """The locked queue entry, if the person holds its lease. Raises LeaseLost.

    A lease that ran out but was given to nobody else is still good: the work is there, refusing it helps no one.
    """
    entry = QueueEntry.objects.select_for_update().filter(item=item).first()
    if entry is None or entry.lease_token != token or entry.lease_user_id != actor.pk:
        raise LeaseLost("this item is no longer yours: its lease ran out and it went to somebody else, or it was done")
    return entry


def postpone_entry(*, entry: QueueEntry, actor: User) -> None:
    """Put an item off for this person and end the lease: everybody else can have it at once."""
    if not entry.done:
        Postponement.objects.update_or_create(entry=entry, user=actor, defaults={"at": timezone.now()})
    entry.lease_user = entry.lease_token = entry.lease_until = None
    entry.save(update_fields=["lease_user", "lease_token", "lease_until"])


def finish_entry(*, entry: QueueEntry) -> None:
    """Mark the work done and end the lease."""
    entry.done = True
    Postponement.objects.filter(entry=entry).delete()
    entry.lease_user = entry.lease_token = entry.lease_until = None
    entry.save(update_fields=["done", "lease_user", "lease_token", "lease_until"])


def change_state(*, item: Item, state: str) -> None:
    """Move one (locked) item along the table ALLOWED. Raises Conflict."""
    if state not in ALLOWED[item.state]:
        raise Conflict(f"an item that is {item.state} cannot become {state}", code="state_refused")
    item.state = state
    if state != ItemState.PROBLEM:
        item.problem, item.problem_region = "", None
    item.save(update_fields=["state", "problem", "problem_region"])


def locked_item(item_id: int) -> Item:
    """The item, locked until the transaction ends. Raises NotFound."""
    item = Item.objects.select_for_update().filter(pk=item_id).first()
    if item is None:
        raise NotFound("there is no such item")
    return item
