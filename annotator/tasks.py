"""Celery wrappers: each rings one run awake."""

from typing import Any

from celery import shared_task
from celery.signals import worker_shutting_down

from annotator.jobs import JOBS
from annotator.jobs.context import stopping
from annotator.jobs.runner import execute
from annotator.services import runs


@worker_shutting_down.connect
def stop_at_next_report(**_: Any) -> None:
    """A solo worker would otherwise finish its hour of training first, and be killed for it."""
    stopping.set()


@shared_task(name="annotator.tasks.import_dataset")
def import_dataset(run_id: int) -> None:
    execute(run_id, JOBS["import_dataset"])


@shared_task(name="annotator.tasks.export_dataset")
def export_dataset(run_id: int) -> None:
    execute(run_id, JOBS["export_dataset"])


@shared_task(name="annotator.tasks.bulk_items")
def bulk_items(run_id: int) -> None:
    execute(run_id, JOBS["bulk_items"])


@shared_task(name="annotator.tasks.sweep")
def sweep() -> None:
    runs.sweep()
