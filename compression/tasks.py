"""Celery wrappers: each rings one run awake."""

from celery import shared_task

from annotator.jobs.runner import execute
from compression.jobs import JOBS


@shared_task(name="compression.tasks.retrain")
def retrain(run_id: int) -> None:
    execute(run_id, JOBS["retrain"])
