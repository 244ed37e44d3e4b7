"""The gate's verdicts, each on results whose answer can be worked out by hand."""

from __future__ import annotations

import pytest

from compression.core.judging.average_precision import ImageResult
from compression.core.judging.gate import decide
from compression.core.judging.judge import merge_gates

RIGHT = ImageResult((0,), (0.9,), (True,), (1,))
WRONG = ImageResult((0,), (0.9,), (False,), (1,))
MISSED = ImageResult((), (), (), (1,))
CLASSIFY = "image_classification"


def test_an_equal_model_passes_without_doubt() -> None:
    result = decide([RIGHT] * 30, [RIGHT] * 30)
    assert (result.verdict, result.drop, result.interval) == ("pass", 0.0, (0.0, 0.0))


def test_a_ruined_model_is_refused() -> None:
    result = decide([RIGHT] * 30, [MISSED] * 30)
    assert result.verdict == "refuse"
    assert result.drop == 1.0
    assert "surely more than the allowed 2.0 %" in " ".join(result.reasons)


def test_the_interval_of_two_images_is_the_one_worked_out_by_hand() -> None:
    # Two images, one lost: a resample draws the lost one 0, 1 or 2 times (1/4, 1/2, 1/4), so the drop is 0, 1/2 or 1.
    result = decide([RIGHT, RIGHT], [RIGHT, WRONG], task_type=CLASSIFY)
    assert result.drop == 0.5
    assert result.interval == (0.0, 1.0)
    assert result.verdict == "inconclusive"


def test_few_images_cannot_decide_a_small_drop() -> None:
    result = decide([RIGHT] * 20, [RIGHT] * 19 + [MISSED], task_type=CLASSIFY)
    assert result.verdict == "inconclusive"
    assert "give a reason" in result.reasons[-1]


def test_many_images_refuse_a_drop_just_beyond_what_is_allowed() -> None:
    # 2.4 % of 2,000 images lost: the standard error is 0.34 %, so the interval is narrow but reaches below 2 %.
    result = decide([RIGHT] * 2000, [RIGHT] * 1952 + [WRONG] * 48, task_type=CLASSIFY)
    assert result.interval[0] < 0.02 < result.drop
    assert (result.interval[1] - result.interval[0]) / 2 < 0.02
    assert result.verdict == "refuse"


def test_many_images_pass_a_drop_within_what_is_allowed() -> None:
    result = decide([RIGHT] * 2000, [RIGHT] * 1970 + [WRONG] * 30, task_type=CLASSIFY)
    assert result.drop == pytest.approx(0.015)
    assert result.verdict == "pass"


def test_a_sure_gain_passes_however_wide_its_interval() -> None:
    result = decide([RIGHT] * 15 + [WRONG] * 25, [RIGHT] * 40, task_type=CLASSIFY)
    assert (result.interval[1] - result.interval[0]) / 2 > 0.02
    assert result.verdict == "pass"


def test_a_larger_allowance_lets_a_larger_drop_pass() -> None:
    parent, candidate = [RIGHT] * 2000, [RIGHT] * 1900 + [WRONG] * 100
    assert decide(parent, candidate, task_type=CLASSIFY).verdict == "refuse"
    assert decide(parent, candidate, task_type=CLASSIFY, allowed_drop=0.1).verdict == "pass"


def test_two_models_that_find_nothing_are_refused() -> None:
    assert decide([MISSED] * 5, [MISSED] * 5).verdict == "refuse"


def test_any_model_beats_one_that_finds_nothing() -> None:
    assert decide([MISSED] * 5, [RIGHT] * 5).verdict == "pass"


def test_lists_of_different_images_cannot_be_paired() -> None:
    with pytest.raises(ValueError, match="2 images for the parent, 1"):
        decide([RIGHT, RIGHT], [RIGHT])


def test_the_worst_of_several_comparisons_counts() -> None:
    good, bad = decide([RIGHT] * 9, [RIGHT] * 9), decide([RIGHT] * 9, [MISSED] * 9)
    merged = merge_gates({"fp32": good, "deployed": bad})
    assert merged is not None
    assert merged["verdict"] == "refuse"
    assert merged["parent"] == "fp32"
    assert merged["drop"] == 0.0
    assert set(merged["comparisons"]) == {"fp32", "deployed"}
    assert merge_gates({}) is None
