"""Metrics against hand-made values, pycocotools' conventions and scikit-learn."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from prelabel.core.metric import Truth
from prelabel.core.metrics import METRICS, metric_for
from prelabel.core.metrics.classification import evaluate_classification
from prelabel.core.metrics.detection import evaluate_detection
from prelabel.core.metrics.detection_matching import evaluate_matching, match_image
from prelabel.core.predictor import Guess

Box = tuple[float, float, float, float]


def _guess(box: Box | None, class_index: int, score: float) -> Guess:
    return Guess(box, class_index, score, ((class_index, score),), 0.0)


A, B, C = (0.0, 0.0, 10.0, 10.0), (20.0, 0.0, 30.0, 10.0), (40.0, 0.0, 50.0, 10.0)


def test_perfect_guesses_score_one_and_no_guesses_zero() -> None:
    truths = [[Truth(A, 0), Truth(B, 1)], [Truth(C, 0)]]
    perfect = [[_guess(A, 0, 0.9), _guess(B, 1, 0.8)], [_guess(C, 0, 0.7)]]
    result = evaluate_detection(perfect, truths, 3)
    assert (result["map50"], result["map5095"]) == pytest.approx((1.0, 1.0))
    assert result["per_class"][2] == {"map50": None, "map5095": None, "truths": 0}
    assert evaluate_detection([[], []], truths, 3)["map50"] == 0.0
    assert evaluate_detection([[_guess(A, 0, 0.9)]], [[]], 3)["map50"] == 0.0


def test_a_false_positive_above_a_hit_halves_the_precision() -> None:
    # Wrong at 0.9, right at 0.8: precision 1/2 at recall 1, so every one of the 101 points is 0.5.
    result = evaluate_detection([[_guess(C, 0, 0.9), _guess(A, 0, 0.8)]], [[Truth(A, 0)]], 1)
    assert result["map50"] == pytest.approx(0.5)


def test_a_missed_object_costs_the_recall_points_it_would_have_reached() -> None:
    # One of two found: recall 0.5, that is 51 of the 101 points at precision 1.
    result = evaluate_detection([[_guess(A, 0, 0.9)]], [[Truth(A, 0), Truth(B, 0)]], 1)
    assert result["map50"] == pytest.approx(51 / 101)


def test_the_strict_mean_counts_only_the_thresholds_that_the_overlap_reaches() -> None:
    # Width 8 of 10: IoU 0.8, which reaches 0.50 … 0.80, seven of ten thresholds.
    result = evaluate_detection([[_guess((0, 0, 8, 10), 0, 0.9)]], [[Truth(A, 0)]], 1)
    assert result["map50"] == pytest.approx(1.0)
    assert result["map5095"] == pytest.approx(0.7)


def test_the_second_guess_of_one_object_is_wrong_and_only_the_best_hundred_count() -> None:
    twice = evaluate_detection([[_guess(A, 0, 0.9), _guess(A, 0, 0.8)]], [[Truth(A, 0), Truth(B, 0)]], 1)
    assert twice["map50"] == pytest.approx(51 / 101)
    crowd = [_guess((100.0 + i, 50, 101.0 + i, 60), 0, 0.9) for i in range(100)]
    assert evaluate_detection([[*crowd, _guess(A, 0, 0.5)]], [[Truth(A, 0)]], 1)["map50"] == 0.0


def test_random_boxes_agree_with_a_plain_average_precision() -> None:
    """Against 101-point average precision written out here (one class, one threshold at a time)."""
    rng = random.Random(3)
    guesses, truths = [], []
    for _ in range(30):
        real, found = [], []
        for slot in range(rng.randint(0, 5)):
            x = 60.0 * slot
            real.append(Truth((x, 0, x + 40, 40), 0))
            shift = rng.uniform(0, 25)
            if rng.random() < 0.8:
                found.append(_guess((x + shift, 0, x + 40 + shift, 40), 0, rng.random()))
        if rng.random() < 0.5:
            found.append(_guess((900, 900, 950, 950), 0, rng.random()))
        guesses.append(found)
        truths.append(real)
    assert evaluate_detection(guesses, truths, 1)["map50"] == pytest.approx(_plain_ap(guesses, truths, 0.5), abs=1e-9)


def _plain_ap(guesses: list[list[Guess]], truths: list[list[Truth]], threshold: float) -> float:
    flat = sorted(((g.score, i, g) for i, found in enumerate(guesses) for g in found), key=lambda row: -row[0])
    total, used, hits = sum(map(len, truths)), set(), []
    for _, image, guess in flat:
        best = max(
            ((_iou(guess.bbox, t.bbox), n) for n, t in enumerate(truths[image]) if (image, n) not in used),
            default=(0.0, -1),
        )
        hits.append(best[0] >= threshold)
        if hits[-1]:
            used.add((image, best[1]))
    points, right = [], 0
    for rank, hit in enumerate(hits, start=1):
        right += hit
        points.append((right / total, right / rank))
    return sum(max((p for r, p in points if r >= k / 100), default=0.0) for k in range(101)) / 101


def _iou(a: Box, b: Box) -> float:
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    shared = max(0.0, width) * max(0.0, height)
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)


def test_matching_is_one_to_one_class_aware_and_best_score_first() -> None:
    truths = [Truth(A, 0)]
    assert match_image([_guess(A, 0, 0.9), _guess(A, 0, 0.8)], truths).right == 1
    assert match_image([_guess(A, 1, 0.9)], truths).right == 0
    assert match_image([_guess(A, 1, 0.9)], truths, class_aware=False).right == 1
    assert match_image([_guess(A, 0, 0.29)], truths).shown == 0
    assert match_image([_guess(A, 0, 0.3)], truths).shown == 1
    # Width 5 of 10: IoU exactly 0.5 is enough.
    assert match_image([_guess((0, 0, 5, 10), 0, 0.9)], truths).right == 1


def test_matching_sums_over_images() -> None:
    result = evaluate_matching(
        [[_guess(A, 0, 0.9), _guess(C, 0, 0.9)], []], [[Truth(A, 0)], [Truth(B, 0), Truth(C, 0)]], 1
    )
    assert (result["precision"], result["recall"]) == (0.5, pytest.approx(1 / 3))
    assert result["f1"] == pytest.approx(0.4)
    assert [(m.right, m.shown, m.truths) for m in result["per_image"]] == [(1, 2, 1), (0, 0, 2)]


def test_accuracy_and_macro_f1_agree_with_scikit_learn() -> None:
    sklearn = pytest.importorskip("sklearn.metrics")
    rng = random.Random(1)
    true = [rng.randrange(5) for _ in range(300)]
    guessed = [t if rng.random() < 0.6 else rng.randrange(4) for t in true]
    result = evaluate_classification([[_guess(None, g, 0.9)] for g in guessed], [[Truth(None, t)] for t in true], 7)
    assert result["accuracy"] == pytest.approx(sklearn.accuracy_score(true, guessed))
    assert result["macro_f1"] == pytest.approx(sklearn.f1_score(true, guessed, average="macro"))


def test_no_guess_for_a_picture_is_a_wrong_one() -> None:
    result = evaluate_classification([[], [_guess(None, 1, 0.5)]], [[Truth(None, 1)], [Truth(None, 1)]], 2)
    assert result["accuracy"] == 0.5
    assert result["per_class"][1]["recall"] == 0.5
    assert result["per_class"][1]["precision"] == 1.0


@pytest.mark.parametrize("slug", METRICS)
def test_every_metric_of_the_table_gives_its_main_number_between_zero_and_one(slug: str) -> None:
    info = METRICS[slug]
    box = A if info.task_type == "object_detection" else None
    mask = {"size": [2, 2], "counts": "04"} if info.task_type == "semantic_segmentation" else None
    guess = replace(_guess(box, 0, 0.9), rle=mask)
    result = info.load()([[guess]], [[Truth(box, 0, mask)]], 2)
    assert 0.999 <= result[info.main] <= 1.0
    assert metric_for(info.task_type).task_type == info.task_type
