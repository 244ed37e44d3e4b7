"""What a lead looks at: how far, how fast, how good the pre-labels were, and what is stuck. One function a tile."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Exists, Max, Min, OuterRef, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from annotator.core.errors import Unprocessable
from annotator.models import Annotation, Postponement, PredictionSource, QueueEntry
from annotator.models.items import ItemState
from annotator.models.queue import QueueReason
from annotator.selectors.estimates import forecast_days, wilson_interval
from annotator.selectors.projects import counts_of

ACTIONS = ("accepted", "edited", "relabelled", "deleted", "added")
# The forecast looks at these last whole days, whatever the page shows: a pace of three months ago foretells nothing.
PACE_DAYS = 14
MOST_HELD = 200
_ACTIONS_BY_CLASS = """
    select of_class.key, action.key, sum(action.value::bigint)
    from annotator_annotation as submit
    join annotator_item as item on item.id = submit.item_id
    cross join lateral jsonb_each(submit.changes -> 'per_class') as of_class
    cross join lateral jsonb_each_text(of_class.value) as action
    where item.project_id = %(project)s and submit.origin = %(human)s and submit.created_at >= %(since)s
        and submit.source_prediction_id is not null
        and (%(source)s::bigint is null or exists (
            select from annotator_prediction as guess
            where guess.id = submit.source_prediction_id and guess.source_id = %(source)s))
    group by 1, 2
"""


@dataclass(frozen=True)
class Look:
    """Which project, how many days back, and whose guesses (None: of all sources)."""

    project_id: int
    days: int = 30
    source_id: int | None = None

    def submits(self) -> QuerySet[Annotation]:
        """What people submitted in these days, on guesses of this source where one is chosen."""
        since = timezone.now() - timedelta(days=self.days)
        found = Annotation.objects.filter(
            item__project_id=self.project_id, origin=Annotation.Origin.HUMAN, created_at__gte=since
        )
        return found if self.source_id is None else found.filter(source_prediction__source_id=self.source_id)


def dashboard(look: Look, tiles: Sequence[str]) -> dict[str, Any]:
    """These tiles by name, and when they were computed. Raises Unprocessable for a source of another project."""
    if look.source_id is not None:
        known = PredictionSource.objects.filter(pk=look.source_id, project_id=look.project_id)
        if not known.exists():
            raise Unprocessable("there is no such source of guesses in this project", field="source")
    return {name: TILES[name](look) for name in tiles} | {"computed_at": timezone.now()}


def _progress(look: Look) -> dict[str, Any]:
    """Items by state, how many wait, and when they will be done at the pace of the last days."""
    counts = counts_of([look.project_id])[look.project_id]
    per_day = _whole_days(look.project_id)
    found = forecast_days(counts["waiting"], per_day)
    return {
        "counts": counts,
        "forecast": found and asdict(found),
        "worked_days": sum(1 for n in per_day if n),
        "days": PACE_DAYS,
    }


def _whole_days(project_id: int) -> list[int]:
    """Submits of each of the last whole days from the first worked one on; today is not over and left out."""
    today = timezone.now().date()
    counted = dict(_per_day(Look(project_id, PACE_DAYS + 1).submits()))
    days = [today - timedelta(days=back) for back in range(PACE_DAYS, 0, -1)]
    first = next((number for number, day in enumerate(days) if counted.get(day)), len(days))
    return [counted.get(day, 0) for day in days[first:]]


def _per_day(submits: QuerySet[Annotation]) -> list[tuple[date, int]]:
    rows = submits.annotate(day=TruncDate("created_at")).values("day").annotate(n=Count("id")).order_by("day")
    return [(row["day"], row["n"]) for row in rows]


def _throughput(look: Look) -> list[dict[str, Any]]:
    """Submits a day, days without any left out."""
    return [{"day": day.isoformat(), "n": n} for day, n in _per_day(look.submits())]


def _acceptance(look: Look) -> list[dict[str, Any]]:
    """What people did to the guesses of each class, summed over what the task types wrote at each submit."""
    totals: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(ACTIONS, 0))
    values: dict[str, Any] = {
        "project": look.project_id,
        "human": Annotation.Origin.HUMAN.value,
        "since": timezone.now() - timedelta(days=look.days),
        "source": look.source_id,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        # Postgres expects a hundred rows of each JSON object and compiles for two seconds what runs in a tenth.
        cursor.execute("set local jit = off")
        cursor.execute(_ACTIONS_BY_CLASS, values)
        for class_id, action, n in cursor.fetchall():
            totals[class_id][action] = int(n)
    return [{"class_id": int(class_id), **actions} for class_id, actions in sorted(totals.items())]


def _spot_checks(look: Look) -> dict[str, Any] | None:
    """Of the spot-checked items: how many the person left as the model had them, with the interval of that share."""
    checked = look.submits().filter(item__queue_entry__reason=QueueReason.SPOT_CHECK, item__queue_entry__done=True)
    outcomes = [
        not any(change.get(action, 0) for action in ACTIONS[1:]) for change in checked.values_list("changes", flat=True)
    ]
    if not outcomes:
        return None
    n, kept = len(outcomes), sum(outcomes)
    low, high = wilson_interval(kept, n)
    return {"n": n, "kept": kept, "precision": kept / n, "low": low, "high": high}


def _stuck(look: Look) -> dict[str, int]:
    """What does not come to an end by itself: sent back, put off, skipped, reported."""
    waiting = QueueEntry.objects.filter(project_id=look.project_id, done=False)
    counts = counts_of([look.project_id])[look.project_id]
    return {
        "returned": waiting.filter(reason=QueueReason.RETURNED).count(),
        "postponed": waiting.filter(Exists(Postponement.objects.filter(entry=OuterRef("pk")))).count(),
        "skipped": counts[ItemState.SKIPPED],
        "problem": counts[ItemState.PROBLEM],
    }


def _waiting(look: Look) -> dict[str, int]:
    """Open queue entries by reason."""
    rows = QueueEntry.objects.filter(project_id=look.project_id, done=False).values("reason").annotate(n=Count("id"))
    return {row["reason"]: row["n"] for row in rows}


def _sources(look: Look) -> list[dict[str, Any]]:
    """Who guessed in this project, the newest first."""
    rows = PredictionSource.objects.filter(project_id=look.project_id).order_by("-pk")
    return [{"id": one.pk, "name": one.name, "kind": one.kind} for one in rows]


def holders(project_id: int) -> list[dict[str, Any]]:
    """Who works on what now: live leases by person, those with the most first."""
    live = QueueEntry.objects.filter(project_id=project_id, lease_until__gte=timezone.now(), lease_user__isnull=False)
    rows = live.values("lease_user_id", "lease_user__name", "lease_user__email").annotate(
        n=Count("id"), first_until=Min("lease_until"), last_until=Max("lease_until")
    )
    items: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for one in live.order_by("lease_user_id", "pk").values("lease_user_id", "item_id", "item__name")[:MOST_HELD]:
        items[one["lease_user_id"]].append({"id": one["item_id"], "name": one["item__name"]})
    return [
        {
            "user": {"id": row["lease_user_id"], "name": row["lease_user__name"] or row["lease_user__email"]},
            "held": row["n"],
            "first_until": row["first_until"],
            "last_until": row["last_until"],
            "items": items[row["lease_user_id"]],
        }
        for row in rows.order_by("-n", "lease_user_id")
    ]


TILES: dict[str, Callable[[Look], Any]] = {
    "progress": _progress,
    "throughput": _throughput,
    "acceptance": _acceptance,
    "spot_checks": _spot_checks,
    "stuck": _stuck,
    "waiting": _waiting,
    "sources": _sources,
}
