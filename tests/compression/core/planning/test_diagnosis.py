"""What a diagnosis finds in the measures of a passage."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from compression.core.model import Model
from compression.core.planning.diagnosis import Advice, Findings, diagnose, step_losses
from compression.core.planning.pipeline import Measure, Station
from compression.core.planning.plan import Budgets, PlannedStep
from compression.core.planning.shortfall import Shortfall

SOURCE = Measure(
    0.80, 1_000_000, 10.0, {"per_class": {"0": {"map50": 0.9, "truths": 9}, "1": {"map50": 0.7, "truths": 9}}}
)


def station(step: str, metric: float, size: int = 400_000, latency: float = 5.0, **more: Any) -> Station:
    metrics = {"per_class": more.pop("per_class", {})}
    measure = Measure(metric, size, latency, metrics, more.pop("contention", 1.0), more.pop("source_ms", None))
    model = Model(Path("a"), history=({"step": step, **more.pop("history", {})},))
    return Station(PlannedStep(step, more.pop("options", {})), Path("f"), model, measure, 1.0)


def found(*stations: Station, **changes: Any) -> dict[str, Advice]:
    given: dict[str, Any] = {
        "task_type": "object_detection", "classes": ("car", "sign"), "counts": {"train": 99, "val": 99, "test": 99},
        "source": SOURCE, "stations": stations, "missed": (), "budgets": Budgets(),
    } | changes  # fmt: skip
    return {one.code: one for one in diagnose(Findings(**given))}


def test_the_step_that_lost_most_is_named_with_both_numbers() -> None:
    advice = found(station("prune", 0.79), station("quantize", 0.60))["step_lost"]
    assert (advice.severity, advice.values["step"]) == ("warn", "quantize")
    assert (advice.values["before"], advice.values["after"]) == (0.79, 0.60)
    assert "qat" in advice.text
    rows = step_losses(SOURCE, [station("prune", 0.79), station("quantize", 0.60)])
    assert [round(one["lost"], 2) for one in rows] == [0.01, 0.19]


def test_a_step_that_won_is_no_loss() -> None:
    assert "no_step_lost" in found(station("prune", 0.81))
    assert found(station("prune", 0.79), budgets=Budgets(max_drop=0.1))["step_lost"].severity == "info"


def test_the_class_that_lost_most_is_named() -> None:
    after = {"0": {"map50": 0.88, "truths": 9}, "1": {"map50": 0.4, "truths": 9}}
    advice = found(station("prune", 0.64, per_class=after))["class_lost"]
    assert advice.values["class"] == "sign"
    assert round(advice.values["lost"], 2) == 0.3


def test_a_class_without_truth_cannot_have_lost() -> None:
    after = {"0": {"map50": 0.9, "truths": 9}, "1": {"map50": None, "truths": 0}}
    assert "class_lost" not in found(station("prune", 0.8, per_class=after))


def test_the_most_sensitive_layer_comes_from_the_scan() -> None:
    rows = [{"layer": None, "harm": 0.0}, {"layer": "model.2", "harm": 0.1}, {"layer": "model.9", "harm": 0.4}]
    advice = found(station("prune", 0.8, history={"sensitivity": rows}))["layer_sensitive"]
    assert (advice.values["layer"], advice.values["harm"]) == ("model.9", 0.4)


def test_a_training_that_was_still_improving_and_one_that_gained_nothing_are_told_apart() -> None:
    short = station("prune", 0.7, history={"rounds": [{"epochs": 4, "best_epoch": 4}]})
    vain = station("prune", 0.7, history={"rounds": [{"epochs": 4, "best_epoch": 0}]})
    assert "still_improving" in found(short) and "training_useless" not in found(short)
    assert "training_useless" in found(vain) and "still_improving" not in found(vain)


def test_a_missed_target_says_how_near_it_came_and_why_it_ended() -> None:
    missed = (Shortfall("size_mb", 0.1, 0.4, 3.0),)
    advice = found(station("prune", 0.8), missed=missed, stopped="nothing_left", least_mb=0.2)["target_missed"]
    assert advice.severity == "bad"
    assert "wanted 0.1, reached 0.4" in advice.text
    assert "every change" in advice.text
    assert "below 0.20 MB" in advice.text  # the floor of the network


def test_a_file_that_shrank_but_is_not_faster_is_said_to_be_so() -> None:
    int4 = station("quantize", 0.8, latency=10.0, options={"scheme": "int4"})
    codes = found(int4)
    assert {"storage_only", "smaller_not_faster"} <= set(codes)
    assert "smaller_not_faster" not in found(station("quantize", 0.8))


def test_it_is_compared_with_the_source_in_the_same_rounds_not_with_what_the_source_took_before() -> None:
    """The machine got busy meanwhile: 10 ms before are 30 ms now, so 11 ms are faster."""
    assert "smaller_not_faster" in found(station("quantize", 0.8, latency=11.0))
    assert "smaller_not_faster" not in found(station("quantize", 0.8, latency=11.0, source_ms=30.0))


def test_a_busy_machine_few_pictures_and_missing_classes_are_told() -> None:
    codes = found(
        station("quantize", 0.8, contention=1.8),
        counts={"train": 9, "val": 5, "test": 99},
        missing_classes={"test": ["sign"]},
    )
    assert codes["contention"].values["contention"] == 1.8
    assert codes["few_images"].values == {"split": "val", "count": 5, "needed": 30}
    assert codes["class_without_example"].values == {"split": "test", "classes": ["sign"]}


def test_the_worst_comes_first() -> None:
    missed = (Shortfall("metric", 0.8, 0.6, 0.25),)
    given = Findings(
        "object_detection", ("car",), {"val": 5, "test": 5}, SOURCE, [station("prune", 0.6)], missed, Budgets()
    )
    severities = [one.severity for one in diagnose(given)]
    assert severities == sorted(severities, key=["bad", "warn", "info"].index)
    assert severities[0] == "bad"
