"""Celery wrappers: each rings one run awake."""

from celery import shared_task

from annotator.jobs.runner import execute
from prelabel.jobs import HELPING, JOBS
from prelabel.services import triggers


@shared_task(name="prelabel.tasks.predict")
def predict(run_id: int) -> None:
    execute(run_id, JOBS["predict"], helping=HELPING["predict"])


@shared_task(name="prelabel.tasks.import_model")
def import_model(run_id: int) -> None:
    execute(run_id, JOBS["import_model"])


@shared_task(name="prelabel.tasks.order_queue")
def order_queue(run_id: int) -> None:
    execute(run_id, JOBS["order_queue"])


@shared_task(name="prelabel.tasks.propose")
def propose(request_id: int) -> None:
    from prelabel.jobs.propose import run  # OpenCV and numpy, which no other task needs to start

    run(request_id)


@shared_task(name="prelabel.tasks.find_similar")
def find_similar(run_id: int) -> None:
    execute(run_id, JOBS["find_similar"])


@shared_task(name="prelabel.tasks.check_triggers")
def check_triggers() -> None:
    triggers.check_all()
