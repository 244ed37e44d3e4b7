"""What a lead looks at: how far, how fast, how good the pre-labels were."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Any

from django.db.models import Count
from django.db.models.functions import TruncDate
from django.utils import timezone

from annotator.models import Annotation, QueueEntry
from annotator.selectors.projects import counts_of

ACTIONS = ("accepted", "edited", "relabelled", "deleted", "added")


def dashboard(project_id: int, *, days: int = 30) -> dict[str, Any]:
    """State counts, submits a day, what people did to pre-labels, and what spot checks said."""
    since = timezone.now() - timedelta(days=days)
    submits = Annotation.objects.filter(
        item__project_id=project_id, origin=Annotation.Origin.HUMAN, created_at__gte=since
    )
    per_day = submits.annotate(day=TruncDate("created_at")).values("day").annotate(n=Count("id")).order_by("day")
    waiting = QueueEntry.objects.filter(project_id=project_id, done=False).values("reason").annotate(n=Count("id"))
    return {
        "counts": counts_of([project_id])[project_id],
        "waiting": {row["reason"]: row["n"] for row in waiting},
        "reviewed_per_day": [{"day": row["day"].isoformat(), "n": row["n"]} for row in per_day],
        "acceptance": _acceptance(submits.exclude(source_prediction=None).values_list("changes", flat=True)[:20_000]),
        "spot_checks": _spot_checks(project_id),
    }


def _acceptance(changes: Any) -> list[dict[str, Any]]:
    """Sum of the per-class action counts that the task types wrote at each submit."""
    totals: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(ACTIONS, 0))
    for change in changes:
        for class_id, actions in change.get("per_class", {}).items():
            for action, n in actions.items():
                totals[class_id][action] += n
    return [{"class_id": int(class_id), **actions} for class_id, actions in sorted(totals.items())]


def _spot_checks(project_id: int) -> dict[str, Any] | None:
    """Of the spot-checked items: how many the person left as the model had them."""
    checked = Annotation.objects.filter(
        item__project_id=project_id,
        origin=Annotation.Origin.HUMAN,
        item__queue_entry__reason="spot_check",
        item__queue_entry__done=True,
    ).values_list("changes", flat=True)
    outcomes = [not any(change.get(action, 0) for action in ACTIONS[1:]) for change in checked]
    if not outcomes:
        return None
    kept = sum(outcomes)
    return {"n": len(outcomes), "kept": kept, "precision": kept / len(outcomes)}
