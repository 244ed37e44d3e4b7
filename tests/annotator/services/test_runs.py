"""The life of a run: the row is the truth, and a worker that was thought dead writes nothing any more."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from kombu.exceptions import OperationalError

from annotator import dispatch
from annotator.core.errors import Conflict, LeaseLost, Unprocessable
from annotator.models import AuditEvent, Run, RunEvent
from annotator.services import runs

pytestmark = pytest.mark.django_db


@pytest.fixture
def bells(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The run ids that were rung for, instead of a broker."""
    rung: list[int] = []
    monkeypatch.setattr(dispatch, "ring", lambda run_id, kind, queue=None: rung.append(run_id))
    return rung


@pytest.fixture
def run(cast: Any, project: Any, bells: list[int]) -> Run:
    return runs.create_run(actor=cast.alice, project=project, kind="predict", params={"scope": "new"})


def claim(run: Run, worker: str = "w1") -> Run:
    taken = runs.claim_run(run_id=run.pk, worker=worker)
    assert taken is not None and taken.lease_token is not None
    return taken


def let_lease_run_out(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def report(run: Run, done: int, stage: str = "predict") -> bool:
    assert run.lease_token is not None
    return runs.report_progress(
        run_id=run.pk, lease_token=run.lease_token, done=done, total=10, stage=stage, eta_s=None
    )


def test_the_bell_rings_on_commit_and_not_before(
    cast: Any, project: Any, bells: list[int], django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        made = runs.create_run(actor=cast.alice, project=project, kind="predict", params={})
        assert bells == []
    for callback in callbacks:
        callback()
    assert bells == [made.pk]
    assert (made.queue, made.state) == ("predict", "queued")


def test_the_same_key_makes_one_run(cast: Any, project: Any, bells: list[int]) -> None:
    key = uuid.uuid4()
    first, again = (
        runs.create_run(actor=cast.alice, project=project, kind="predict", params={}, idempotency_key=key)
        for _ in range(2)
    )
    assert first.pk == again.pk
    with pytest.raises(Unprocessable):
        runs.create_run(actor=cast.alice, project=project, kind="retrain", params={}, idempotency_key=key)


def test_a_queued_run_is_taken_once(run: Run) -> None:
    taken = claim(run)
    assert (taken.state, taken.attempts, taken.worker) == ("running", 1, "w1")
    assert runs.claim_run(run_id=run.pk, worker="w2") is None


def test_a_run_whose_lease_ran_out_is_taken_over_and_the_dead_worker_writes_nothing(run: Run) -> None:
    first = claim(run)
    let_lease_run_out(run)
    second = claim(run, "w2")
    assert first.lease_token is not None

    with pytest.raises(LeaseLost):
        report(first, 1)
    with pytest.raises(LeaseLost):
        runs.save_checkpoint(run_id=run.pk, lease_token=first.lease_token, values={"at": 1})
    with pytest.raises(LeaseLost):
        runs.finish_run(run_id=run.pk, lease_token=first.lease_token, state="succeeded", result={})
    assert not runs.renew_lease(run_id=run.pk, lease_token=first.lease_token)
    assert report(second, 1) is False


def test_a_renewed_lease_is_not_taken_over(run: Run) -> None:
    taken = claim(run)
    let_lease_run_out(run)
    assert taken.lease_token is not None
    assert runs.renew_lease(run_id=run.pk, lease_token=taken.lease_token)
    assert runs.claim_run(run_id=run.pk, worker="w2") is None


def test_the_third_death_without_progress_fails_the_run(run: Run) -> None:
    for _ in range(3):
        claim(run)
        let_lease_run_out(run)

    assert runs.claim_run(run_id=run.pk, worker="w4") is None

    run.refresh_from_db()
    assert run.error is not None
    assert (run.state, run.error["code"]) == ("failed", "worker_died")


def test_getting_further_than_ever_forgives_earlier_deaths(run: Run) -> None:
    for done in range(1, 6):
        report(claim(run), done)
        let_lease_run_out(run)
    run.refresh_from_db()
    assert (run.state, run.attempts) == ("running", 1)


def test_doing_the_same_part_again_is_no_progress(run: Run) -> None:
    for _ in range(3):
        report(claim(run), 4)
        let_lease_run_out(run)
    # the first try made progress (attempts 1), the next two only repeated it
    assert runs.claim_run(run_id=run.pk, worker="w4") is None
    run.refresh_from_db()
    assert run.state == "failed"


def test_checkpoints_are_merged_and_handed_to_the_next_try(run: Run) -> None:
    taken = claim(run)
    assert taken.lease_token is not None
    runs.save_checkpoint(run_id=run.pk, lease_token=taken.lease_token, values={"last": 3, "seen": [1, 2]})
    runs.save_checkpoint(run_id=run.pk, lease_token=taken.lease_token, values={"last": 5})
    let_lease_run_out(run)
    assert claim(run, "w2").checkpoint == {"last": 5, "seen": [1, 2]}


def test_a_run_given_back_at_an_orderly_stop_does_not_count_as_a_try(run: Run) -> None:
    for _ in range(5):
        taken = claim(run)
        assert taken.lease_token is not None
        runs.give_back_run(run_id=run.pk, lease_token=taken.lease_token)
    run.refresh_from_db()
    assert (run.state, run.attempts) == ("queued", 0)


def test_the_sweeper_rings_for_lost_bells_and_dead_workers(
    cast: Any,
    project: Any,
    run: Run,
    bells: list[int],
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    def another() -> Run:
        return runs.create_run(actor=cast.alice, project=project, kind="predict", params={})

    dead, alive, done = another(), another(), another()
    long_ago = timezone.now() - timedelta(minutes=5)
    Run.objects.update(rung_at=long_ago)
    claim(dead), claim(alive)
    let_lease_run_out(dead)
    ended = claim(done)
    assert ended.lease_token is not None
    runs.finish_run(run_id=done.pk, lease_token=ended.lease_token, state="succeeded", result={})

    with django_capture_on_commit_callbacks(execute=True):
        rung = runs.sweep()

    assert rung == bells == [run.pk, dead.pk]
    assert runs.sweep() == []  # a bell just rung is given its time


def test_the_sweeper_rings_again_when_the_bell_for_a_dead_worker_was_lost_too(run: Run, settings: Any) -> None:
    claim(run)
    let_lease_run_out(run)
    Run.objects.update(rung_at=timezone.now() - timedelta(seconds=3))  # by which its worker came
    assert runs.sweep() == [run.pk]
    assert runs.sweep() == []
    Run.objects.update(rung_at=timezone.now() - timedelta(seconds=settings.RUN_RERING_S + 1))
    assert runs.sweep() == [run.pk]


def test_a_broker_that_is_down_loses_the_bell_and_not_the_run(
    cast: Any,
    project: Any,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    def down(*args: Any, **options: Any) -> None:
        raise OperationalError("Connection refused")

    monkeypatch.setattr("celery.app.base.Celery.send_task", down)
    with django_capture_on_commit_callbacks(execute=True):
        made = runs.create_run(actor=cast.alice, project=project, kind="predict", params={})
    assert Run.objects.get(pk=made.pk).state == "queued"


def test_a_queued_run_is_cancelled_at_once_and_a_running_one_at_its_next_report(
    cast: Any, project: Any, run: Run
) -> None:
    other = claim(runs.create_run(actor=cast.alice, project=project, kind="predict", params={}))

    assert runs.request_cancel(actor=cast.alice, run=run).state == "cancelled"
    assert runs.request_cancel(actor=cast.alice, run=other).state == "running"

    assert report(other, 1) is True
    with pytest.raises(Conflict):
        runs.request_cancel(actor=cast.alice, run=run)


def test_a_cancelled_run_of_a_dead_worker_ends_at_its_next_claim(cast: Any, run: Run) -> None:
    claim(run)
    runs.request_cancel(actor=cast.alice, run=run)
    let_lease_run_out(run)
    assert runs.claim_run(run_id=run.pk, worker="w2") is None
    run.refresh_from_db()
    assert run.state == "cancelled"


def test_a_failed_run_is_retried_from_its_checkpoint_and_a_live_one_is_not(
    cast: Any, run: Run, bells: list[int], django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    with pytest.raises(Conflict):
        runs.retry_run(actor=cast.alice, run=run)
    taken = claim(run)
    assert taken.lease_token is not None
    runs.save_checkpoint(run_id=run.pk, lease_token=taken.lease_token, values={"last": 3})
    runs.finish_run(
        run_id=run.pk, lease_token=taken.lease_token, state="failed", error={"code": "internal", "message": "no"}
    )

    with django_capture_on_commit_callbacks(execute=True):
        again = runs.retry_run(actor=cast.alice, run=run)

    assert bells == [run.pk]
    assert (again.state, again.attempts, again.error, again.checkpoint) == ("queued", 0, None, {"last": 3})


def test_events_are_counted_within_their_run(cast: Any, project: Any, run: Run) -> None:
    other = runs.create_run(actor=cast.alice, project=project, kind="predict", params={})
    for message in ("a", "b", "c"):
        runs.add_event(run_id=run.pk, kind="log", message=message)
    runs.add_event(run_id=other.pk, kind="log", message="x")
    assert list(RunEvent.objects.filter(run=run).values_list("seq", "message")) == [(1, "a"), (2, "b"), (3, "c")]
    assert RunEvent.objects.get(run=other).seq == 1


def test_a_metric_that_is_not_a_number_and_a_nul_in_a_log_are_stored_as_far_as_json_can(run: Run) -> None:
    made = runs.add_event(run_id=run.pk, kind="metric", message="a\x00b", data={"loss": float("nan"), "map": [0.5]})
    made.refresh_from_db()
    assert (made.message, made.data) == ("ab", {"loss": None, "map": [0.5]})


def test_a_retry_may_name_a_stage_that_the_run_reached(project: Any, cast: Any) -> None:
    run = Run.objects.create(
        project=project, kind="retrain", queue="train", state="failed", checkpoint={"epoch": 3}, furthest={"train": 9}
    )
    runs.add_event(run_id=run.pk, kind="stage", message="train")
    with pytest.raises(Unprocessable, match="its stages: train"):
        runs.retry_run(actor=cast.dora, run=run, stage="gate")
    again = runs.retry_run(actor=cast.dora, run=run, stage="train")
    assert (again.state, again.furthest) == ("queued", {})
    assert again.checkpoint == {"epoch": 3, "restart_from": "train"}
    assert AuditEvent.objects.get(verb="run.retry").after == {"stage": "train"}


def test_a_kind_without_stages_refuses_one(project: Any, cast: Any) -> None:
    run = Run.objects.create(project=project, kind="predict", queue="predict", state="failed")
    runs.add_event(run_id=run.pk, kind="stage", message="predict")
    with pytest.raises(Unprocessable, match="leave the stage out"):
        runs.retry_run(actor=cast.dora, run=run, stage="predict")


def test_nobody_is_rung_for_a_run_that_a_command_does_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(
        "annotator.dispatch.current_app", type("App", (), {"send_task": lambda *a, **k: sent.append(a)})
    )
    dispatch.ring(1, "compress", dispatch.HERE)
    assert sent == []
