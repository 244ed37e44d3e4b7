"""Two models on the same images: what is told from noise, and what is not."""

from __future__ import annotations

import random

import numpy as np
import pytest
from scipy.stats import binomtest

from compression.core.judging.bootstrap import influences, intervals, paired_drop, two_sided
from compression.core.judging.comparison import class_deltas, compare_influences, mcnemar
from compression.core.judging.judgement import ImageResult, judge_image
from compression.core.judging.measures import WEIGHTED
from compression.core.judging.report import describe
from tests.compression.core.judging.judged_boxes import random_guesses, random_truths

DETECT, CLASSIFY = "object_detection", "image_classification"
RIGHT = ImageResult((0,), (0.9,), (True,), (1,))
WRONG = ImageResult((0,), (0.9,), (False,), (1,))


def detected(seed: int, miss: float, images: int = 60) -> list[ImageResult]:
    truths = random_truths(21, images=images)
    guesses = random_guesses(truths, seed, miss=miss)
    return [judge_image(g, t, 3, item_id=n + 1) for n, (g, t) in enumerate(zip(guesses, truths, strict=True))]


def test_the_interval_of_accuracy_is_the_binomial_one() -> None:
    images = [RIGHT] * 80 + [WRONG] * 20
    low, high = intervals(images, CLASSIFY, resamples=2000)["accuracy"]
    error = 1.96 * (0.8 * 0.2 / 100) ** 0.5  # normal approximation of the binomial
    assert low == pytest.approx(0.8 - error, abs=0.012)
    assert high == pytest.approx(0.8 + error, abs=0.012)


def test_every_metric_of_the_task_gets_an_interval_around_its_value() -> None:
    images = detected(5, 0.2)
    found = intervals(images, DETECT, resamples=100)
    whole = np.ones((1, len(images)))
    assert set(found) == set(WEIGHTED[DETECT])
    for name, measure in WEIGHTED[DETECT].items():
        low, high = found[name]
        assert low < measure(images, whole)[0] < high
    assert intervals([], DETECT) == {}


def test_a_model_is_as_good_as_itself() -> None:
    images = detected(5, 0.2)
    paired = paired_drop(images, images, DETECT, "map50", resamples=50)
    assert (paired.drop, paired.low, paired.high, paired.p_value) == (0.0, 0.0, 0.0, 1.0)


def test_pairing_tells_a_loss_that_two_separate_intervals_cannot() -> None:
    """Fifteen of 200 images lost and none won: McNemar is sure, the two intervals of accuracy overlap."""
    parent, candidate = [RIGHT] * 150 + [WRONG] * 50, [RIGHT] * 135 + [WRONG] * 65
    paired = paired_drop(parent, candidate, CLASSIFY, "accuracy")
    assert paired.p_value < 0.01 and paired.low > 0
    assert intervals(parent, CLASSIFY)["accuracy"][0] < intervals(candidate, CLASSIFY)["accuracy"][1]


def test_noise_around_nothing_is_called_noise_as_often_as_it_should_be() -> None:
    """Forty pairs of equally good models: a test at 5 % cries wolf in a few of them at most."""
    rng = random.Random(1)
    alarms = 0
    for _ in range(40):
        a, b = ([RIGHT if rng.random() < 0.7 else WRONG for _ in range(120)] for _ in range(2))
        alarms += paired_drop(a, b, CLASSIFY, "accuracy", resamples=200).p_value < 0.05
    assert alarms <= 6  # binomial(40, .05): more than 6 in one of 250 runs


def test_a_p_value_is_never_nothing() -> None:
    assert two_sided(np.full(99, 0.1)) == pytest.approx(0.02)
    assert two_sided(np.array([-0.1, 0.1, 0.1, 0.1])) == pytest.approx(0.8)


@pytest.mark.parametrize(("lost", "won"), [(0, 0), (5, 0), (12, 3), (7, 7), (30, 14)])
def test_mcnemar_is_the_exact_binomial_test(lost: int, won: int) -> None:
    reference = [True] * lost + [False] * won + [True] * 9 + [False] * 4
    candidate = [False] * lost + [True] * won + [True] * 9 + [False] * 4
    found = mcnemar(candidate, reference)
    assert (found["lost"], found["won"]) == (lost, won)
    expected = binomtest(won, lost + won, 0.5).pvalue if lost + won else 1.0
    assert found["p_value"] == pytest.approx(expected)


def test_influences_of_a_mean_are_the_images_themselves() -> None:
    images = [RIGHT] * 6 + [WRONG] * 4
    assert influences(images, CLASSIFY)["accuracy"] == pytest.approx([0.4] * 6 + [-0.6] * 4)


@pytest.mark.parametrize("metric", ["map50", "map5095"])
def test_comparing_by_influences_agrees_with_the_paired_bootstrap(metric: str) -> None:
    parent, candidate = detected(5, 0.15), detected(6, 0.3)
    measure = WEIGHTED[DETECT][metric]
    paired = paired_drop(parent, candidate, DETECT, metric, resamples=400)
    whole = np.ones((1, len(parent)))
    values = [float(measure(images, whole)[0]) for images in (candidate, parent)]
    moved = [influences(images, DETECT)[metric] for images in (candidate, parent)]
    compared = compare_influences(values[0], values[1], moved[0], moved[1])
    assert compared.drop == pytest.approx(paired.drop)
    assert compared.interval is not None
    width = paired.high - paired.low
    assert compared.interval[0] == pytest.approx(paired.low, abs=0.25 * width)
    assert compared.interval[1] == pytest.approx(paired.high, abs=0.25 * width)


def test_the_images_that_changed_are_those_of_which_one_model_lost_the_objects() -> None:
    parent = [RIGHT] * 20
    candidate = [RIGHT] * 19 + [WRONG]
    moved = [influences(images, CLASSIFY)["accuracy"] for images in (candidate, parent)]
    compared = compare_influences(0.95, 1.0, moved[0], moved[1])
    assert compared.drop == pytest.approx(0.05)
    assert compared.deltas == pytest.approx([0.0] * 19 + [-0.05])


def test_against_a_model_that_finds_nothing_no_drop_is_stated() -> None:
    assert compare_influences(0.5, 0.0, [0.0, 0.0], [0.0, 0.0]).drop is None
    with pytest.raises(ValueError, match="2 images"):
        compare_influences(0.5, 0.5, [0.0, 0.0], [0.0])


def test_the_class_that_lost_most_comes_first() -> None:
    rows = class_deltas({"a": 0.9, "b": 0.4, "c": None}, {"a": 0.8, "b": 0.6, "c": 0.5}, {"a": 12, "b": 3})
    assert [(row["name"], row["n"]) for row in rows] == [("b", 3), ("a", 12), ("c", 0)]
    assert rows[0]["delta"] == pytest.approx(-0.2)


def test_the_details_hold_what_a_report_and_a_later_comparison_need() -> None:
    images = detected(5, 0.2, images=12)
    details = describe(images, ("a", "b", "c"), DETECT, resamples=20)
    assert details["item_ids"] == list(range(1, 13))
    assert {len(values) for values in details["influence"].values()} == {12}
    assert {curve["class"] for curve in details["curves"]["pr"]} <= {"a", "b", "c"}
    assert len(details["curves"]["confusion"]["matrix"]) == 4
    assert details["worst"] and details["right"] == []
