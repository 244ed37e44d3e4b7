"""Reads of a run's shards: what is free, what is done, who is at it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from annotator.models import Run, RunShard
from annotator.models.runs import RunState, ShardState


@dataclass(frozen=True)
class Tally:
    """Of a run's shards: ``units`` in all and ``done`` of them; shards not done yet (``left``)."""

    units: int
    done: int
    left: int


def free_shards(now: datetime) -> QuerySet[RunShard]:
    """Shards that a worker may claim: nobody has them, or nobody any more."""
    nobodys = Q(state=ShardState.WAITING) | Q(state=ShardState.RUNNING, lease_until__lt=now)
    return RunShard.objects.filter(nobodys, attempts__lt=settings.RUN_MAX_ATTEMPTS)


def deadly_shard(run_id: int) -> RunShard | None:
    """A shard that no worker survived, tried as often as it may be."""
    tried = RunShard.objects.filter(run_id=run_id, attempts__gte=settings.RUN_MAX_ATTEMPTS)
    nobodys = Q(state=ShardState.WAITING) | Q(state=ShardState.RUNNING, lease_until__lt=timezone.now())
    return tried.filter(nobodys).order_by("first").first()


def shard_tally(run_id: int) -> Tally:
    """How far a run's shards are."""
    done = Q(state=ShardState.DONE)
    found = RunShard.objects.filter(run_id=run_id).aggregate(
        all_units=Coalesce(Sum("units"), 0), done=Coalesce(Sum("units", filter=done), 0), left=Count("pk", filter=~done)
    )
    return Tally(found["all_units"], found["done"], found["left"])


def shard_results(run_id: int) -> Iterator[dict[str, Any]]:
    """What each done shard gave."""
    yield from RunShard.objects.filter(run_id=run_id, state=ShardState.DONE).values_list("result", flat=True)


def workers_of(run: Run) -> int | None:
    """How many workers are at a running run now, its holder among them; None for any other run."""
    if run.state != RunState.RUNNING:
        return None
    at_it = run.shards.filter(state=ShardState.RUNNING, lease_until__gte=timezone.now())
    return len({run.worker, *at_it.values_list("worker", flat=True)})


def workers_done(run_id: int) -> int:
    """How many workers did shards of a run, while it has not ended."""
    return RunShard.objects.filter(run_id=run_id, state=ShardState.DONE).values("worker").distinct().count()


def needs_help(run_id: int) -> bool:
    """Whether a helper is of use: the run's holder is at work, and no other run of its queue waits for a worker.

    A run that waits goes before help for one that is under way; the helper comes back at the sweeper's next bell.
    """
    now = timezone.now()
    run = Run.objects.filter(
        pk=run_id, state=RunState.RUNNING, lease_until__gte=now, cancel_requested=False
    ).only("queue").first()  # fmt: skip
    if run is None:
        return False
    return not Run.objects.filter(queue=run.queue, state=RunState.QUEUED).exists()
