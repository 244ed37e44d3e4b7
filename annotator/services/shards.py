"""The shards of a run: cut by its holder, claimed by any worker under a lease, finished with what they store.

A worker's shards of a run have one lease token, so that one heartbeat keeps them all.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from annotator.core.errors import LeaseLost
from annotator.models import Run, RunShard
from annotator.models.runs import RunState, ShardState
from annotator.selectors.shards import free_shards
from annotator.services import runs

FIRST_BELLS = 16


@transaction.atomic
def cut_shards(*, run_id: int, lease_token: uuid.UUID, ids: Sequence[int], size: int) -> int:
    """Cut ascending ids into shards of ``size``, and ask free workers to help; returns how many shards there are new.

    Ids up to the last shard's end are taken to be in one already, so that a next try cuts nothing twice. Raises
    LeaseLost.
    """
    run = Run.objects.select_for_update().filter(pk=run_id, lease_token=lease_token, state=RunState.RUNNING).first()
    if run is None:
        raise LeaseLost(f"run {run_id} was taken over by another worker")
    end = run.shards.order_by("-last").values_list("last", flat=True).first()
    wanted = [one for one in ids if end is None or one > end]
    parts = [wanted[start : start + size] for start in range(0, len(wanted), size)]
    RunShard.objects.bulk_create(
        (RunShard(run=run, first=part[0], last=part[-1], units=len(part)) for part in parts), batch_size=2000
    )
    # The first is the holder's own.
    if run.shards.count() > 1:
        runs.ring_for_help(run, most=FIRST_BELLS)
    return len(parts)


@transaction.atomic
def drop_shards(*, run_id: int, lease_token: uuid.UUID) -> None:
    """Forget how the run was cut: what it does has changed since. Raises LeaseLost."""
    run = Run.objects.select_for_update().filter(pk=run_id, lease_token=lease_token, state=RunState.RUNNING).first()
    if run is None:
        raise LeaseLost(f"run {run_id} was taken over by another worker")
    run.shards.all().delete()


@transaction.atomic
def call_another(*, run_id: int) -> None:
    """A helper that found work calls the next: so all free workers come, and busy ones find few bells later."""
    run = Run.objects.select_for_update().filter(pk=run_id, state=RunState.RUNNING).first()
    if run is not None:
        runs.ring_for_help(run, most=1)


@transaction.atomic
def claim_shard(*, run_id: int, worker: str, lease_token: uuid.UUID) -> RunShard | None:
    """Take the next free shard of a run that goes on; None when there is none. What killed a worker comes last."""
    now = timezone.now()
    shard = (
        free_shards(now)
        .filter(run_id=run_id, run__state=RunState.RUNNING, run__cancel_requested=False)
        .select_for_update(skip_locked=True, of=("self",))
        .order_by("attempts", "first")
        .first()
    )
    if shard is None:
        return None
    shard.state, shard.worker, shard.lease_token = ShardState.RUNNING, worker, lease_token
    shard.lease_until = now + timedelta(seconds=settings.RUN_LEASE_S)
    shard.attempts += 1
    shard.save(update_fields=["state", "worker", "lease_token", "lease_until", "attempts"])
    return shard


def renew_shards(*, run_id: int, lease_token: uuid.UUID) -> int:
    """Prolong the leases of a worker's shards (the heartbeat); returns how many it has."""
    until = timezone.now() + timedelta(seconds=settings.RUN_LEASE_S)
    return int(_held(run_id, lease_token).update(lease_until=until))


def hold_shard(*, shard: RunShard) -> RunShard:
    """The shard, locked to be stored: nobody can claim it now. Raises LeaseLost.

    The caller's transaction stores what the shard gave and finishes it, so that a kill undoes both or neither.
    """
    held = RunShard.objects.select_for_update().filter(
        pk=shard.pk, lease_token=shard.lease_token, state=ShardState.RUNNING
    ).first()  # fmt: skip
    if held is None:
        raise LeaseLost(f"shard {shard} was taken over by another worker, or its run has ended")
    return held


def finish_shard(*, shard: RunShard, result: dict[str, Any]) -> None:
    """Mark a shard that `hold_shard` gave as done, with what it gave."""
    shard.state, shard.result = ShardState.DONE, runs.storable(result)
    shard.lease_token = shard.lease_until = None
    shard.save(update_fields=["state", "result", "lease_token", "lease_until"])


def give_back_shards(*, run_id: int, lease_token: uuid.UUID, counts: bool = False) -> None:
    """Free a worker's shards at once instead of when their lease ends; ``counts``: the try was a failure."""
    tried = 0 if counts else 1
    _held(run_id, lease_token).update(
        state=ShardState.WAITING, lease_token=None, lease_until=None, attempts=F("attempts") - tried
    )


def _held(run_id: int, lease_token: uuid.UUID) -> Any:
    return RunShard.objects.filter(run_id=run_id, lease_token=lease_token, state=ShardState.RUNNING)
