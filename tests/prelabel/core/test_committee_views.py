"""Several looks at a picture: boxes come back to its own pixels, other models' classes are found by name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from prelabel.core.committee import VIEWS, Committee
from prelabel.core.predictor import Guess
from prelabel.core.predictors import load_predictor
from tests.prelabel.toy_models import blob_artifact


class Seeing:
    """Sees the red pixels of a picture as one box, exactly; ``sure`` for each look in turn."""

    embeds = False

    def __init__(self, sure: Sequence[float], classes: tuple[str, ...] = ("a", "b"), index: int = 0) -> None:
        self.sure, self.classes, self.index, self.looks = list(sure), classes, index, 0

    def predict(self, images: Sequence[Any]) -> list[list[Guess]]:
        return [self.look(image)[0] for image in images]

    def look(self, image: Any) -> tuple[list[Guess], Any]:
        ys, xs = np.nonzero(image[..., 0] == 255)
        score = self.sure[self.looks % len(self.sure)]
        self.looks += 1
        box = (float(xs.min()), float(ys.min()), float(xs.max() + 1), float(ys.max() + 1))
        return [Guess(box, self.index, score, ((self.index, score),), 0.1)], None


@pytest.fixture
def picture() -> np.ndarray:
    pixels = np.zeros((90, 160, 3), dtype=np.uint8)
    pixels[20:50, 30:70, 0] = 255
    return pixels


def test_every_view_brings_its_box_back_to_the_pixels_of_the_picture(picture: np.ndarray) -> None:
    fused, _, votes = Committee(Seeing([0.9, 0.6, 0.3])).look_with_votes(picture)
    assert len(votes) == 1 + len(VIEWS)
    for [vote] in votes:
        assert vote[2] == pytest.approx((30, 20, 70, 50))
    assert [one.bbox for one in fused] == [pytest.approx((30, 20, 70, 50))]
    assert fused[0].score == pytest.approx(0.6)


def test_who_only_votes_leaves_the_guesses_alone(picture: np.ndarray) -> None:
    own, _, votes = Committee(Seeing([0.9, 0.6, 0.3]), fused=False).look_with_votes(picture)
    assert [one.score for one in own] == [0.9]
    assert [vote[1] for [vote] in votes] == [0.9, 0.6, 0.3]


def test_other_models_are_heard_by_the_names_of_their_classes(picture: np.ndarray) -> None:
    first, other = Seeing([0.8]), Seeing([0.6], classes=("x", "b", "a"), index=2)
    fused, _ = Committee(first, [other]).look(picture)
    assert [(one.class_index, one.score) for one in fused] == [(0, pytest.approx(0.7))]
    stranger = Seeing([0.6], classes=("x", "b", "a"), index=0)
    fused, _, votes = Committee(first, [stranger]).look_with_votes(picture)
    assert votes[1] == [] and fused[0].score == pytest.approx(0.4)


def test_views_of_a_real_session_agree_on_a_plain_square(tmp_path: Path) -> None:
    predictor = load_predictor(blob_artifact(tmp_path))
    pixels = np.zeros((128, 128, 3), dtype=np.uint8)
    pixels[40:60, 80:100, 0] = 255
    _, _, votes = Committee(predictor, fused=False).look_with_votes(pixels)
    for member in votes:
        box = member[0][2]
        assert box is not None
        assert 80 - 8 < (box[0] + box[2]) / 2 < 100 + 8 and 40 - 8 < (box[1] + box[3]) / 2 < 60 + 8
