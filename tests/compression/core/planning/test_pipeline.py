"""Passages through plans on a very small classifier: cached by their way, judged by step, adjusted, searched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from annotator.core.errors import RunFailed
from compression.core.planning import pipeline as pipelines
from compression.core.planning.attempts import Aim, attempt_plan
from compression.core.planning.pipeline import Pipeline, Setting, check_room, fingerprint, weights_sha256
from compression.core.planning.plan import Budgets, Ground, Plan, check_plan
from compression.core.planning.presets import SearchBudget
from compression.core.planning.search import Search, TrialResult, choices_of, search
from compression.core.pruning.floor import least_bytes
from tests.contracts.small_models import Small, make_small

GROUND = Ground("image_classification")
INT8 = {"step": "quantize", "options": {"scheme": "int8", "tries": 1, "images": 8}}
LOOSE = Budgets(max_drop=1.0)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    """A classifier that learned for two epochs."""
    return make_small("classifier", tmp_path_factory.mktemp("small"))


@pytest.fixture(autouse=True)
def brief_timing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipelines, "_ROUNDS", 2)


@pytest.fixture
def make(small: Small, tmp_path: Path) -> Callable[..., Pipeline]:
    def build(**changes: Any) -> Pipeline:
        return Pipeline(replace(Setting(small.snapshot, tmp_path / "run", small.model, threads=1), **changes))

    return build


def cut(amount: float) -> dict[str, Any]:
    return {"step": "prune", "options": {"amount": amount, "epochs": 0}}


def plan(*steps: dict[str, Any]) -> Plan:
    return check_plan(steps, GROUND)


def test_each_step_is_judged_and_a_second_passage_does_nothing(make: Any, small: Small) -> None:
    seen: list[tuple[str, int]] = []
    told: list[str] = []
    pipeline = make(
        report=lambda done, total, stage: told.append(stage),
        on_station=lambda station, number, steps: seen.append((station.step.step, number)),
    )
    first = pipeline.passage(plan(cut(0.5), INT8))
    assert seen == [("prune", 1), ("quantize", 2)]
    assert list(dict.fromkeys(told)) == ["step 1/2 prune", "step 2/2 quantize"]
    sizes = [pipeline.source().size_bytes, *(one.measure.size_bytes for one in first)]
    assert sizes == sorted(sizes, reverse=True)
    written = {path: path.stat().st_mtime_ns for path in pipeline.setting.root.rglob("model.json")}
    again = pipeline.passage(plan(cut(0.5), INT8))
    assert again == first and len(seen) == 2
    assert {path: path.stat().st_mtime_ns for path in written} == written
    assert weights_sha256(first[0].model) == weights_sha256(first[1].model) != weights_sha256(small.model)
    assert fingerprint(first[0].model) != fingerprint(first[1].model)


def test_plans_that_begin_alike_share_their_beginning(make: Any) -> None:
    pipeline = make()
    a = pipeline.passage(plan(cut(0.5)))
    b = pipeline.passage(plan(cut(0.5), INT8))
    assert a[0].folder == b[0].folder
    assert pipeline.folder(plan(cut(0.4))) != a[0].folder
    assert make(seed=1).folder(plan(cut(0.5))) != a[0].folder
    pipeline.drop_from(2)
    assert a[0].folder.exists() and not b[1].folder.exists()


def test_a_plan_is_changed_until_it_is_small_enough(make: Any) -> None:
    pipeline, given = make(), plan(cut(0.3))
    size = pipeline.passage(given)[-1].measure.size_bytes
    budgets = Budgets(size_mb=0.2 * size / 1e6, max_drop=1.0)
    why: list[str] = []
    aim = Aim(budgets, GROUND, 64, on_attempt=lambda number, text: why.append(text))
    outcome = attempt_plan(pipeline, given, aim)
    assert outcome.met and outcome.stopped == "met"
    assert outcome.chosen.reached.size_bytes <= 0.2 * size
    assert [one.step for one in outcome.chosen.plan] == ["prune", "quantize"]  # rounded first, then cut further
    assert outcome.chosen.plan[0].options["amount"] > 0.3
    assert len(why) == len(outcome.attempts) - 1 >= 2 and "size_mb" in why[0]


def test_what_cannot_be_met_is_said_and_the_nearest_is_kept(make: Any) -> None:
    aim = Aim(Budgets(latency_ms=0.0001, max_drop=1.0), replace(GROUND, trainable=False), 64)
    outcome = attempt_plan(make(), plan(INT8), aim)
    assert not outcome.met
    assert (outcome.stopped, [one.target for one in outcome.chosen.missed]) == ("nothing_left", ["latency_ms"])


def test_time_ends_the_attempts(make: Any) -> None:
    aim = Aim(Budgets(size_mb=0.0001, max_drop=1.0), GROUND, 64, minutes=0.0001)
    assert attempt_plan(make(), plan(INT8), aim).stopped == "out_of_time"


def test_the_floor_is_below_every_result_and_above_nothing(make: Any, small: Small, tmp_path: Path) -> None:
    floor = least_bytes(small.model, small.context(tmp_path / "floor"), prunes=True)
    result = make().passage(plan(cut(0.8), INT8))[-1].measure
    assert 0 < floor.size_bytes < result.size_bytes
    assert floor.params < 0.2 * floor.of_params
    assert least_bytes(small.model, small.context(tmp_path / "floor"), prunes=True) == floor  # read, not cut again
    unpruned = least_bytes(small.model, small.context(tmp_path / "whole"), prunes=False)
    assert unpruned.params == unpruned.of_params > floor.params


def test_a_disk_without_room_is_said_with_the_numbers(tmp_path: Path) -> None:
    with pytest.raises(RunFailed, match="MB left") as failed:
        check_room(tmp_path, 10**18)
    assert failed.value.code == "disk_full"


def wanted(trials: int, **changes: Any) -> Search:
    given = plan(cut(0.5))
    return replace(Search(given, choices_of(given, "size", 64), SearchBudget(trials=trials), LOOSE), **changes)


def test_a_search_returns_what_nothing_beats(make: Any) -> None:
    ended: list[TrialResult] = []
    found = search(make(), wanted(4, on_end=ended.append))
    assert len(found.trials) == 4 == len(ended)
    assert len({str(one.plan) for one in found.trials}) == 4
    costs = {
        one.number: (one.measure.size_bytes, one.measure.latency_ms, -one.measure.metric)
        for one in found.trials
        if one.measure
    }
    for one in found.on_front:
        mine = costs[one.number]
        assert not any(all(a <= b for a, b in zip(c, mine, strict=True)) and c != mine for c in costs.values())
    assert found.chosen.measure is not None and found.missed == []
    assert found.chosen.measure.size_bytes == min(one.measure.size_bytes for one in found.trials if one.measure)


def test_a_killed_search_finishes_its_trial_and_counts_what_was_done(make: Any) -> None:
    begun: list[int] = []

    def die(number: int, steps: Plan) -> None:
        begun.append(number)
        if number == 1:
            raise SystemExit

    with pytest.raises(SystemExit):
        search(make(), wanted(3, on_begin=die))
    found = search(make(), wanted(3, on_begin=lambda number, steps: begun.append(number)))
    assert begun == [0, 1, 1, 2]
    assert [one.number for one in found.trials] == [0, 1, 2]
    assert search(make(), wanted(3)).chosen == found.chosen  # ended: read from the journal


def test_the_same_seed_tries_the_same_plans(make: Any) -> None:
    def plans() -> list[Plan]:
        pipeline = make()
        found = [one.plan for one in search(pipeline, wanted(4, seed=5)).trials]
        for journal in pipeline.setting.root.glob("search.journal*"):
            journal.unlink()  # the steps stay, so that the second search costs nothing
        return found

    assert plans() == plans()


def test_a_trial_whose_metric_is_lost_is_given_up_before_its_last_step(make: Any, small: Small) -> None:
    pipeline = make()
    hopeless = Budgets(min_metric=1.0, max_drop=0.0)
    object.__setattr__(pipeline, "source", lambda: pipelines.Measure(1.0, 10**6, 1.0))
    real = pipeline._measure
    pipeline._measure = lambda artifact: replace(real(artifact), metric=0.5)
    given = plan(cut(0.5), INT8)
    with pytest.raises(RunFailed) as failed:
        search(pipeline, wanted(1, limits=hopeless, plan=given, choices=choices_of(given, "size", 64)))
    assert failed.value.code == "search_empty"
    assert not list(pipeline.setting.root.glob("steps/02-*"))


def test_where_every_cut_loses_the_metric_the_plan_without_it_is_left(make: Any) -> None:
    pipeline = make()
    real, source = pipeline._measure, pipeline.source()
    pipeline._measure = lambda artifact: replace(
        real(artifact), metric=0.0 if "prune" in str(artifact) else source.metric
    )
    given = plan(cut(0.5), INT8)
    found = search(pipeline, wanted(2, limits=Budgets(), plan=given, choices=choices_of(given, "size", 64)))
    assert [one.state for one in found.trials] == ["pruned", "complete"]
    assert [one.step for one in found.chosen.plan] == ["quantize"] and found.missed == []


def test_choices_keep_what_the_plan_says() -> None:
    given = check_plan([{"step": "resolution", "options": {"image_size": 416}}, cut(0.33), INT8], GROUND)
    values = {one.name: one.values for one in choices_of(given, "latency", 640)}
    assert values["0.image_size"] == (None, 416, 512)  # as it is, as planned, and between
    assert None in values["1.amount"] and 0.33 in values["1.amount"]
    assert values["2.scheme"] == ("int8", "bf16")
