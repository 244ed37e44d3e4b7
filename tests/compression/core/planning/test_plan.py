"""Plans and presets: defaults, order, what each step needs; budgets; what a run is forecast to take."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from typing import Any

import pytest

from annotator.core.errors import Unprocessable
from compression.core.planning.forecast import Work, disk_bytes, pace_of, seconds_of
from compression.core.planning.front import front
from compression.core.planning.plan import (
    Budgets,
    Ground,
    budgets_from_json,
    check_budgets,
    check_plan,
    limits_from_json,
    plan_to_json,
)
from compression.core.planning.presets import PLAN_PRESETS, SearchBudget, preset_steps, search_of
from compression.core.planning.shortfall import Reached, best, shortfalls

TASKS = ("object_detection", "image_classification", "semantic_segmentation")
DETECTION = Ground("object_detection")
WORK = Work("object_detection", {"train": 200, "val": 40, "test": 40}, 320, 10_000_000)


@pytest.mark.parametrize("task_type", TASKS)
@pytest.mark.parametrize("slug", PLAN_PRESETS)
@pytest.mark.parametrize("teacher", [False, True])
def test_every_preset_is_a_valid_plan_for_every_task(task_type: str, slug: str, teacher: bool) -> None:
    ground = Ground(task_type, teacher=teacher)
    plan = check_plan(preset_steps(slug, ground, 640), ground)
    assert check_plan(plan_to_json(plan), ground) == plan  # written out it says the same
    assert json.loads(json.dumps(plan_to_json(plan))) == plan_to_json(plan)


def test_a_model_without_weights_gets_the_steps_that_work_on_a_file() -> None:
    ground = Ground("object_detection", trainable=False)
    for slug in PLAN_PRESETS:
        assert [one.step for one in check_plan(preset_steps(slug, ground, 640), ground)] == ["quantize"]


@pytest.mark.parametrize("slug", ["balanced", "smallest", "fastest"])
def test_few_pictures_are_seen_more_often_so_that_as_many_steps_are_made(slug: str) -> None:
    def epochs(pictures: int | None) -> list[int]:
        steps = preset_steps(slug, Ground("object_detection", pictures=pictures), 640)
        return [one["options"]["epochs"] for one in steps if "epochs" in one["options"]]

    for usual, few, more, fewest in zip(epochs(None), epochs(60), epochs(2000), epochs(5), strict=True):
        assert few * 60 == pytest.approx(usual * 205, rel=0.05)
        assert more == usual and fewest == 96


def test_the_fastest_preset_halves_the_picture_to_a_multiple_of_the_stride() -> None:
    steps = preset_steps("fastest", DETECTION, 640)
    assert steps[0]["options"]["image_size"] == 416  # 640 → 416, of the sources
    assert preset_steps("fastest", DETECTION, 64)[0]["options"]["image_size"] == 32


@pytest.mark.parametrize(
    ("steps", "field"),
    [
        ([], "plan"),
        ([{"step": "quantize"}] * 9, "plan"),
        ([{"step": "melt"}], "plan.0.step"),
        ([{}], "plan.0.step"),
        ([{"step": "prune", "options": {"amount": "half"}}], "plan.0.options.amount"),
        ([{"step": "prune", "options": {"amount": math.nan}}], "plan.0.options.amount"),
        ([{"step": "prune", "options": {"depth": 1}}], "plan.0.options.depth"),
        ([{"step": "prune"}, {"step": "architecture"}], "plan.1.step"),
        ([{"step": "quantize"}, {"step": "quantize"}], "plan.1.step"),
        ([{"step": "distil"}], "teacher_version_id"),
        ([{"step": "prune", "options": {"distil": True}}], "teacher_version_id"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(steps: list[dict[str, Any]], field: str) -> None:
    with pytest.raises(Unprocessable) as refused:
        check_plan(steps, DETECTION)
    assert refused.value.details["field"] == field


def test_steps_on_weights_come_before_or_after_rounding() -> None:
    both = [{"step": "quantize"}, {"step": "prune"}]
    assert [one.step for one in check_plan(both, DETECTION)] == ["quantize", "prune"]
    assert [one.step for one in check_plan(both[::-1], DETECTION)] == ["prune", "quantize"]


def test_the_least_metric_is_the_stricter_of_the_two_limits() -> None:
    assert Budgets(max_drop=0.02).least_metric(0.5) == pytest.approx(0.49)
    assert Budgets(max_drop=0.02, min_metric=0.6).least_metric(0.5) == pytest.approx(0.6)
    assert budgets_from_json({"size_mb": 2, "max_drop": None, "other": 1}).size_bytes == 2_000_000
    assert limits_from_json({"max_class_drop": 0.1}).max_class_drop == 0.1


@pytest.mark.parametrize(
    "budgets", [Budgets(size_mb=0), Budgets(latency_ms=-1), Budgets(min_metric=1.2), Budgets(max_drop=2)]
)
def test_a_budget_that_no_model_keeps_is_refused(budgets: Budgets) -> None:
    with pytest.raises(Unprocessable) as refused:
        check_budgets(budgets)
    assert refused.value.details["field"].startswith("budgets.")


def test_shortfalls_say_how_far_each_target_is() -> None:
    budgets = Budgets(size_mb=1, latency_ms=10, max_drop=0.1)
    missed = shortfalls(Reached(0.8, 1_500_000, 11), budgets, source_metric=1.0)
    assert [(one.target, round(one.by, 3)) for one in missed] == [
        ("size_mb", 0.5),
        ("metric", 0.111),
        ("latency_ms", 0.1),
    ]
    assert shortfalls(Reached(0.9, 1_000_000, 10), budgets, source_metric=1.0) == []  # at the limit is inside


def test_the_best_keeps_all_budgets_and_is_then_the_smallest_or_fastest() -> None:
    budgets = Budgets(size_mb=2, max_drop=0.1)
    reached = [Reached(0.95, 1_900_000, 4), Reached(0.91, 1_000_000, 5), Reached(0.5, 100_000, 1)]
    rows = [(one, shortfalls(one, budgets, 1.0)) for one in reached]
    assert best(rows, "size") == 1
    assert best(rows, "latency") == 0
    far = [(one, shortfalls(one, Budgets(size_mb=0.05, max_drop=0.1), 1.0)) for one in reached]
    assert best(far, "size") == 2  # twice too large and 44 % too bad is nearer than twenty times too large


def test_the_front_holds_what_nothing_beats() -> None:
    points = [(1.0, 3.0), (2.0, 2.0), (3.0, 1.0), (3.0, 3.0), (2.0, 2.0)]
    assert front(points) == [True, True, True, False, True]
    assert front([]) == []


def test_a_search_is_asked_for_or_brought_by_the_preset() -> None:
    assert search_of("quick", None) is None
    assert search_of("smallest", None) == SearchBudget(90.0, 12)
    assert search_of("smallest", {"minutes": 3.0, "trials": None}) == SearchBudget(3.0, None)
    assert search_of(None, {"minutes": None, "trials": None}) == SearchBudget(60.0, None)


def test_a_forecast_grows_with_the_work() -> None:
    def plan(slug: str) -> Any:
        return check_plan(preset_steps(slug, DETECTION, 320), DETECTION)

    quick, balanced = (seconds_of(WORK, plan(slug), None) for slug in ("quick", "balanced"))
    assert 0 < quick[0] < quick[1] < balanced[1]
    capped = seconds_of(WORK, plan("balanced"), SearchBudget(minutes=10.0))
    assert 600 <= capped[0] < capped[1]
    assert disk_bytes(WORK, plan("balanced"), SearchBudget(trials=30)) > disk_bytes(WORK, plan("balanced"), None)


def test_the_pace_of_an_earlier_training_is_used() -> None:
    assert pace_of([{"epoch": 1, "seconds": 10.0}, {"epoch": 4, "seconds": 40.0}], images=100) == pytest.approx(0.1)
    assert pace_of([], images=100) is None


def test_planning_needs_no_torch() -> None:
    code = (
        "import sys; from compression.core.planning import adjust, forecast, presets;"
        "print({'torch', 'numpy', 'onnx', 'optuna'} & set(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "set()"
