"""Maps from scores to shares, and what is learned of them, against hand-computed values and scikit-learn."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest
from sklearn.isotonic import IsotonicRegression

from prelabel.core.calibration import Outcome
from prelabel.core.calibration_fit import fit_calibration, fit_isotonic, fit_temperature
from prelabel.core.score_maps import Calibration, ScoreMap, calibration_error, logit, reliability


def _sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def test_a_temperature_of_two_halves_the_logit() -> None:
    # logit(.8) = ln 4, halved = ln 2, so 2 of 3
    assert ScoreMap(temperature=2.0).of(0.8) == pytest.approx(2 / 3)
    assert ScoreMap(temperature=2.0).least_score(2 / 3) == pytest.approx(0.8)
    assert ScoreMap().of(0.123) == 0.123 == ScoreMap().least_score(0.123)


def test_points_are_joined_by_straight_lines_and_end_level() -> None:
    steps = ScoreMap(points=((0.2, 0.1), (0.4, 0.5), (0.6, 0.5), (0.8, 0.9)))
    assert [steps.of(score) for score in (0.0, 0.3, 0.5, 0.7, 1.0)] == pytest.approx([0.1, 0.3, 0.5, 0.7, 0.9])
    assert steps.least_score(0.3) == pytest.approx(0.3)
    assert steps.least_score(0.5) == pytest.approx(0.4)  # where the level begins
    assert steps.least_score(0.05) == 0.2  # nothing is known below
    assert steps.least_score(0.95) is None


def test_isotonic_pools_what_falls_as_by_hand() -> None:
    # Right, wrong, right: the first two fall and are pooled to a half.
    found = fit_isotonic([(0.2, True), (0.4, False), (0.6, True)])
    assert found.points == ((0.2, 0.5), (0.4, 0.5), (0.6, 1.0))


def test_isotonic_is_scikit_learns() -> None:
    rng = random.Random(3)
    pairs = [(score := rng.random(), rng.random() < score**2) for _ in range(300)]
    model = IsotonicRegression(out_of_bounds="clip").fit([one for one, _ in pairs], [float(r) for _, r in pairs])
    ask = [index / 50 for index in range(51)]
    found = fit_isotonic(pairs)
    assert [found.of(score) for score in ask] == pytest.approx(model.predict(ask).tolist())


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_a_known_temperature_is_recovered(temperature: float) -> None:
    # Each score stands for 1000 guesses of which exactly the share of this temperature is right.
    pairs = []
    for score in (0.1, 0.3, 0.5, 0.7, 0.9):
        right = round(1000 * _sigmoid(logit(score) / temperature))
        pairs += [(score, index < right) for index in range(1000)]
    assert fit_temperature(pairs).temperature == pytest.approx(temperature, rel=5e-3)


def test_scores_that_rise_where_guesses_get_worse_stay_as_they_are() -> None:
    assert fit_temperature([(0.9, False)] * 50 + [(0.1, True)] * 50) == ScoreMap()


def test_the_calibration_error_by_hand() -> None:
    # Bin .9 to 1: two of confidence .95, one right: gap .45. Bin .1 to .2: two of .15, none right: gap .15.
    pairs = [(0.95, True), (0.95, False), (0.15, False), (0.15, False)]
    assert calibration_error(pairs) == pytest.approx((2 * 0.45 + 2 * 0.15) / 4)
    assert [(row["accuracy"], row["n"]) for row in reliability(pairs)] == [(0.0, 2), (0.5, 2)]
    assert calibration_error([]) == 0.0
    assert reliability([(1.0, True)]) == [{"confidence": 1.0, "accuracy": 1.0, "n": 1}]


def _outcomes(n: int, truth: float, seed: int = 1) -> list[Outcome]:
    """``truth``: the temperature by which scores overstate."""
    rng = random.Random(seed)
    made = []
    for index in range(n):
        score = 0.25 + 0.74 * rng.random()
        right = rng.random() < _sigmoid(logit(score) / truth)
        made.append(Outcome(index // 10, index % 2, score, right))
    return made


def test_overstated_scores_are_calibrated_on_pictures_that_the_fit_never_saw() -> None:
    outcomes = _outcomes(2000, 3.0)
    fitted = fit_calibration(outcomes)
    right = [one.right for one in outcomes]
    before = calibration_error([(one.score, one.right) for one in outcomes])
    after = calibration_error(list(zip(fitted.held_out, right, strict=True)))
    assert fitted.calibration.kind == "temperature"
    assert set(fitted.calibration.per_class) == {0, 1}
    assert fitted.losses["temperature"] < fitted.losses["none"]
    assert after < before / 2


def test_scores_that_are_right_as_they_are_stay() -> None:
    assert fit_calibration(_outcomes(2000, 1.0)).calibration.kind in ("none", "temperature")


@pytest.mark.parametrize(
    ("outcomes", "why"),
    [
        ([], {"code": "few", "guesses": 0, "pictures": 0}),
        ([Outcome(1, 0, 0.5, True), Outcome(1, 0, 0.6, False)] * 100, {"code": "few", "guesses": 200, "pictures": 1}),
        ([Outcome(index, 0, 0.5, True) for index in range(200)], {"code": "one_sided"}),
    ],
)
def test_too_little_to_learn_from_leaves_scores_alone_and_says_why(
    outcomes: list[Outcome], why: dict[str, Any]
) -> None:
    found = fit_calibration(outcomes).calibration
    assert found.kind == "none"
    assert why.items() <= found.reason.items()
    assert found.of(0).of(0.7) == 0.7


def test_a_calibration_survives_json() -> None:
    made = Calibration(
        "isotonic", ScoreMap(points=((0.2, 0.1), (0.9, 1.0))), {3: ScoreMap(temperature=1.5)}, {"code": "x"}
    )
    assert Calibration.from_json(made.to_json()) == made
