"""Celery wrappers: each rings one run awake. A worker that loads them announces its machine."""

from typing import Any

from celery import shared_task
from celery.signals import worker_ready

from annotator.jobs.runner import execute
from compression.jobs import JOBS
from compression.jobs.announce import announce
from compression.services import retention


@worker_ready.connect
def announce_device(sender: Any, **_: Any) -> None:
    announce(sender)


@shared_task(name="compression.tasks.retrain")
def retrain(run_id: int) -> None:
    execute(run_id, JOBS["retrain"])


@shared_task(name="compression.tasks.compress")
def compress(run_id: int) -> None:
    execute(run_id, JOBS["compress"])


@shared_task(name="compression.tasks.evaluate")
def evaluate(run_id: int) -> None:
    execute(run_id, JOBS["evaluate"])


@shared_task(name="compression.tasks.export_model")
def export_model(run_id: int) -> None:
    execute(run_id, JOBS["export_model"])


@shared_task(name="compression.tasks.benchmark")
def benchmark(run_id: int) -> None:
    execute(run_id, JOBS["benchmark"])


@shared_task(name="compression.tasks.clean_artifacts")
def clean_artifacts() -> None:
    retention.clean_artifacts(actor=None)
