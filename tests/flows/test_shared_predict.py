"""Three real workers share one predict run; two of them are killed, and every picture is predicted once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from annotator.models import Annotation, Item, Prediction, Run, RunShard
from annotator.selectors.runs import run_outlook
from annotator.services import runs
from tests.flows.workers import Staff, wait_for
from tests.prelabel.conftest import deploy_colours, make_picture

pytestmark = pytest.mark.django_db(transaction=True)
PICTURES, SIZE = 320, 8
# A predict worker that needs 25 ms a picture, and writes down what it stored and which of the last stages it did.
WORKER = """
import os, sys, time
import django
django.setup()
from prelabel.jobs import predict, predict_shards
trace, predict_shards.SIZE = sys.argv[1], int(sys.argv[2])
def told(module, name, word):
    real = getattr(module, name)
    def tell(*args, **named):
        result = real(*args, **named)
        with open(trace, "a") as out:
            out.write(f"{word} {os.getpid()} {named['shard'].first if 'shard' in named else ''}\\n")
        return result
    setattr(module, name, tell)
told(predict_shards, "store_shard", "stored")
for name in ("describe_missing", "put_in_order", "observe_run"):
    told(predict, name, name)
quick = predict_shards.look_at
def slow(predictor, sha256):
    time.sleep(0.025)
    return quick(predictor, sha256)
predict_shards.look_at = slow
from annotator.config.celery import app
app.worker_main(["worker", "-Q", "predict", "-n", f"w{os.getpid()}@test", "--pool=solo", "--without-gossip",
    "--without-mingle", "--without-heartbeat", "--loglevel=INFO"])
"""


@pytest.fixture
def inserts(transactional_db: None) -> Iterator[str]:
    """A table that has a row for every prediction that a committed transaction tried to insert, kept or not."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE insert_trace (item_id bigint);"
            "CREATE FUNCTION trace_insert() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN INSERT INTO insert_trace VALUES (NEW.item_id); RETURN NEW; END $$;"
            "CREATE TRIGGER trace BEFORE INSERT ON annotator_prediction FOR EACH ROW EXECUTE FUNCTION trace_insert()"
        )
    yield "insert_trace"
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION trace_insert() CASCADE; DROP TABLE insert_trace")


def _fill(project: Any, folder: Path) -> None:
    """Half of the pictures are certain, half are not."""
    project.spot_check_rate = 0.0
    project.save()
    deploy_colours(project, folder)
    for index in range(PICTURES):
        make_picture(project, f"p{index}", (250 if index % 2 else 150, index // 256, index % 256))


def _pid(worker: str) -> int:
    return int(worker.rpartition(":")[2])


def test_every_picture_is_predicted_once_by_three_workers_of_whom_two_are_killed(
    people: Staff, project: Any, tmp_path: Path, inserts: str
) -> None:
    _fill(project, tmp_path / "colours")
    trace = tmp_path / "trace"
    trace.touch()
    people.env |= {"WINNOW_PREDICT_THREADS": "1"}
    pids = {people.python(f"w{number}", WORKER, str(trace), str(SIZE)).pid for number in range(3)}
    wait_for(lambda: people.log().count(" ready.") == 3, people)
    run = runs.create_run(actor=None, project=project, kind="predict", params={"scope": "unreviewed"})

    def stored() -> list[tuple[int, int]]:
        lines = [line.split() for line in trace.read_text().splitlines()]
        return [(int(pid), int(first)) for word, pid, *rest in lines if word == "stored" for first in rest]

    def all_at_work() -> Run | None:
        now = Run.objects.get(pk=run.pk)
        assert now.state in ("queued", "running"), people.log()
        enough = {pid for pid, _ in stored()} == pids and run_outlook(now)["workers"] == 3
        return now if enough and now.done else None

    now = wait_for(all_at_work, people)
    assert now.total == PICTURES
    victims = [next(pid for pid in pids if pid != _pid(now.worker)), _pid(now.worker)]
    lost = []
    for victim in victims:
        mine = wait_for(lambda pid=victim: RunShard.objects.filter(state="running", worker__endswith=f":{pid}"), people)
        lost += list(mine.values_list("first", flat=True))
        people.kill(victim)
    (last,) = pids - set(victims)

    def ended() -> Run | None:
        runs.sweep()  # as the beat does it
        return Run.objects.filter(pk=run.pk, state__in=("succeeded", "failed")).first()

    done = wait_for(ended, people, timeout_s=90)
    assert (done.state, done.done, done.total) == ("succeeded", PICTURES, PICTURES), (done.error, people.log())
    assert (done.result["predicted"], done.result["already_predicted"]) == (PICTURES, 0)
    assert (done.result["auto_accepted"], done.result["queued"], done.result["workers"]) == (160, 160, 3)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT item_id FROM {inserts}")
        tries = Counter(item for (item,) in cursor.fetchall())
    assert tries == Counter(Item.objects.values_list("pk", flat=True)), "each once, none twice"
    assert Prediction.objects.count() == PICTURES
    assert Annotation.objects.count() == Item.objects.filter(state="auto_accepted").count() == PICTURES // 2
    by = {first: pid for pid, first in stored()}
    assert {by[first] for first in lost} <= {last, victims[1]}, "what a killed worker had was done by others"
    stages = Counter(line.split()[0] for line in trace.read_text().splitlines() if not line.startswith("stored"))
    assert stages == {"describe_missing": 1, "put_in_order": 1, "observe_run": 1}
    assert not RunShard.objects.exists()
