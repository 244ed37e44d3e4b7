"""Reads of runs and their story."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from annotator.models import Run, RunEvent
from annotator.models.runs import RunState
from annotator.selectors.shards import workers_of

FIELDS = (
    "id", "project_id", "kind", "queue", "state", "stage", "done", "total", "eta_s", "params", "result", "error",
    "attempts", "cancel_requested", "created_at", "started_at", "finished_at",
)  # fmt: skip


def run_row(run: Run) -> dict[str, Any]:
    """One run as the API shows it."""
    by = run.created_by
    return {field: getattr(run, field) for field in FIELDS} | {
        "created_by": by and {"id": by.pk, "name": by.name or by.email}
    }


def run_outlook(run: Run) -> dict[str, Any]:
    """A run with what its own page tells besides: runs ``ahead`` of it, ``silent_s`` since its last heartbeat, and
    how many ``workers`` are at it."""
    ahead = silent_s = None
    if run.state == RunState.QUEUED:
        before = Run.objects.filter(queue=run.queue, pk__lt=run.pk, state__in=(RunState.QUEUED, RunState.RUNNING))
        ahead = before.count()
    elif run.state == RunState.RUNNING and run.lease_until is not None:
        beat = run.lease_until - timedelta(seconds=settings.RUN_LEASE_S)
        silent_s = max(0.0, (timezone.now() - beat).total_seconds())
    return run_row(run) | {"ahead": ahead, "silent_s": silent_s, "workers": workers_of(run)}


def run_page(
    *,
    project_id: int,
    kinds: Sequence[str] = (),
    states: Sequence[str] = (),
    before: int | None = None,
    limit: int = 50,
) -> list[dict[str, Any]]:
    """Runs of a project, newest first."""
    runs = Run.objects.filter(project_id=project_id).select_related("created_by").order_by("-id")
    if kinds:
        runs = runs.filter(kind__in=kinds)
    if states:
        runs = runs.filter(state__in=states)
    if before:
        runs = runs.filter(pk__lt=before)
    return [run_row(run) for run in runs[:limit]]


def events_after(run_id: int, seq: int, limit: int = 500) -> list[dict[str, Any]]:
    """The run's events after ``seq``, in order."""
    rows = RunEvent.objects.filter(run_id=run_id, seq__gt=seq).order_by("seq")
    return [{**row} for row in rows.values("seq", "at", "kind", "message", "data")[:limit]]
