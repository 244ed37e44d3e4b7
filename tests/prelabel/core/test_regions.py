"""Regions of a class map, counted by hand and with OpenCV's own area."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from annotator.core.masks import UNLABELLED
from prelabel.core.regions import MOST_RINGS, outline, region_at, region_in

GROUND, DISC, SQUARE = 0, 1, 2


@pytest.fixture
def scene() -> np.ndarray:
    """Ground; a 10 x 10 square; another 4 x 4 one that touches it at a corner only; a strip that nobody labelled."""
    found = np.full((40, 60), GROUND, dtype=np.uint8)
    found[10:20, 10:20] = SQUARE
    found[20:24, 20:24] = SQUARE
    found[:, 58:] = UNLABELLED
    return found


def test_a_click_takes_the_connected_part_and_not_what_touches_at_a_corner(scene: np.ndarray) -> None:
    region = region_at(scene, [(12.7, 15.2)], {GROUND, SQUARE})
    assert region is not None and region.class_index == SQUARE
    assert region.mask.shape == (40, 60) and int(region.mask.sum()) == 100
    assert region.mask[10:20, 10:20].all()


def test_further_clicks_add_their_parts(scene: np.ndarray) -> None:
    region = region_at(scene, [(12, 15), (21, 21)], {GROUND, SQUARE})
    assert region is not None and int(region.mask.sum()) == 116
    assert scene.max() == UNLABELLED and int((scene == SQUARE).sum()) == 116  # the map itself is as it was


def test_nothing_is_where_no_class_counts_or_nothing_is_known(scene: np.ndarray) -> None:
    assert region_at(scene, [(12, 15)], {GROUND}) is None
    assert region_at(scene, [(59, 5)], {GROUND, SQUARE}) is None
    assert region_in(scene, (58, 0, 60, 9), {GROUND, SQUARE}) is None


def test_a_box_takes_what_lies_in_it_though_the_ground_fills_more(scene: np.ndarray) -> None:
    # 20 x 20 px, of which the square has 100 and the ground about 284
    region = region_in(scene, (4, 4, 24, 24), {GROUND, SQUARE})
    assert region is not None and region.class_index == SQUARE
    assert int(region.mask.sum()) == 100  # the small one is a speck beside it


def test_a_box_that_holds_nothing_else_takes_the_ground_up_to_its_edge(scene: np.ndarray) -> None:
    region = region_in(scene, (30.4, 2.2, 40.1, 8.0), {GROUND, SQUARE})
    assert region is not None and region.class_index == GROUND
    assert int(region.mask.sum()) == (41 - 30) * (8 - 2)


def test_halves_of_an_object_behind_a_post_belong_together() -> None:
    found = np.full((40, 60), GROUND, dtype=np.uint8)
    found[10:30, 10:40] = DISC
    found[:, 24:26] = GROUND
    region = region_in(found, (8, 8, 42, 32), {GROUND, DISC})
    assert region is not None and int(region.mask.sum()) == 20 * 28


def test_an_outline_filled_again_is_the_mask_with_its_hole() -> None:
    canvas = np.zeros((120, 160), dtype=np.uint8)
    cv2.circle(canvas, (80, 60), 40, 1, -1)
    cv2.circle(canvas, (80, 60), 12, 0, -1)
    mask = canvas.astype(bool)
    bbox, rings = outline(mask)
    assert bbox == (40.0, 20.0, 121.0, 101.0)
    assert len(rings) == 2
    filled = np.zeros_like(canvas)
    scaled = [np.round(np.array(ring).reshape(-1, 2) * 16).astype(np.int32) for ring in rings]
    # fillPoly counts from pixel centres, rings from corners: half a pixel.
    cv2.fillPoly(filled, [ring - 8 for ring in scaled], 1, shift=4)
    both, either = (mask & (filled > 0)).sum(), (mask | (filled > 0)).sum()
    assert both / either > 0.96


def test_an_outline_of_noise_stays_few_enough_to_draw() -> None:
    noise = np.random.default_rng(0).random((300, 300)) > 0.5
    _, rings = outline(noise)
    assert 0 < len(rings) <= MOST_RINGS


def test_a_region_of_one_pixel_has_an_outline_around_its_centre() -> None:
    mask = np.zeros((9, 9), dtype=bool)
    mask[4, 6] = True
    bbox, (ring,) = outline(mask)
    assert bbox == (6.0, 4.0, 7.0, 5.0)
    assert min(ring[::2]) < 6.5 < max(ring[::2]) and min(ring[1::2]) < 4.5 < max(ring[1::2])
