"""The shards of a run: each is done once, by whoever holds it when it is stored."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from annotator import dispatch
from annotator.core.errors import LeaseLost, RunFailed
from annotator.jobs import runner, sharing
from annotator.jobs.context import RunContext, stopping
from annotator.jobs.sharing import HelperContext
from annotator.models import Run, RunShard
from annotator.selectors.runs import run_outlook
from annotator.selectors.shards import needs_help, shard_tally
from annotator.services import runs, shards

pytestmark = pytest.mark.django_db
IDS = list(range(10, 45, 5))  # seven


@pytest.fixture
def bells(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many helpers were rung for, each time."""
    rung: list[int] = []
    monkeypatch.setattr(dispatch, "ring", lambda *args: None)
    monkeypatch.setattr(dispatch, "ring_helpers", lambda *args, count, expires_s: rung.append(count))
    return rung


@pytest.fixture
def run(cast: Any, project: Any, bells: list[int]) -> Run:
    made = runs.create_run(actor=cast.alice, project=project, kind="predict", params={})
    held = runs.claim_run(run_id=made.pk, worker="holder:1")
    assert held is not None
    return held


def cut(run: Run, ids: list[int] = IDS) -> int:
    assert run.lease_token is not None
    return shards.cut_shards(run_id=run.pk, lease_token=run.lease_token, ids=ids, size=3)


def claim(run: Run, worker: str = "w:2", token: uuid.UUID | None = None) -> RunShard | None:
    return shards.claim_shard(run_id=run.pk, worker=worker, lease_token=token or uuid.uuid4())


def let_leases_run_out() -> None:
    RunShard.objects.filter(state="running").update(lease_until=timezone.now() - timedelta(seconds=1))


def test_a_run_is_cut_once_and_a_next_try_adds_what_came_later(run: Run, bells: list[int]) -> None:
    assert cut(run) == 3
    assert list(RunShard.objects.order_by("first").values_list("first", "last", "units")) == [
        (10, 20, 3), (25, 35, 3), (40, 40, 1),
    ]  # fmt: skip
    assert bells == [3]
    assert cut(run) == 0
    assert cut(run, [20, 25, 50]) == 1
    assert shard_tally(run.pk).units == 8
    with pytest.raises(LeaseLost):
        shards.cut_shards(run_id=run.pk, lease_token=uuid.uuid4(), ids=[99], size=3)


def test_one_shard_is_its_holders_own(run: Run, bells: list[int]) -> None:
    cut(run, [1, 2])
    assert bells == []


def test_a_shard_has_one_worker_until_its_lease_runs_out(run: Run) -> None:
    cut(run, IDS[:3])
    first = claim(run)
    assert first is not None and claim(run) is None
    let_leases_run_out()
    second = claim(run, "other:3")
    assert second is not None and second.pk == first.pk and second.attempts == 2
    with pytest.raises(LeaseLost):
        shards.hold_shard(shard=first)
    shards.finish_shard(shard=shards.hold_shard(shard=second), result={"n": float("nan")})
    assert RunShard.objects.get().result == {"n": None}
    assert shard_tally(run.pk) == (shard_tally(run.pk).__class__)(3, 3, 0)
    let_leases_run_out()
    assert claim(run) is None


def test_one_heartbeat_keeps_all_shards_of_a_worker(run: Run) -> None:
    cut(run)
    token = uuid.uuid4()
    mine = [claim(run, token=token), claim(run, token=token)]
    other = claim(run, "other:3")
    let_leases_run_out()
    assert shards.renew_shards(run_id=run.pk, lease_token=token) == 2
    free = claim(run, "late:4")
    assert free is not None and other is not None and free.pk == other.pk
    assert all(one is not None and shards.hold_shard(shard=one) for one in mine)


def test_the_holders_heartbeat_keeps_its_run_and_its_shards(run: Run) -> None:
    cut(run)
    context = RunContext(run)
    assert sharing.claim(context) is not None
    let_leases_run_out()
    assert context.renew()
    assert RunShard.objects.get(state="running").lease_until > timezone.now()


def test_what_killed_a_worker_is_tried_last_and_a_third_death_fails_the_run_when_all_else_is_done(run: Run) -> None:
    cut(run)
    deadly = claim(run)
    assert deadly is not None
    let_leases_run_out()
    context = RunContext(run)
    for _ in range(2):
        shard = sharing.claim(context)
        assert shard is not None and shard.pk != deadly.pk
        shards.finish_shard(shard=shards.hold_shard(shard=shard), result={})
    for _ in range(2):
        again = sharing.claim(context)
        assert again is not None and again.pk == deadly.pk
        let_leases_run_out()
    assert sharing.claim(context) is None
    with pytest.raises(RunFailed, match=r"3 workers died .* items 10 to 20") as raised:
        sharing.others_at_work(context)
    assert raised.value.code == "worker_died"


def test_an_orderly_stop_frees_shards_at_once_and_its_try_does_not_count(run: Run) -> None:
    cut(run)
    context, helper = RunContext(run), HelperContext(run, "helper:2")
    assert sharing.claim(context) and sharing.claim(helper)
    helper.give_back()
    context.give_back()
    assert set(RunShard.objects.values_list("state", "attempts")) == {("waiting", 0)}


def test_nothing_is_claimed_of_a_run_that_is_cancelled_or_has_ended(run: Run, cast: Any) -> None:
    cut(run)
    mine, helper = claim(run), HelperContext(run, "helper:2")
    runs.request_cancel(actor=cast.alice, run=run)
    assert claim(run) is None
    with pytest.raises(LeaseLost):
        helper.progress(1, 2)
    assert run.lease_token is not None and mine is not None
    runs.finish_run(run_id=run.pk, lease_token=run.lease_token, state="cancelled")
    with pytest.raises(LeaseLost):
        shards.hold_shard(shard=mine)
    assert not RunShard.objects.exists()


def test_a_helper_leaves_a_run_without_holder_and_gives_way_to_one_that_waits(
    run: Run, project: Any, cast: Any
) -> None:
    cut(run)
    assert needs_help(run.pk)
    waiting = runs.create_run(actor=cast.alice, project=project, kind="order_queue", params={})
    assert not needs_help(run.pk)
    assert sharing.claim(HelperContext(run, "helper:2")) is None
    assert sharing.claim(RunContext(run)) is not None, "the holder goes on"
    Run.objects.filter(pk=waiting.pk).update(state="succeeded")
    assert needs_help(run.pk)
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert not needs_help(run.pk)


def test_the_sweeper_asks_for_helpers_while_shards_are_free(run: Run, bells: list[int], settings: Any) -> None:
    cut(run)
    assert runs.sweep() == []
    stale = timezone.now() - timedelta(seconds=settings.RUN_RERING_S + 1)
    Run.objects.filter(pk=run.pk).update(rung_at=stale)
    claim(run)
    assert (runs.sweep(), bells) == ([run.pk], [3, 1])
    assert runs.sweep() == []
    Run.objects.filter(pk=run.pk).update(rung_at=stale)
    while claim(run):
        pass
    assert runs.sweep() == [], "all are taken"


def test_a_helper_calls_the_next_once_it_has_work(run: Run, bells: list[int]) -> None:
    cut(run)
    bells.clear()
    helper = HelperContext(run, "helper:2")
    assert sharing.claim(RunContext(run)) and bells == []
    assert sharing.claim(helper) and bells == [1]
    assert sharing.claim(helper) and bells == [1]


def test_a_run_tells_how_many_workers_are_at_it(run: Run) -> None:
    assert run_outlook(run)["workers"] == 1
    cut(run)
    claim(run, "b:2")
    claim(run, "b:2")
    claim(run, "c:3")
    assert run_outlook(run)["workers"] == 3
    let_leases_run_out()
    assert run_outlook(run)["workers"] == 1
    run.state = "succeeded"
    assert run_outlook(run)["workers"] is None


@pytest.fixture
def execute(run: Run, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Hears the run's bell in another worker; its job helps by what the test gives."""
    monkeypatch.setattr(runner._Heartbeat, "_beat", lambda self: None)
    monkeypatch.setattr(runner, "close_old_connections", lambda: None)

    def hear(helping: Any) -> None:
        monkeypatch.setattr(runner, "load_job", lambda where: helping)
        runner.execute(run.pk, "jobs:run", helping="jobs:help")

    yield hear
    stopping.clear()


def test_a_helper_that_fails_says_so_once_and_the_run_goes_on_without_it(run: Run, execute: Any) -> None:
    cut(run)

    def helping(context: RunContext) -> None:
        assert sharing.claim(context) is not None
        raise RunFailed("openvino is not installed in this worker.", code="no_runtime")

    execute(helping)
    execute(helping)
    run.refresh_from_db()
    assert (run.state, run.worker) == ("running", "holder:1")
    assert run.events.filter(message__endswith="cannot help: openvino is not installed in this worker.").count() == 1
    assert sorted(RunShard.objects.values_list("state", "attempts")) == [("waiting", 0), ("waiting", 1), ("waiting", 1)]


def test_a_helper_with_nothing_to_do_returns_at_once_and_one_that_stops_gives_back(run: Run, execute: Any) -> None:
    execute(lambda context: pytest.fail("there is nothing to help with"))
    cut(run)

    def helping(context: RunContext) -> None:
        assert sharing.claim(context) is not None
        stopping.set()
        context.progress(1, 2)

    execute(helping)
    assert set(RunShard.objects.values_list("state", "attempts")) == {("waiting", 0)}


def test_a_helper_takes_the_run_over_when_its_holder_died_meanwhile(run: Run, execute: Any) -> None:
    cut(run)

    def job(context: RunContext) -> dict[str, Any]:
        if not context.holds:
            Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
        return {"by_helper": not context.holds}

    execute(job)
    run.refresh_from_db()
    assert (run.state, run.result) == ("succeeded", {"by_helper": False})
