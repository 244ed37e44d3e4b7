"""Several workers on one run: each claims the run's next free shard until none is left.

The holder (it has the run's lease) cuts the shards, takes part, waits for the others and finishes the run. Helpers only
take part. Both run the same loop; what differs is here.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from pathlib import Path

from annotator.core.errors import LeaseLost, RunFailed
from annotator.jobs import context as contexts
from annotator.jobs.context import RunContext, WorkerStops
from annotator.models import Run, RunShard
from annotator.selectors.shards import Tally, deadly_shard, needs_help, shard_tally
from annotator.services import shards

WAIT_S = 0.1  # between two looks of a holder at the shards of others


def cut(context: RunContext, ids: Sequence[int], size: int) -> Tally:
    """Cut what is to be done, once; a next try goes on with the shards that are there."""
    shards.cut_shards(run_id=context.run_id, lease_token=context.lease_token, ids=ids, size=size)
    return shard_tally(context.run_id)


def claim(context: RunContext) -> RunShard | None:
    """The next free shard, None when this worker has no more to take (now)."""
    if not context.may_claim():
        return None
    shard = shards.claim_shard(run_id=context.run_id, worker=context.worker, lease_token=context.lease_token)
    if shard is not None and isinstance(context, HelperContext):
        context.call_another()
    return shard


def others_at_work(context: RunContext) -> bool:
    """Wait a moment where other workers still have shards; False when all is done, and for a helper.

    Raises RunFailed when a shard killed every worker that tried it.
    """
    if not context.holds or not shard_tally(context.run_id).left:
        return False
    deadly = deadly_shard(context.run_id)
    if deadly is not None:
        raise RunFailed(
            f"{deadly.attempts} workers died or gave up at items {deadly.first} to {deadly.last}; all else is done. "
            "See this run's events and the workers' logs, take out the item that is to blame, and retry.",
            code="worker_died",
            first=deadly.first,
            last=deadly.last,
        )
    time.sleep(WAIT_S)
    return True


class HelperContext(RunContext):
    """A run that another worker holds. Reports write nothing, but stop this worker when it is no longer wanted."""

    holds = False

    def __init__(self, run: Run, worker: str) -> None:
        super().__init__(run)
        self.worker = worker
        self._token = uuid.uuid4()  # of its own shards; the run's lease is the holder's
        self._called = False

    @property
    def workdir(self) -> Path:
        """A folder of this worker: two that lay out one model's files in one folder take them from one another."""
        folder = super().workdir / self.worker.replace(":", "-")
        folder.mkdir(exist_ok=True)
        return folder

    def may_claim(self) -> bool:
        """While the run has its holder, and no other run waits for a worker."""
        return needs_help(self.run_id)

    def call_another(self) -> None:
        """Once, at its first shard and not before: a worker that cannot help would answer its own call for ever."""
        if not self._called:
            self._called = True
            shards.call_another(run_id=self.run_id)

    def renew(self) -> bool:
        """The heartbeat. A helper between two shards has nothing to lose."""
        shards.renew_shards(run_id=self.run_id, lease_token=self._token)
        return True

    def give_back(self, *, counts: bool = False) -> None:
        """Its shards go to the next worker at once; ``counts``: the try was a failure."""
        shards.give_back_shards(run_id=self.run_id, lease_token=self._token, counts=counts)

    def progress(self, done: int, total: int, stage: str | None = None) -> None:
        """Raises WorkerStops, or LeaseLost once the run was cancelled or has ended."""
        if contexts.stopping.is_set():
            raise WorkerStops
        now = time.monotonic()
        if now - self._reported < contexts.REPORT_EVERY_S:
            return
        self._reported = now
        if not Run.objects.filter(pk=self.run_id, cancel_requested=False, finished_at=None).exists():
            raise LeaseLost(f"run {self.run_id} needs no help any more")
