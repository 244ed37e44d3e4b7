"""The only way to start background work: after commit, ring the bell of a Run by its task's name.

The Run row is the truth. A bell that is lost (Redis down, worker killed) is rung again by the sweeper. What a person
waits for at the screen is asked without a Run: a question that is lost is asked again by who wants the answer.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from annotator.core.errors import WinnowError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Kind:
    """Where a kind of run is done: the Celery task that does it and the queue it waits in."""

    task: str
    queue: str
    restarts: bool = False  # a retry may name the stage to go back to
    alone: bool = False  # a project has at most one unfinished run of the kind


HERE = "here"  # the queue of runs that a command does in its own process: nobody is rung for them

KINDS: dict[str, Kind] = {
    "import_dataset": Kind("annotator.tasks.import_dataset", "io"),
    "export_dataset": Kind("annotator.tasks.export_dataset", "io"),
    "bulk_items": Kind("annotator.tasks.bulk_items", "io"),
    "predict": Kind("prelabel.tasks.predict", "predict"),
    "order_queue": Kind("prelabel.tasks.order_queue", "predict"),
    "find_similar": Kind("prelabel.tasks.find_similar", "predict"),
    "import_model": Kind("prelabel.tasks.import_model", "predict"),
    "retrain": Kind("compression.tasks.retrain", "train", restarts=True, alone=True),
    "compress": Kind("compression.tasks.compress", "train", restarts=True),  # train_gpu where asked for
    "evaluate": Kind("compression.tasks.evaluate", "train"),
    "export_model": Kind("compression.tasks.export_model", "train"),
    "benchmark": Kind("compression.tasks.benchmark", "train"),  # really the queue of one device, see its Run
}

# What is answered while a person waits, and leaves no Run.
QUESTIONS: dict[str, Kind] = {"propose": Kind("prelabel.tasks.propose", "interactive")}


class Unreachable(WinnowError):
    """The broker is down, and nobody will ring later for what is wanted now."""

    code, status = "redis_down", 503


def ask(kind: str, *args: int, expires_s: float) -> None:
    """Ring now for a question that is dropped where no worker takes it in time. Raises Unreachable."""
    where = QUESTIONS[kind]
    try:
        current_app.send_task(where.task, args=list(args), queue=where.queue, expires=expires_s, retry=False)
    except (OperationalError, OSError) as error:
        raise Unreachable("the server's Redis does not answer; try again in a moment") from error


def ring(run_id: int, kind: str, queue: str | None = None) -> None:
    """Ring now, in the kind's own queue unless another is named; a broker that is down is logged, since the sweeper
    will ring again."""
    _send(run_id, kind, queue)


def ring_helpers(run_id: int, kind: str, queue: str, *, count: int, expires_s: float) -> None:
    """Ring for workers that are free, when the surrounding transaction commits; who is busy till then need not come."""

    def ring_all() -> None:
        for _ in range(count):
            _send(run_id, kind, queue, expires_s)

    transaction.on_commit(ring_all)


def _send(run_id: int, kind: str, queue: str | None, expires_s: float | None = None) -> None:
    where = KINDS[kind]
    if queue == HERE:
        return
    try:
        current_app.send_task(where.task, args=[run_id], queue=queue or where.queue, expires=expires_s, retry=False)
    except (OperationalError, OSError) as error:
        log.warning("run %s: the bell could not be rung (%s); the sweeper will", run_id, error)


def ring_on_commit(run_id: int, kind: str, queue: str | None = None) -> None:
    """Ring when the surrounding transaction commits: a worker must find the row."""
    transaction.on_commit(lambda: ring(run_id, kind, queue))
