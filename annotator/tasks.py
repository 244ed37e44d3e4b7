"""Celery wrappers: each rings one run awake."""

from celery import shared_task

from annotator.jobs import JOBS
from annotator.jobs.runner import execute
from annotator.services import runs


@shared_task(name="annotator.tasks.import_dataset")
def import_dataset(run_id: int) -> None:
    execute(run_id, JOBS["import_dataset"])


@shared_task(name="annotator.tasks.export_dataset")
def export_dataset(run_id: int) -> None:
    execute(run_id, JOBS["export_dataset"])


@shared_task(name="annotator.tasks.sweep")
def sweep() -> None:
    runs.sweep()
