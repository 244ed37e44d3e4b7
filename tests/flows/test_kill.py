"""kill -9 in the middle of the work, ten times: nothing is lost and nothing is done twice."""

from __future__ import annotations

import io
import random
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from annotator.models import Annotation, AuditEvent, Item, Run
from tests.flows.workers import Staff, finished, succeeded, wait_for

pytestmark = pytest.mark.django_db(transaction=True)
# So many that ten workers cannot finish them between two looks of a test process that is itself kept waiting.
PICTURES, KILLS = 3000, 10


def labelled_zip(count: int) -> SimpleUploadedFile:
    """A YOLO set of little pictures, one box each, all different and no two alike."""
    dice, data = random.Random(7), io.BytesIO()
    with zipfile.ZipFile(data, "w") as bundle:
        bundle.writestr("data.yaml", "names: [car, person]\ntrain: images/train\n")
        for number in range(count):
            picture = io.BytesIO()
            Image.frombytes("RGB", (16, 16), dice.randbytes(768)).resize((48, 48)).save(picture, "PNG")
            bundle.writestr(f"images/train/{number:05d}.png", picture.getvalue())
            bundle.writestr(f"labels/train/{number:05d}.txt", f"{number % 2} 0.5 0.5 0.25 0.25\n")
    return SimpleUploadedFile("set.zip", data.getvalue())


def start_import(client: Any, project: Any, count: int) -> int:
    answer = client.post(f"/api/projects/{project.pk}/imports/", {"file": labelled_zip(count), "format": "yolo"})
    assert answer.status_code == 202, answer.content
    run_id: int = answer.json()["id"]
    return run_id


def test_an_import_killed_ten_times_is_whole_and_nothing_is_in_it_twice(
    people: Staff, cast: Any, project: Any, client_of: Any
) -> None:
    people.beat()
    for _ in range(2):
        people.worker("io")
    run_id, furthest, kills = start_import(client_of(cast.alice), project, PICTURES), 0, 0

    def got_further() -> Run | None:
        run = Run.objects.get(pk=run_id)
        assert run.state in ("queued", "running"), f"ended after {kills} kills: {run.error}\n{people.log()}"
        return run if run.state == "running" and run.done > furthest else None

    while kills < KILLS:
        run = wait_for(got_further, people)
        people.kill_holder(run)
        furthest, kills = run.done, kills + 1
        people.worker("io")

    run = succeeded(run_id, people, timeout_s=180)
    takeovers = run.events.filter(kind="state", message__startswith="taken by").count()
    assert takeovers >= KILLS + 1
    assert run.result is not None and run.result["items"] == PICTURES
    assert Item.objects.count() == Item.objects.values("source_sha256").distinct().count() == PICTURES
    assert Annotation.objects.count() == PICTURES
    assert not Annotation.objects.exclude(revision=1).exists()
    assert set(Item.objects.values_list("revision", "state")) == {(1, "reviewed")}
    audited = AuditEvent.objects.filter(verb="items.import").values_list("after", flat=True)
    assert sum(after["items"] for after in audited) == PICTURES


def test_a_bell_that_redis_never_got_is_rung_by_the_sweeper(
    people: Staff,
    cast: Any,
    project: Any,
    client_of: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The broker is down for the moment of the request; the answer is 202 all the same."""
    from celery import current_app
    from kombu import Connection

    with monkeypatch.context() as away:
        nowhere = Connection("redis://127.0.0.1:1/0", transport_options={"max_retries": 0})
        away.setattr(current_app, "connection_for_write", lambda *args, **options: nowhere)
        away.setattr(current_app.amqp, "_producer_pool", None)
        away.setattr(current_app, "_pool", None)
        run_id = start_import(client_of(cast.alice), project, 3)
    current_app.amqp._producer_pool = None
    assert Run.objects.get(pk=run_id).state == "queued"
    assert "the bell could not be rung" in caplog.text

    people.beat()
    people.worker("io")

    succeeded(run_id, people)
    assert Item.objects.count() == 3


def test_a_worker_stopped_in_order_gives_its_run_back_without_a_lost_try(
    people: Staff, cast: Any, project: Any, client_of: Any
) -> None:
    first = people.worker("io")
    run_id = start_import(client_of(cast.alice), project, 900)
    wait_for(lambda: Run.objects.get(pk=run_id).done > 0, people)

    assert first.stop() == 0

    run = Run.objects.get(pk=run_id)
    assert (run.state, run.attempts, run.lease_until) == ("queued", 0, None)
    people.beat()
    people.worker("io")
    assert succeeded(run_id, people).result["items"] == 900


def test_a_cancelled_run_stops_at_its_next_report(people: Staff, cast: Any, project: Any, client_of: Any) -> None:
    people.worker("io")
    alice = client_of(cast.alice)
    run_id = start_import(alice, project, 1500)
    wait_for(Item.objects.exists, people)
    assert alice.post(f"/api/runs/{run_id}/cancel/").json()["cancel_requested"] is True
    run = finished(run_id, people)
    assert (run.state, run.error["code"]) == ("cancelled", "cancelled")
    assert 0 < Item.objects.count() < 1500
