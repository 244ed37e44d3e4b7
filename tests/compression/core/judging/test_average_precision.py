"""Our weighted average precision agrees with the reference evaluator, and with a hand calculation for weights."""

from __future__ import annotations

import random
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from compression.core.judging.average_precision import weighted_map50
from compression.core.judging.judgement import ImageResult, judge_image
from compression.core.judging.measures import weighted_accuracy
from prelabel.core.metric import Truth
from prelabel.core.metrics.detection import evaluate_detection

CLASSES = ("RBC", "WBC", "Platelets")


@dataclass(frozen=True)
class Shown:
    bbox: tuple[float, float, float, float]
    class_index: int
    score: float


def real_truths(shared: Path | None) -> list[list[Truth]]:
    """Boxes of 60 real blood pictures; drawn ones where the data is absent."""
    if shared is None:
        rng = random.Random(5)
        corners = [[(rng.uniform(0, 500), rng.uniform(0, 350), rng.randrange(3)) for _ in range(14)] for _ in range(60)]
        return [[Truth((x, y, x + 80, y + 90), c) for x, y, c in image] for image in corners]
    images = []
    for path in sorted((shared / "data" / "bccd").rglob("*.xml"))[:60]:
        objects = []
        for thing in ET.parse(path).getroot().iter("object"):
            box = thing.find("bndbox")
            assert box is not None
            x1, y1, x2, y2 = (float(box.findtext(key) or 0) for key in ("xmin", "ymin", "xmax", "ymax"))
            if x2 > x1 and y2 > y1:
                objects.append(Truth((x1, y1, x2, y2), CLASSES.index(thing.findtext("name") or "RBC")))
        images.append(objects)
    return images


def imperfect_guesses(truths: list[list[Truth]], seed: int) -> list[list[Shown]]:
    """Shifted, missed, relabelled and invented boxes with scores that are only partly telling."""
    rng = random.Random(seed)
    guesses = []
    for objects in truths:
        found = []
        for truth in objects:
            if rng.random() < 0.2:
                continue
            shift = rng.gauss(0, 12)
            x1, y1, x2, y2 = truth.bbox or (0, 0, 1, 1)
            label = truth.class_index if rng.random() < 0.9 else rng.randrange(3)
            found.append(Shown((x1 + shift, y1, x2 + shift, y2 + rng.gauss(0, 6)), label, rng.betavariate(4, 2)))
        for _ in range(rng.randrange(5)):
            x, y = rng.uniform(0, 500), rng.uniform(0, 350)
            found.append(Shown((x, y, x + 60, y + 60), rng.randrange(3), rng.betavariate(2, 4)))
        guesses.append(found)
    return guesses


@pytest.mark.parametrize("seed", [1, 2])
def test_it_equals_the_coco_evaluator_on_real_boxes(shared: Path | None, seed: int) -> None:
    truths = real_truths(shared)
    guesses = imperfect_guesses(truths, seed)
    reference = evaluate_detection(guesses, truths, 3)["map50"]
    images = [judge_image(g, t, 3) for g, t in zip(guesses, truths, strict=True)]
    ours = weighted_map50(images, np.ones((1, len(images))))[0]
    assert 0.2 < reference < 0.95
    assert ours == pytest.approx(reference, abs=1e-6)


def test_a_weight_of_two_is_the_image_taken_twice(shared: Path | None) -> None:
    truths = real_truths(shared)[:10]
    guesses = imperfect_guesses(truths, 3)
    images = [judge_image(g, t, 3) for g, t in zip(guesses, truths, strict=True)]
    weights = np.array([[2, 0, 1, 1, 0, 3, 1, 0, 1, 1]], dtype=float)
    taken = [index for index, weight in enumerate(weights[0]) for _ in range(int(weight))]
    reference = evaluate_detection([guesses[i] for i in taken], [truths[i] for i in taken], 3)["map50"]
    assert weighted_map50(images, weights)[0] == pytest.approx(reference, abs=1e-6)


def test_hand_calculated_weights_of_a_hit_and_a_miss() -> None:
    hit = ImageResult((0,), (0.9,), (True,), (1,))
    miss = ImageResult((), (), (), (1,))
    # recall reaches 1, 1/2 and 0 at precision 1: 101, 51 and 0 of the 101 recall points
    found = weighted_map50([hit, miss], np.array([[2.0, 0.0], [1.0, 1.0], [0.0, 2.0]]))
    assert found == pytest.approx([1.0, 51 / 101, 0.0])


def test_one_true_box_is_found_only_once() -> None:
    truth = [Truth((0, 0, 10, 10), 0)]
    guesses = [Shown((0, 0, 10, 10), 0, 0.6), Shown((0, 0, 10, 9), 0, 0.9), Shown((0, 0, 10, 10), 1, 0.99)]
    image = judge_image(guesses, truth, 2)
    assert image.classes == (1, 0, 0)
    assert image.right == (False, True, False)  # the better score takes it, another class never does


def test_the_json_form_reads_back() -> None:
    image = ImageResult((0, 2), (0.9, 0.25), (True, False), (1, 0, 0))
    assert ImageResult.from_json(image.to_json()) == image


def test_accuracy_counts_the_best_guess_of_images_with_a_class() -> None:
    images = [
        ImageResult((1, 0), (0.8, 0.2), (True, False), (0, 1)),
        ImageResult((0,), (0.9,), (False,), (0, 1)),
        ImageResult((0,), (0.9,), (False,), (0, 0)),
    ]
    assert weighted_accuracy(images, np.array([[1.0, 1.0, 1.0], [3.0, 1.0, 0.0]])) == pytest.approx([0.5, 0.75])
