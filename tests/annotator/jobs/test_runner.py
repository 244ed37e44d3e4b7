"""How a run ends, whatever its job does; and what a job may report."""

from __future__ import annotations

import errno
import sys
import time
import types
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from annotator.core.errors import BadUpload, LeaseLost, RunCancelled
from annotator.jobs import context as context_module
from annotator.jobs import runner
from annotator.jobs.context import RunContext, stopping
from annotator.models import Run
from annotator.services import runs

pytestmark = pytest.mark.django_db
Job = Callable[[RunContext], dict[str, Any]]


@pytest.fixture
def run(cast: Any, project: Any) -> Run:
    return runs.create_run(actor=cast.alice, project=project, kind="predict", params={"scope": "new"})


@pytest.fixture
def do(run: Run, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Job], Run]]:
    """Executes the run with a job of the test's making; the heartbeat rests: its thread has another connection."""
    module = types.ModuleType("jobs_of_a_test")
    monkeypatch.setitem(sys.modules, "jobs_of_a_test", module)
    monkeypatch.setattr(runner._Heartbeat, "_beat", lambda self: None)
    monkeypatch.setattr(runner, "close_old_connections", lambda: None)

    def execute(job: Job) -> Run:
        module.job = job  # type: ignore[attr-defined]
        runner.execute(run.pk, "jobs_of_a_test:job")
        run.refresh_from_db()
        return run

    yield execute
    stopping.clear()


def raising(error: BaseException) -> Job:
    def job(context: RunContext) -> dict[str, Any]:
        raise error

    return job


def test_a_job_sees_its_run_and_its_result_is_kept(do: Any, cast: Any, project: Any) -> None:
    def job(context: RunContext) -> dict[str, Any]:
        assert (context.project_id, context.actor_id, context.params) == (project.pk, cast.alice.pk, {"scope": "new"})
        (context.workdir / "kept.txt").write_text("x")
        context.log("hello")
        context.metric(loss=float("inf"))
        return {"precision": float("nan"), "n": 3}

    run = do(job)
    assert (run.state, run.result) == ("succeeded", {"precision": None, "n": 3})
    assert [event.kind for event in run.events.all()] == ["state", "log", "metric", "state"]
    assert run.lease_token is None and run.finished_at is not None


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BadUpload("street.zip is not a zip", code="bad_archive"), "bad_archive"),
        (MemoryError(), "out_of_memory"),
        (OSError(errno.ENOSPC, "No space left on device"), "disk_full"),
        (ZeroDivisionError("division by zero"), "internal"),
    ],
)
def test_a_failure_is_stored_with_a_code_and_a_message(do: Any, error: Exception, code: str) -> None:
    run = do(raising(error))
    assert (run.state, run.error["code"]) == ("failed", code)
    assert run.error["message"]


def test_a_cancelled_job_ends_as_cancelled(do: Any, run: Run, cast: Any) -> None:
    def job(context: RunContext) -> dict[str, Any]:
        context.progress(0, 10, stage="a")
        runs.request_cancel(actor=cast.alice, run=run)
        context.progress(10, 10)
        raise AssertionError("the report should have stopped it")

    assert do(job).state == "cancelled"


def test_a_worker_that_lost_its_run_lets_go_and_writes_nothing(do: Any, run: Run) -> None:
    def job(context: RunContext) -> dict[str, Any]:
        Run.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        assert runs.claim_run(run_id=run.pk, worker="another") is not None
        return {"mine": True}

    found = do(job)
    assert (found.state, found.worker, found.result) == ("running", "another", None)


def test_a_database_that_goes_away_leaves_the_run_to_its_next_try(do: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner.connection, "close", lambda: None)  # this test's own transaction is in it
    run = do(raising(OperationalError("server closed the connection unexpectedly")))
    assert (run.state, run.error) == ("running", None)


@pytest.mark.parametrize("how", ["signal", "exit"])
def test_an_orderly_stop_gives_the_run_back(do: Any, how: str) -> None:
    def job(context: RunContext) -> dict[str, Any]:
        context.save_checkpoint(last=3)
        if how == "exit":
            raise SystemExit
        stopping.set()
        context.progress(1, 10)
        raise AssertionError("the report should have stopped it")

    if how == "exit":
        with pytest.raises(SystemExit):
            do(job)
    else:
        do(job)
    run = Run.objects.get()
    assert (run.state, run.attempts, run.checkpoint) == ("queued", 0, {"last": 3})


def test_somebody_elses_run_is_left_alone(do: Any, run: Run) -> None:
    runs.claim_run(run_id=run.pk, worker="another")
    assert do(raising(AssertionError("never called"))).worker == "another"


def test_progress_is_written_at_most_twice_a_second_but_always_for_a_stage_and_an_end(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = runs.claim_run(run_id=run.pk, worker="w")
    assert taken is not None
    written: list[tuple[int, str]] = []
    clock = iter(number * 0.1 for number in range(1000))
    monkeypatch.setattr(context_module.time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(runs, "report_progress", lambda *, done, stage, **rest: written.append((done, stage)) or False)
    context = RunContext(taken)
    for done in range(20):
        context.progress(done, 20, stage="one")
    context.progress(20, 20, stage="one")
    context.progress(0, 5, stage="two")
    assert [done for done, stage in written if stage == "one"] == [0, 5, 10, 15, 20]
    assert written[-1] == (0, "two")


def test_a_checkpoint_takes_the_progress_along_that_was_held_back(run: Run) -> None:
    taken = runs.claim_run(run_id=run.pk, worker="w")
    assert taken is not None
    context = RunContext(taken)
    context.progress(0, 10, stage="train")
    context.progress(3, 10)
    run.refresh_from_db()
    assert run.done == 0
    context.save_checkpoint(epoch=1)
    run.refresh_from_db()
    assert (run.done, run.furthest, run.checkpoint) == (3, {"train": 3}, {"epoch": 1})


def test_the_eta_is_what_is_left_at_the_pace_so_far(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = runs.claim_run(run_id=run.pk, worker="w")
    assert taken is not None
    now = [0.0]
    monkeypatch.setattr(context_module.time, "monotonic", lambda: now[0])
    context = RunContext(taken)
    context.progress(10, 110, stage="predict")  # ten were there from an earlier try
    now[0] = 4.0
    context.progress(30, 110, stage="predict")  # 20 in 4 s, 80 to go
    run.refresh_from_db()
    assert (run.done, run.total, run.stage, run.eta_s) == (30, 110, "predict", 16.0)


def test_a_lost_lease_seen_by_the_heartbeat_stops_the_job_at_its_next_report(run: Run) -> None:
    taken = runs.claim_run(run_id=run.pk, worker="w")
    assert taken is not None
    context = RunContext(taken)
    context.lost = True
    with pytest.raises(LeaseLost):
        context.progress(1, 2)


@pytest.mark.django_db(transaction=True)
def test_the_heartbeat_keeps_the_lease_while_the_job_computes(run: Run, settings: Any) -> None:
    settings.RUN_LEASE_S, settings.RUN_HEARTBEAT_S = 0.6, 0.1
    taken = runs.claim_run(run_id=run.pk, worker="w")
    assert taken is not None
    context = RunContext(taken)
    with runner._Heartbeat(context):
        time.sleep(1.2)
        assert runs.claim_run(run_id=run.pk, worker="thief") is None
        Run.objects.update(lease_token="00000000-0000-0000-0000-000000000000")
        time.sleep(0.4)
    assert context.lost


def test_the_error_of_a_cancel_is_not_a_winnow_failure() -> None:
    assert RunCancelled("x").code == "cancelled"
