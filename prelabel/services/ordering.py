"""The order of the queue: chosen by a lead, worked out by a run, written here."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from annotator.core.errors import Unprocessable
from annotator.models import Project, Run, User
from annotator.services import audit, queue, runs
from annotator.services.queue import Waiting
from prelabel.core.strategies import strategy_info
from prelabel.models import QueueOrder
from prelabel.selectors.ordering import order_of

RULES = ("max", "sum", "mean")
LEAST, MOST = 3, 1000
BATCH = 1000


@dataclass(frozen=True)
class Choice:
    """How a lead wants the queue ordered."""

    strategy: str
    budget: int
    rule: str = "max"


@transaction.atomic
def choose_order(*, actor: User, project: Project, choice: Choice, idempotency_key: uuid.UUID | None = None) -> Run:
    """Keep the choice and start the run that puts the queue in that order; no model runs. Raises Unprocessable."""
    strategy_info(choice.strategy)
    if not LEAST <= choice.budget <= MOST:
        raise Unprocessable(f"budget must be {LEAST} to {MOST}", field="budget")
    if choice.rule not in RULES:
        raise Unprocessable(f"rule must be one of {', '.join(RULES)}", field="rule")
    # Two leads at once come one after the other; the later one's choice stands.
    Project.objects.select_for_update().get(pk=project.pk)
    order = order_of(project.pk)
    before = None if order.pk is None else _choice(order)
    order.strategy, order.budget, order.rule = choice.strategy, choice.budget, choice.rule
    order.save()
    if before != _choice(order):
        audit.record(
            actor=actor, verb="queue.choose_order", target=project, project_id=project.pk, before=before,
            after=_choice(order),
        )  # fmt: skip
    return runs.create_run(
        actor=actor, project=project, kind="order_queue", params=_choice(order), idempotency_key=idempotency_key
    )


def apply_order(*, actor: User | None, project: Project, places: Iterable[Waiting], summary: Mapping[str, Any]) -> int:
    """Write the places, in batches so that nobody who reviews meanwhile waits long; returns how many moved.

    Doing it again with the same places moves nothing.
    """
    moved = 0
    for part in _batched(places):
        moved += queue.place_entries(project_id=project.pk, places=part)
    with transaction.atomic():
        order = order_of(project.pk)
        order.last = dict(summary) | {"at": timezone.now().isoformat()}
        order.save()
        after = dict(summary) | {"moved": moved}
        audit.record(actor=actor, verb="queue.order", target=project, project_id=project.pk, after=after)
    return moved


def _batched(places: Iterable[Waiting]) -> Iterable[list[Waiting]]:
    rows = list(places)
    return (rows[start : start + BATCH] for start in range(0, len(rows), BATCH))


def _choice(order: QueueOrder) -> dict[str, Any]:
    return {"strategy": order.strategy, "budget": order.budget, "rule": order.rule}
