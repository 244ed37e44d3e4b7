"""How a plan changes when its result misses a budget."""

from __future__ import annotations

from typing import Any

import pytest

from compression.core.planning.adjust import Situation, next_plan
from compression.core.planning.plan import Ground, Plan, check_plan
from compression.core.planning.shortfall import Shortfall

GROUND = Ground("object_detection")
INT8 = {"step": "quantize", "options": {"scheme": "int8"}}


def plan(*steps: dict[str, Any]) -> Plan:
    return check_plan(steps, GROUND)


def cut(amount: float, **options: Any) -> dict[str, Any]:
    return {"step": "prune", "options": {"amount": amount, **options}}


def situation(given: Plan, *losses: float, ground: Ground = GROUND, **missed: float) -> Situation:
    rows = [Shortfall(target, 1.0, 1.0 + by, by) for target, by in missed.items()]
    return Situation(given, rows, losses or [0.0] * len(given), ground, 640)


def steps(found: Plan | None) -> list[str]:
    return [one.step for one in found or ()]


def option(found: Plan | None, step: str, name: str) -> Any:
    return next(one.options[name] for one in found or () if one.step == step)


def test_a_file_that_is_too_large_is_rounded_first_then_cut() -> None:
    given = plan({"step": "quantize", "options": {"scheme": "fp16"}})
    rounded = next_plan(situation(given, size_mb=1.0), [given])
    assert option(rounded, "quantize", "scheme") == "int8"
    cut_too = next_plan(situation(plan(INT8), size_mb=1.0), [plan(INT8)])
    assert steps(cut_too) == ["prune", "quantize"]


def test_the_cut_follows_from_how_much_is_too_large() -> None:
    given = plan(cut(0.3), INT8)
    more = next_plan(situation(given, size_mb=0.2), [given])
    # (1 - a)² = 0.7² / 1.2 · 0.95² would be a = 0.377; a little more for widths that are rounded
    assert 0.36 < option(more, "prune", "amount") < 0.4
    far = next_plan(situation(given, size_mb=9.0), [given])
    assert option(far, "prune", "amount") == pytest.approx(0.5)  # at most 0.2 at once


def test_four_bits_come_last_and_never_where_the_answer_must_be_faster() -> None:
    given = plan(cut(0.85), INT8)
    assert option(next_plan(situation(given, size_mb=0.1), [given]), "quantize", "scheme") == "int4"
    slow = next_plan(situation(given, size_mb=0.1, latency_ms=0.1), [given])
    assert slow is None or option(slow, "quantize", "scheme") == "int8"
    stored = plan(cut(0.5), {"step": "quantize", "options": {"scheme": "int4"}})
    assert option(next_plan(situation(stored, latency_ms=0.5), [stored]), "quantize", "scheme") == "int8"


def test_a_slow_answer_gets_a_smaller_picture_then_fewer_channels() -> None:
    given = plan(INT8)
    smaller = next_plan(situation(given, latency_ms=0.5), [given])
    assert smaller is not None
    assert option(smaller, "resolution", "image_size") == 512
    tried, sizes = [given, smaller], [512]
    while (found := next_plan(situation(tried[-1], latency_ms=0.5), tried)) is not None and "prune" not in steps(found):
        tried.append(found)
        sizes.append(option(found, "resolution", "image_size"))
    assert sizes == sorted(sizes, reverse=True) and sizes[-1] >= 256  # not below two fifths of the source
    assert steps(found) == ["resolution", "prune", "quantize"]


def test_a_lost_metric_gets_more_training_where_most_was_lost() -> None:
    given = plan(cut(0.5, epochs=10, minutes=5.0), INT8)
    longer = next_plan(situation(given, 0.1, 0.01, metric=0.1), [given])
    assert (option(longer, "prune", "epochs"), option(longer, "prune", "minutes")) == (20, 10.0)


def test_when_training_is_exhausted_less_is_rounded_or_cut() -> None:
    given = plan(cut(0.5, epochs=96), INT8)
    softer = next_plan(situation(given, 0.01, 0.1, metric=0.1), [given])
    assert option(softer, "quantize", "scheme") == "qat"
    careful = next_plan(situation(given, 0.1, 0.01, metric=0.1), [given])
    assert option(careful, "prune", "scope") == "sensitivity"
    scanned = plan(cut(0.5, epochs=96, scope="sensitivity"), INT8)
    assert option(next_plan(situation(scanned, 0.1, 0.01, metric=0.1), [scanned]), "prune", "amount") == 0.375


def test_size_and_metric_missed_together_leave_only_more_training() -> None:
    given = plan(cut(0.5, epochs=96), INT8)
    assert next_plan(situation(given, 0.1, 0.0, metric=0.1, size_mb=0.5), [given]) is None


def test_no_plan_comes_twice() -> None:
    given = plan(cut(0.5, epochs=10), INT8)
    tried = [given]
    for _ in range(60):
        found = next_plan(situation(tried[-1], *([0.1] * len(tried[-1])), metric=0.1), tried)
        if found is None:
            break
        assert found not in tried
        tried.append(found)
    assert found is None  # it ends


def test_a_model_without_weights_is_never_trained() -> None:
    ground = Ground("object_detection", trainable=False)
    given = check_plan([INT8], ground)
    assert steps(next_plan(situation(given, ground=ground, size_mb=1.0), [given])) == ["quantize"]
    assert next_plan(situation(given, ground=ground, latency_ms=1.0), [given]) is None
