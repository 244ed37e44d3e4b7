"""How much work is where: items by their lowest shown score, and how long people would take for them."""

from __future__ import annotations

from statistics import median
from typing import Any

from django.db.models import Count, F, Func, IntegerField, Q

from annotator.models import Annotation, Dataset, Item
from annotator.models.items import ItemState
from annotator.selectors.filters import ItemFilter

BINS = 20
# Inner edges; k/20 here and "0.15" in an address are the same double, so a bar and a filter agree to the last item.
EDGES = [number / BINS for number in range(1, BINS)]
LAST_SUBMITS = 200
FEWEST_SUBMITS = 10


class _Bin(Func):
    """0 to BINS - 1, NULL for an item without a guess. By comparing with the edges, not by multiplying: exact."""

    function = "width_bucket"
    template = f"%(function)s(%(expressions)s, '{{{','.join(map(str, EDGES))}}}'::float8[])"
    output_field = IntegerField()


def score_histogram(*, project_id: int, wanted: ItemFilter) -> dict[str, Any]:
    """Bars of all items that fit the filter but for its score, and how many fit with it; one query.

    ``waiting`` is the part that still waits for people: those in state queued, or all where the filter is of the queue.
    """
    waits = Q() if wanted.of_the_queue else Q(state=ItemState.QUEUED)
    chosen = wanted.score_condition()
    rows = (
        wanted.apply(Item.objects.filter(project_id=project_id), scores=False)
        .annotate(bin=_Bin(F("confidence")))
        .values("bin")
        .annotate(
            n=Count("pk"),
            waiting=Count("pk", filter=waits) if waits else Count("pk"),
            chosen=Count("pk", filter=chosen) if chosen else Count("pk"),
            chosen_waiting=Count("pk", filter=chosen & waits) if chosen & waits else Count("pk"),
        )
        .order_by()
    )
    found: dict[int | None, dict[str, Any]] = {row["bin"]: dict(row) for row in rows}
    empty = {"n": 0, "waiting": 0}
    return {
        "bins": [_bar(found.get(number, empty)) for number in range(BINS)],
        "no_guess": _bar(found.get(None, empty)),
        "items": sum(row["chosen"] for row in found.values()),
        "waiting": sum(row["chosen_waiting"] for row in found.values()),
    }


def _bar(row: dict[str, Any]) -> dict[str, int]:
    return {"n": row["n"], "waiting": row["waiting"]}


def review_time(project_id: int) -> dict[str, Any]:
    """The median time of the project's last submits; none where there are too few to say anything."""
    last = Annotation.objects.filter(
        item__project_id=project_id, origin=Annotation.Origin.HUMAN, duration_ms__isnull=False
    ).order_by("-pk")
    durations = [found or 0 for found in last.values_list("duration_ms", flat=True)[:LAST_SUBMITS]]
    known = len(durations) >= FEWEST_SUBMITS
    return {
        "median_ms": int(median(durations)) if known else None,
        "submits": len(durations),
        "needed": FEWEST_SUBMITS,
    }


def datasets_of(project_id: int) -> list[dict[str, Any]]:
    """What items can be told apart by: where they came from."""
    return [{"id": one.pk, "name": one.name} for one in Dataset.objects.filter(project_id=project_id).order_by("pk")]
