"""The gate's rules beside the metric: classes, latency, size, and what each says for programs."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from compression.core.judging.average_precision import weighted_map50, weighted_map5095
from compression.core.judging.gate import Contender, GateLimits, GateResult, decide, decide_within
from compression.core.judging.judgement import ImageResult, judge_image
from tests.compression.core.judging.judged_boxes import random_guesses, random_truths

CLASSIFY = "image_classification"
NAMES = ("hat", "shoes", "shirt")


def answers(*rights: bool, truth: int, guess: int) -> list[ImageResult]:
    """Images of one class, each guessed right or as ``guess``."""
    truths = tuple(int(index == truth) for index in range(3))
    return [ImageResult((truth if right else guess,), (0.9,), (right,), truths) for right in rights]


def shop(hats_lost: int, *, hats: int = 40, shirts: int = 4) -> list[ImageResult]:
    """Many shoes, some hats of which some are taken for shoes, a few shirts."""
    return [
        *answers(*([True] * 400), truth=1, guess=0),
        *answers(*([True] * (hats - hats_lost)), *([False] * hats_lost), truth=0, guess=1),
        *answers(*([True] * shirts), truth=2, guess=0),
    ]


def judge(candidate: list[ImageResult], limits: GateLimits, **fields: Any) -> GateResult:
    return decide_within(
        Contender(shop(0)), Contender(candidate, **fields), limits, task_type=CLASSIFY, classes=NAMES, resamples=200
    )


def codes(result: GateResult) -> dict[str, str]:
    return {rule.code: rule.verdict for rule in result.rules}


def test_without_other_limits_the_metric_alone_decides() -> None:
    result = judge(shop(4), GateLimits())
    assert codes(result) == {"drop_within_limit": "pass"}
    assert result.verdict == "pass"
    assert result.drop == decide(shop(0), shop(4), task_type=CLASSIFY, resamples=200).drop


def test_a_class_that_surely_lost_too_much_refuses_though_the_mean_is_fine() -> None:
    result = judge(shop(8), GateLimits(max_class_drop=0.05))
    assert codes(result)["drop_within_limit"] == "pass"
    (rule,) = [rule for rule in result.rules if rule.code == "class_drop"]
    assert rule.verdict == result.verdict == "refuse"
    assert rule.values["class"] == "hat" and rule.values["drop"] == pytest.approx(0.2)
    assert "hat: 1.000 → 0.800 on 40 objects, 20.0 points less" in " ".join(result.reasons)


def test_a_loss_of_a_class_that_may_be_noise_is_inconclusive() -> None:
    result = judge(shop(3, hats=40), GateLimits(max_class_drop=0.05))
    # 3 of 40 lost: a resample draws none of them in about 5 %, so the interval reaches 0
    assert codes(result)["class_drop_undecided"] == "inconclusive"
    assert result.verdict == "inconclusive"


def test_rare_classes_are_named_as_not_judged() -> None:
    result = judge(shop(0), GateLimits(max_class_drop=0.05))
    (rule,) = [rule for rule in result.rules if rule.code == "class_not_judged"]
    assert rule.values == {"classes": ["shirt"], "needed": 10}
    assert result.verdict == "pass" and codes(result)["classes_within_limit"] == "pass"
    assert [row["judged"] for row in result.per_class] == [True, True, False]


def test_a_ruined_rare_class_does_not_refuse() -> None:
    ruined = [*shop(0)[:-4], *answers(False, False, False, False, truth=2, guess=0)]
    result = judge(ruined, GateLimits(max_drop=0.05, max_class_drop=0.05))
    assert result.verdict == "pass"
    assert result.per_class[2]["delta"] == -1.0


@pytest.mark.parametrize(
    ("latency", "code", "verdict"),
    [
        ({"p20_ms": 4.0, "contention": 1.1}, "latency_within_limit", "pass"),
        ({"p20_ms": 4.0, "contention": 2.9}, "latency_within_limit", "pass"),  # other load only slows
        ({"p20_ms": 6.0, "contention": 1.1}, "latency_beyond_limit", "refuse"),
        ({"p20_ms": 6.0, "contention": 2.9}, "latency_contended", "inconclusive"),
        ({"p20_ms": 6.0, "contention": {"busy": True, "p50_to_p20": 1.2}}, "latency_contended", "inconclusive"),
        ({"p20_ms": 6.0, "contention": {"busy": False, "p50_to_p20": 1.2}}, "latency_beyond_limit", "refuse"),
        ({}, "latency_not_measured", "inconclusive"),
    ],
)
def test_latency_is_judged_by_p20_and_excused_by_contention(latency: Any, code: str, verdict: str) -> None:
    result = judge(shop(0), GateLimits(max_latency_ms=5.0), latency=latency)
    assert codes(result)[code] == verdict
    assert result.verdict == verdict


def test_contention_is_said() -> None:
    result = judge(shop(0), GateLimits(max_latency_ms=5.0), latency={"p20_ms": 6.0, "contention": 2.9})
    assert "the machine was busy" in result.reasons[-1]


@pytest.mark.parametrize(
    ("size", "code", "verdict"),
    [
        (2_000_000, "size_within_limit", "pass"),
        (2_000_001, "size_beyond_limit", "refuse"),
        (None, "size_not_measured", "inconclusive"),
    ],
)
def test_size_is_judged_by_all_bytes_that_running_needs(size: int | None, code: str, verdict: str) -> None:
    result = judge(shop(0), GateLimits(max_size_mb=2.0), size_bytes=size)
    assert codes(result)[code] == verdict
    assert result.verdict == verdict


def test_the_worst_rule_is_the_verdict_and_every_rule_is_told() -> None:
    limits = GateLimits(max_class_drop=0.05, max_latency_ms=5.0, max_size_mb=2.0)
    result = judge(shop(8), limits, latency={}, size_bytes=1_000_000)
    assert result.verdict == "refuse"
    assert {"drop_within_limit", "class_drop", "latency_not_measured", "size_within_limit"} <= set(codes(result))
    assert len(result.reasons) >= len(result.rules)


def test_the_plain_form_is_json_with_codes_and_texts() -> None:
    value = json.loads(json.dumps(judge(shop(8), GateLimits(max_class_drop=0.05)).to_json()))
    assert value["verdict"] == "refuse"
    assert {"code", "verdict", "text", "values"} == set(value["rules"][0])
    assert value["mcnemar"]["lost"] == 8 and 0 < value["p_value"] < 0.05
    assert value["per_class"][0] == {"name": "hat", "a": 0.8, "b": 1.0, "delta": pytest.approx(-0.2), "n": 40,
                                     "judged": True}  # fmt: skip


def test_a_model_that_finds_nothing_says_so_by_code() -> None:
    nothing = [ImageResult((), (), (), (1, 0, 0))] * 5
    result = decide(nothing, nothing, task_type=CLASSIFY)
    assert [(rule.code, rule.verdict) for rule in result.rules] == [("finds_nothing", "refuse")]


def test_the_stricter_metric_can_be_the_one_that_counts() -> None:
    truths = random_truths(7, images=30)
    images = [
        [judge_image(g, t, 3, n + 1) for n, (g, t) in enumerate(zip(random_guesses(truths, seed), truths, strict=True))]
        for seed in (1, 2)
    ]
    strict = decide(images[0], images[1], metric="map5095", resamples=50)
    loose = decide(images[0], images[1], resamples=50)
    whole = np.ones((1, 30))
    assert (strict.metric, loose.metric) == ("map5095", "map50")
    assert strict.parent_value == pytest.approx(weighted_map5095(images[0], whole)[0])
    assert loose.parent_value == pytest.approx(weighted_map50(images[0], whole)[0])
    with pytest.raises(KeyError):
        decide(images[0], images[1], metric="accuracy")


def test_images_in_another_order_cannot_be_paired() -> None:
    first, second = (judge_image([], [], 1, item_id) for item_id in (1, 2))
    with pytest.raises(ValueError, match="another order"):
        decide([first, second], [second, first])
