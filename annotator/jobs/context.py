"""What a job sees of its run: its parameters, a folder, and ways to report."""

from __future__ import annotations

import threading
import time
import uuid
from pathlib import Path
from typing import Any

from django.conf import settings

from annotator.core.errors import LeaseLost, RunCancelled
from annotator.models import Run
from annotator.services import runs, shards

# Set when the worker was asked to stop: long jobs go back to the queue at their next report of progress.
stopping = threading.Event()
REPORT_EVERY_S: float = settings.RUN_REPORT_S


class WorkerStops(Exception):
    """This worker process ends in good order; the run goes on elsewhere from its checkpoint."""


class RunContext:
    """Handed to a job. All reports raise LeaseLost once another worker has taken the run."""

    holds = True  # the run's lease; a helper's context has none

    def __init__(self, run: Run) -> None:
        assert run.lease_token is not None
        self.run_id: int = run.pk
        self.worker = run.worker
        self.project_id: int = run.project_id
        self.actor_id: int | None = run.created_by_id
        self.params: dict[str, Any] = run.params
        self.checkpoint: dict[str, Any] = dict(run.checkpoint)
        self.lost = False  # set by the heartbeat
        self._token: uuid.UUID = run.lease_token
        self._stage = run.stage
        self._stage_started = time.monotonic()
        self._stage_first_done: int | None = None
        self._reported = 0.0
        self._held_back: tuple[int, int] | None = None

    @property
    def lease_token(self) -> uuid.UUID:
        return self._token

    @property
    def workdir(self) -> Path:
        """A folder of this run, kept across tries."""
        folder = Path(settings.DATA_DIR) / "runs" / str(self.run_id)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def may_claim(self) -> bool:
        """Whether this worker goes on taking shards of its run; see `annotator.jobs.sharing`."""
        return not self.lost

    def renew(self) -> bool:
        """The heartbeat: prolong the lease, and those of this worker's shards. False when the run's was lost."""
        shards.renew_shards(run_id=self.run_id, lease_token=self._token)
        return runs.renew_lease(run_id=self.run_id, lease_token=self._token)

    def give_back(self) -> None:
        """An orderly stop: all goes to the next worker at once, and the try does not count."""
        shards.give_back_shards(run_id=self.run_id, lease_token=self._token)
        runs.give_back_run(run_id=self.run_id, lease_token=self._token)

    def progress(self, done: int, total: int, stage: str | None = None) -> None:
        """Report ``done`` of ``total`` units of a stage. Raises RunCancelled when a person asked, LeaseLost."""
        now = time.monotonic()
        new_stage = stage is not None and stage != self._stage
        if new_stage or self._stage_first_done is None:
            self._stage = stage if stage is not None else self._stage
            self._stage_started, self._stage_first_done = now, done
        if stopping.is_set():
            raise WorkerStops
        if self.lost:
            raise LeaseLost(f"run {self.run_id} was taken over by another worker")
        if not new_stage and done < total and now - self._reported < REPORT_EVERY_S:
            self._held_back = (done, total)
            return
        self._report(done, total, now, new_stage=new_stage)

    def _report(self, done: int, total: int, now: float, *, new_stage: bool = False) -> None:
        self._reported, self._held_back = now, None
        moved = done - (self._stage_first_done or 0)
        eta_s = (now - self._stage_started) / moved * (total - done) if moved > 0 else None
        cancel = runs.report_progress(
            run_id=self.run_id, lease_token=self._token, done=done, total=total, stage=self._stage, eta_s=eta_s
        )
        if new_stage:
            runs.add_event(run_id=self.run_id, kind="stage", message=self._stage)
        if cancel:
            raise RunCancelled("cancelled by a person")

    def save_checkpoint(self, **values: Any) -> None:
        """Remember JSON values for a next try, and how far it is: what is kept counts as progress."""
        self.checkpoint.update(values)
        runs.save_checkpoint(run_id=self.run_id, lease_token=self._token, values=values)
        if self._held_back is not None:
            self._report(*self._held_back, time.monotonic())

    def log(self, message: str, **data: Any) -> None:
        """One line in the run's log."""
        runs.add_event(run_id=self.run_id, kind="log", message=message, data=data)

    def metric(self, **values: float) -> None:
        """One point of each named curve."""
        runs.add_event(run_id=self.run_id, kind="metric", data=values)
