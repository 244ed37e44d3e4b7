"""The life of a run: created, claimed under a lease, reported on, finished, swept.

Every write of a worker is conditional on its lease token, so that a worker that was thought dead cannot
overwrite what its successor did.
"""

from __future__ import annotations

import math
import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from annotator import dispatch
from annotator.core.errors import Conflict, LeaseLost, Unprocessable
from annotator.models import Project, Run, RunEvent, User
from annotator.models.runs import ALLOWED, FINISHED, RunState
from annotator.selectors.shards import free_shards
from annotator.services import audit

# Key of the checkpoint by which a retry names the stage from which all is done anew; the job takes it out.
RESTART = "restart_from"


@transaction.atomic
def create_run(
    *,
    actor: User | None,
    project: Project,
    kind: str,
    params: dict[str, Any],
    idempotency_key: uuid.UUID | None = None,
    queue: str | None = None,
) -> Run:
    """Queue background work, in its kind's queue unless ``queue`` names another (a GPU's, a device's).

    The bell rings on commit. The same idempotency key returns the same run. Raises Conflict ``under_way`` for a second
    one of a kind of which a project has one at a time.
    """
    existing = run_of_key(project=project, kind=kind, idempotency_key=idempotency_key)
    if existing is not None:
        return existing
    _check_alone(project.pk, kind)
    run = Run.objects.create(
        project=project,
        kind=kind,
        queue=queue or dispatch.KINDS[kind].queue,
        params=params,
        created_by=actor,
        idempotency_key=idempotency_key,
        rung_at=timezone.now(),
    )
    audit.record(actor=actor, verb=f"run.{kind}", target=run, project_id=project.pk, after={"params": params})
    dispatch.ring_on_commit(run.pk, kind, run.queue)
    return run


def _check_alone(project_id: int, kind: str) -> None:
    if not dispatch.KINDS[kind].alone:
        return
    # Two that start at the same moment come one after the other; the lock ends with the transaction.
    Project.objects.select_for_update().get(pk=project_id)
    other = Run.objects.filter(project_id=project_id, kind=kind).exclude(state__in=FINISHED).first()
    if other is not None:
        raise Conflict(
            f"run {other.pk} is at this already; wait for its end, or cancel it", code="under_way", run_id=other.pk
        )


def run_of_key(*, project: Project, kind: str, idempotency_key: uuid.UUID | None) -> Run | None:
    """The run that this key made before. Raises Unprocessable when it made something else."""
    if idempotency_key is None:
        return None
    # Two sendings of one key at the same moment come one after the other; the lock ends with the transaction.
    Project.objects.select_for_update().get(pk=project.pk)
    existing = Run.objects.filter(idempotency_key=idempotency_key).first()
    if existing is not None and (existing.project_id != project.pk or existing.kind != kind):
        raise Unprocessable("this Idempotency-Key was used for another run; make a new one for each", code="key_reused")
    return existing


@transaction.atomic
def claim_run(*, run_id: int, worker: str) -> Run | None:
    """Take a queued run, or a running one whose lease ran out; None when there is nothing to take.

    The third try without progress fails the run instead.
    """
    now = timezone.now()
    run = (
        Run.objects.select_for_update(skip_locked=True)
        .filter(Q(state=RunState.QUEUED) | Q(state=RunState.RUNNING, lease_until__lt=now), pk=run_id)
        .first()
    )
    if run is None:
        return None
    if run.cancel_requested:
        _close(run, RunState.CANCELLED, error={"code": "cancelled", "message": "cancelled before it went on"})
        return None
    if run.attempts >= settings.RUN_MAX_ATTEMPTS:
        message = f"its worker died {run.attempts} times without progress; see the log of the train or predict worker"
        _close(run, RunState.FAILED, error={"code": "worker_died", "message": message})
        return None
    run.state = RunState.RUNNING
    run.attempts += 1
    run.worker = worker
    run.lease_token = uuid.uuid4()
    run.lease_until = now + timedelta(seconds=settings.RUN_LEASE_S)
    run.started_at = run.started_at or now
    run.save(update_fields=["state", "attempts", "worker", "lease_token", "lease_until", "started_at"])
    add_event(run_id=run.pk, kind="state", message=f"taken by {worker}, try {run.attempts}")
    return run


def renew_lease(*, run_id: int, lease_token: uuid.UUID) -> bool:
    """Prolong the lease (the heartbeat). False when it was lost."""
    until = timezone.now() + timedelta(seconds=settings.RUN_LEASE_S)
    return bool(_held(run_id, lease_token).update(lease_until=until))


def report_progress(
    *, run_id: int, lease_token: uuid.UUID, done: int, total: int, stage: str, eta_s: float | None
) -> bool:
    """Write how far the run is; getting further than ever forgives earlier tries. Returns whether to cancel.

    Raises LeaseLost.
    """
    with transaction.atomic():
        run = _held(run_id, lease_token).select_for_update().first()
        if run is None:
            raise LeaseLost(f"run {run_id} was taken over by another worker")
        if done > run.furthest.get(stage, 0):
            run.furthest[stage] = done
            run.attempts = 1
        run.done, run.total, run.stage, run.eta_s = done, total, stage, eta_s
        run.save(update_fields=["done", "total", "stage", "eta_s", "furthest", "attempts"])
    return bool(run.cancel_requested)


def save_checkpoint(*, run_id: int, lease_token: uuid.UUID, values: dict[str, Any]) -> None:
    """Merge into the checkpoint that a next try starts from. Raises LeaseLost."""
    with transaction.atomic():
        run = _held(run_id, lease_token).select_for_update().first()
        if run is None:
            raise LeaseLost(f"run {run_id} was taken over by another worker")
        run.checkpoint = {**run.checkpoint, **storable(values)}
        run.save(update_fields=["checkpoint"])


@transaction.atomic
def finish_run(
    *,
    run_id: int,
    lease_token: uuid.UUID,
    state: RunState,
    result: dict[str, Any] | None = None,
    error: dict[str, Any] | None = None,
) -> None:
    """Close the run as succeeded, failed or cancelled. Raises LeaseLost when another worker has it."""
    run = _held(run_id, lease_token).select_for_update().first()
    if run is None:
        raise LeaseLost(f"run {run_id} was taken over by another worker")
    if result is not None:
        run.result = storable(result)
    _close(run, state, error=error)


def give_back_run(*, run_id: int, lease_token: uuid.UUID) -> None:
    """Return a run to the queue at an orderly stop of the worker; its try does not count."""
    _held(run_id, lease_token).update(
        state=RunState.QUEUED, lease_until=None, lease_token=None, rung_at=None, attempts=F("attempts") - 1
    )


@transaction.atomic
def request_cancel(*, actor: User, run: Run) -> Run:
    """Ask a run to stop; a queued one stops at once, a running one at its next report. Raises Conflict later on."""
    run = Run.objects.select_for_update().get(pk=run.pk)
    if run.state in FINISHED:
        raise Conflict(f"this run has already {run.state}", code="run_finished")
    run.cancel_requested = True
    run.save(update_fields=["cancel_requested"])
    audit.record(actor=actor, verb="run.cancel", target=run, project_id=run.project_id)
    if run.state == RunState.QUEUED:
        _close(run, RunState.CANCELLED, error={"code": "cancelled", "message": "cancelled before it started"})
    return run


@transaction.atomic
def retry_run(*, actor: User | None, run: Run, stage: str | None = None) -> Run:
    """Queue a failed or cancelled run again; it goes on from its checkpoint, or does ``stage`` and all after it anew.

    Raises Conflict for a run in another state or beside another of its kind, Unprocessable for a stage that it never
    reached.
    """
    run = Run.objects.select_for_update().get(pk=run.pk)
    if RunState.QUEUED not in ALLOWED[run.state] or run.state == RunState.RUNNING:
        raise Conflict(f"only a failed or cancelled run can be retried; this one is {run.state}", code="not_retryable")
    _check_alone(run.project_id, run.kind)
    if stage is not None:
        _check_stage(run, stage)
        run.checkpoint = {**run.checkpoint, RESTART: stage}
        run.furthest = {}  # what is done again is progress again
    run.state = RunState.QUEUED
    run.cancel_requested = False
    run.attempts, run.error, run.finished_at, run.rung_at = 0, None, None, timezone.now()
    run.save(
        update_fields=[
            "state", "cancel_requested", "attempts", "error", "finished_at", "rung_at", "checkpoint", "furthest",
        ]
    )  # fmt: skip
    after = {"stage": stage} if stage else None
    audit.record(actor=actor, verb="run.retry", target=run, project_id=run.project_id, after=after)
    add_event(run_id=run.pk, kind="state", message=f"queued again from {stage}" if stage else "queued again")
    dispatch.ring_on_commit(run.pk, run.kind, run.queue)
    return run


def _check_stage(run: Run, stage: str) -> None:
    if not dispatch.KINDS[run.kind].restarts:
        raise Unprocessable("this kind of run goes on from where it stopped; leave the stage out", field="stage")
    reached = list(dict.fromkeys(run.events.filter(kind="stage").order_by("seq").values_list("message", flat=True)))
    if stage not in reached:
        known = ", ".join(reached) or "none yet"
        raise Unprocessable(f"this run has not come to a stage “{stage[:60]}”; its stages: {known}", field="stage")


def add_event(*, run_id: int, kind: str, message: str = "", data: dict[str, Any] | None = None) -> RunEvent:
    """Append a line to the run's story; `seq` is counted under the run's row lock."""
    with transaction.atomic():
        Run.objects.select_for_update().only("pk").get(pk=run_id)
        last = RunEvent.objects.filter(run_id=run_id).order_by("-seq").values_list("seq", flat=True).first() or 0
        return RunEvent.objects.create(
            run_id=run_id,
            seq=last + 1,
            kind=kind,
            message=message.replace("\x00", "")[:2000],
            data=storable(data or {}),
        )


def add_event_once(*, run_id: int, message: str) -> None:
    """A log line that the run's story has once, however often it is told."""
    if not RunEvent.objects.filter(run_id=run_id, message=message[:2000]).exists():
        add_event(run_id=run_id, kind="log", message=message)


def storable(value: Any) -> Any:
    """The value as Postgres takes JSON: NaN and infinities become null, NULs in texts go."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, dict):
        return {str(key): storable(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [storable(one) for one in value]
    return value


def sweep() -> list[int]:
    """Ring again for runs whose bell was lost or whose worker died, and for helpers of shared ones; returns the ids."""
    now = timezone.now()
    stale_bell = now - timedelta(seconds=settings.RUN_RERING_S)
    lost = Q(state=RunState.QUEUED) & (Q(rung_at__isnull=True) | Q(rung_at__lt=stale_bell))
    # Once when the lease ran out, and again as long as nobody came: that bell may be lost too.
    unheard = Q(rung_at__isnull=True) | Q(rung_at__lt=F("lease_until")) | Q(rung_at__lt=stale_bell)
    dead = Q(state=RunState.RUNNING, lease_until__lt=now) & unheard
    shared = Q(state=RunState.RUNNING, lease_until__gte=now, cancel_requested=False, rung_at__lt=stale_bell)
    short = shared & Exists(free_shards(now).filter(run=OuterRef("pk")))
    rung = []
    with transaction.atomic():
        for run in Run.objects.select_for_update(skip_locked=True).filter(lost | dead | short).order_by("pk")[:100]:
            if run.state == RunState.RUNNING and run.lease_until is not None and run.lease_until >= now:
                ring_for_help(run, most=1)  # who comes calls the next
            else:
                run.rung_at = now
                run.save(update_fields=["rung_at"])
                dispatch.ring_on_commit(run.pk, run.kind, run.queue)
            rung.append(run.pk)
    return rung


def ring_for_help(run: Run, *, most: int) -> None:
    """Ask up to ``most`` free workers to take shards of a run, no more than there are shards to take."""
    run.rung_at = timezone.now()
    run.save(update_fields=["rung_at"])
    free = free_shards(run.rung_at).filter(run=run).count()
    # They are asked again when this bell is stale.
    dispatch.ring_helpers(run.pk, run.kind, run.queue, count=min(free, most), expires_s=2 * settings.RUN_RERING_S)


def _held(run_id: int, lease_token: uuid.UUID) -> Any:
    return Run.objects.filter(pk=run_id, lease_token=lease_token, state=RunState.RUNNING)


def _close(run: Run, state: RunState, *, error: dict[str, Any] | None) -> None:
    if state not in ALLOWED[run.state]:
        raise Conflict(f"a {run.state} run cannot become {state}")
    run.state = state
    run.error = storable(error)
    run.eta_s = None
    run.lease_until = None
    run.lease_token = None
    run.finished_at = timezone.now()
    run.save(update_fields=["state", "error", "result", "eta_s", "lease_until", "lease_token", "finished_at"])
    # Whoever still has one finds it gone, and lets go.
    run.shards.all().delete()
    add_event(run_id=run.pk, kind="state", message=str(state), data=error or {})
