"""Tiles cover pictures, small objects in a large picture are found by them, and no object is found twice."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
import torch
from torchvision.ops import batched_nms

from prelabel.core.predictor import Guess
from prelabel.core.predictors import load_predictor
from prelabel.core.tiling import MOST_TILES, Part, TiledPredictor, Tiles, merged, plan_tiles
from tests.prelabel.toy_models import blob_artifact


def part(box: tuple[float, float, float, float], score: float, cut: bool = False, index: int = 0) -> Part:
    return Part(Guess(box, index, score, ((index, score),), 0.1), cut)


@pytest.mark.parametrize(("width", "height"), [(1000, 700), (4000, 3000), (20000, 20), (641, 640)])
def test_tiles_cover_every_pixel_overlap_as_asked_and_are_bounded(width: int, height: int) -> None:
    planned = plan_tiles(width, height, 320, Tiles(320, 0.2, large_only=False))
    assert 1 < len(planned) <= MOST_TILES
    seen = np.zeros((height, width), dtype=bool)
    for x1, y1, x2, y2 in planned:
        assert 0 <= x1 < x2 <= width and 0 <= y1 < y2 <= height
        seen[y1:y2, x1:x2] = True
    assert seen.all()
    side = planned[0][2] - planned[0][0]
    starts = sorted({x1 for x1, *_ in planned})
    assert all(later - earlier <= 0.8 * side + 1 for earlier, later in itertools.pairwise(starts))


def test_auto_cuts_only_pictures_that_the_input_would_shrink_much() -> None:
    assert plan_tiles(799, 600, 320, Tiles()) == []
    assert plan_tiles(800, 600, 320, Tiles())
    assert plan_tiles(300, 300, 320, Tiles(large_only=False)) == []


def test_whole_boxes_are_merged_as_nms_of_torchvision_does() -> None:
    random = np.random.default_rng(4)
    corners = random.uniform(0, 200, (120, 2))
    boxes = np.hstack([corners, corners + random.uniform(10, 80, (120, 2))])
    scores, classes = random.random(120), random.integers(0, 3, 120)
    parts = [
        part(tuple(box), float(score), index=int(one)) for box, score, one in zip(boxes, scores, classes, strict=True)
    ]
    kept = batched_nms(torch.tensor(boxes), torch.tensor(scores), torch.tensor(classes), 0.45).tolist()
    assert [one.score for one in merged(parts, 0.45)] == pytest.approx([scores[index] for index in kept])


def test_halves_of_an_object_become_one_and_a_whole_box_wins_over_them() -> None:
    left, right = part((10, 10, 60, 50), 0.9, cut=True), part((45, 10, 100, 50), 0.8, cut=True)
    assert [one.bbox for one in merged([left, right], 0.45)] == [(10, 10, 60, 50), (45, 10, 100, 50)]  # 15 of 50 px
    right = part((30, 10, 100, 50), 0.8, cut=True)
    assert [one.bbox for one in merged([left, right], 0.45)] == [(10, 10, 100, 50)]
    whole = part((8, 9, 101, 51), 0.7)
    [found] = merged([left, right, whole], 0.45)
    assert (found.bbox, found.score) == ((8, 9, 101, 51), 0.9)
    other = part((10, 10, 60, 50), 0.6, cut=True, index=1)
    assert len(merged([left, other], 0.45)) == 2
    inside = part((20, 20, 30, 30), 0.5)
    assert len(merged([whole, inside], 0.45)) == 2  # a small one before a large one of its class stays


def test_small_objects_in_a_large_picture_are_found_in_tiles_only_and_once_each(tmp_path: Path) -> None:
    """A net that sees red squares of its own pixels: of 12 px in 1,280 nothing is left at an input of 128."""
    plain = load_predictor(blob_artifact(tmp_path))
    picture = np.zeros((960, 1280, 3), dtype=np.uint8)
    corners = [(x, y) for y in range(40, 900, 170) for x in range(30, 1240, 130)]
    for x, y in corners:
        picture[y : y + 12, x : x + 12, 0] = 255
    tiled = TiledPredictor(plain, 128, Tiles(160, 0.2, large_only=False), 0.2)
    truths = [(x, y, x + 12, y + 12) for x, y in corners]

    def recall(guesses: list[Guess]) -> float:
        near = [any(_reaches(one, truth) for one in guesses if one.score >= 0.5) for truth in truths]
        return sum(near) / len(near)

    alone, features = plain.look(picture)
    together, same = tiled.look(picture)
    assert recall(alone) == 0.0
    assert recall(together) >= 0.95
    assert sum(one.score >= 0.5 for one in together) <= 1.1 * len(truths)
    assert (features is None) == (same is None)


def _reaches(guess: Guess, truth: tuple[int, int, int, int]) -> bool:
    assert guess.bbox is not None
    x, y = (truth[0] + truth[2]) / 2, (truth[1] + truth[3]) / 2
    return guess.bbox[0] - 6 <= x <= guess.bbox[2] + 6 and guess.bbox[1] - 6 <= y <= guess.bbox[3] + 6
