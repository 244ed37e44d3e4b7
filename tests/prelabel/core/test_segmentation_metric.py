"""Mean IoU by hand and against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, jaccard_score

from prelabel.core.masks import UNLABELLED, encode_mask
from prelabel.core.metric import Truth
from prelabel.core.metrics import metric_for
from prelabel.core.pixel_counts import class_iou, confusion_counts, image_counts, mean_iou, sparse, summarize
from prelabel.core.predictor import Guess


def guess(index: int, mask: np.ndarray) -> Guess:
    return Guess(None, index, 0.9, (), 0.0, encode_mask(mask))


def test_by_hand() -> None:
    # Truth 0 0 1 1, guess 0 1 1 1: IoU of 0 = 1/2, of 1 = 2/3; class 2 occurs nowhere and does not count.
    counts = confusion_counts(np.array([[0, 0, 1, 1]], np.uint8), np.array([[0, 1, 1, 1]], np.uint8), 3)
    assert counts.tolist() == [[1, 1, 0, 0], [0, 2, 0, 0], [0, 0, 0, 0]]
    assert float(mean_iou(counts)) == pytest.approx((1 / 2 + 2 / 3) / 2)
    found = summarize(counts)
    assert found["pixel_accuracy"] == 0.75
    assert found["per_class"][0] == {"iou": 0.5, "recall": 0.5, "precision": 1.0, "truths": 2}
    assert sparse(counts) == [(0, 0, 1), (0, 1, 1), (1, 1, 2)]


def test_unlabelled_truth_does_not_count_and_a_missing_guess_is_a_miss() -> None:
    truth = np.array([[0, 0, UNLABELLED, 1]], np.uint8)
    found = np.array([[0, UNLABELLED, 1, 1]], np.uint8)
    counts = confusion_counts(truth, found, 2)
    assert counts.tolist() == [[1, 0, 1], [0, 1, 0]]
    assert class_iou(counts).tolist() == [0.5, 1.0]


def test_against_scikit_learn() -> None:
    random = np.random.default_rng(8)
    truth = random.integers(0, 4, (30, 40)).astype(np.uint8)
    found = np.where(random.random((30, 40)) < 0.6, truth, random.integers(0, 4, (30, 40))).astype(np.uint8)
    counts = confusion_counts(truth, found, 4)
    assert (counts[:, :4] == confusion_matrix(truth.ravel(), found.ravel())).all()
    assert float(mean_iou(counts)) == pytest.approx(jaccard_score(truth.ravel(), found.ravel(), average="macro"))


def test_weights_of_images_count_as_repeating_them() -> None:
    random = np.random.default_rng(9)
    pairs = [(random.integers(0, 3, (6, 7)).astype(np.uint8), random.integers(0, 3, (6, 7)).astype(np.uint8))] * 1
    pairs += [(random.integers(0, 3, (6, 7)).astype(np.uint8), random.integers(0, 3, (6, 7)).astype(np.uint8))]
    counts = np.stack([confusion_counts(truth, found, 3) for truth, found in pairs])
    weights = np.array([[1, 1], [3, 0], [0, 2]])
    resampled = np.tensordot(weights, counts, axes=1)
    repeated = counts[0] + counts[0] + counts[0]
    assert mean_iou(resampled).shape == (3,)
    assert mean_iou(resampled)[1] == pytest.approx(float(mean_iou(repeated)))


def test_guesses_and_truths_with_masks_are_compared_over_all_images() -> None:
    truth = np.array([[0, 0], [1, 1]], np.uint8)
    truths = [[Truth(None, index, encode_mask(truth == index)) for index in (0, 1)]] * 2
    guesses = [
        [guess(0, truth == 0), guess(1, truth == 1)],
        [guess(0, np.ones((2, 2), bool))],
    ]
    found = metric_for("semantic_segmentation").load()(guesses, truths, 2)
    # Class 0: 4 of 6 pixels; class 1: 2 of 4.
    assert found["miou"] == pytest.approx((4 / 6 + 2 / 4) / 2)
    assert image_counts(guesses[1], truth, 2).tolist() == [[2, 0, 0], [2, 0, 0]]
