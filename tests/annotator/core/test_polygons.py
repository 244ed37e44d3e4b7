"""Polygons of a segmentation: which pixels they hold, by a count of crossings for each pixel, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from annotator.core import polygons
from annotator.core.errors import InvalidDocument
from annotator.core.polygons import FillBudget, fill
from annotator.core.tasktypes import TASK_TYPES
from prelabel.core.masks import decode_mask, encode_mask

FIXTURES = Path(__file__).resolve().parents[3] / "frontend" / "src" / "masks" / "fixtures.json"
SEGMENTATION = TASK_TYPES["semantic_segmentation"]


def by_crossings(rings: list[list[float]], height: int, width: int) -> np.ndarray:
    """Even-odd rule, pixel by pixel: how many edges cross the ray to the right of its centre."""
    ys, xs = np.mgrid[:height, :width] + 0.5
    inside = np.zeros((height, width), bool)
    for ring in rings:
        points = list(zip(ring[::2], ring[1::2], strict=True))
        for (ax, ay), (bx, by) in zip([points[-1], *points[:-1]], points, strict=True):
            if ay > by:
                ax, ay, bx, by = bx, by, ax, ay
            if ay < by:
                inside ^= (ay <= ys) & (ys < by) & (ax + (ys - ay) / (by - ay) * (bx - ax) > xs)
    return inside


def star(seed: int, corners: int, height: int, width: int) -> list[float]:
    random = np.random.default_rng(seed)
    turns = np.sort(random.random(corners)) * 2 * np.pi
    far = random.random(corners) * min(height, width) / 2
    xs = np.clip(width / 2 + far * np.cos(turns), 0, width)
    ys = np.clip(height / 2 + far * np.sin(turns), 0, height)
    return [float(value) for value in np.round(np.stack([xs, ys], axis=1), 2).ravel()]


@pytest.mark.parametrize("seed", range(6))
def test_a_polygon_holds_the_pixels_whose_centres_it_has(seed: int) -> None:
    rings = [star(seed, 5 + 7 * seed, 60, 90), star(seed + 100, 9, 60, 90)]
    assert (decode_mask(fill(rings, "p", 90, 60)) == by_crossings(rings, 60, 90)).all()


def test_a_triangle_by_hand_and_a_hole_in_it() -> None:
    # The centres of the diagonal lie on the edge: they belong to the side on their right, so not to this one.
    triangle = [[0.0, 0.0, 4.0, 4.0, 0.0, 4.0]]
    rows = ["....", "#...", "##..", "###."]
    assert (decode_mask(fill(triangle, "p", 4, 4)) == np.array([[c == "#" for c in row] for row in rows])).all()
    framed = [[0.0, 0.0, 4.0, 0.0, 4.0, 4.0, 0.0, 4.0], [1.0, 1.0, 3.0, 1.0, 3.0, 3.0, 1.0, 3.0]]
    assert decode_mask(fill(framed, "p", 4, 4)).sum() == 12


@pytest.mark.parametrize("case", json.loads(FIXTURES.read_text())["polygons"], ids=lambda case: case["name"])
def test_the_browser_is_held_to_the_same_pixels(case: dict[str, object]) -> None:
    height, width = case["size"]
    assert encode_mask(by_crossings(case["rings"], height, width))["counts"] == case["counts"]
    assert fill(case["rings"], "p", width, height)["counts"] == case["counts"]


def drawn(polygon: object, **more: object) -> dict[str, object]:
    return {"objects": [{"id": "m-1", "class_id": 1, "polygon": polygon, **more}]}


def validate(document: object) -> dict[str, object]:
    return SEGMENTATION.validate(document, width=40, height=30, class_ids={1}, kind="annotation")


def test_a_drawn_object_keeps_its_rings_and_gets_the_mask_that_they_fill() -> None:
    lie = {"size": [30, 40], "counts": "0`1"}
    checked = validate(drawn([[2, 3, 12, 3, 12, 13, 2, 13]], rle=lie))["objects"][0]
    assert checked["polygon"] == [[2.0, 3.0, 12.0, 3.0, 12.0, 13.0, 2.0, 13.0]]
    expected = np.zeros((30, 40), bool)
    expected[3:13, 2:12] = True
    assert checked["rle"] == encode_mask(expected)
    assert validate({"objects": [checked]})["objects"][0] == checked


@pytest.mark.parametrize(
    ("polygon", "path"),
    [
        ([], "objects[0].polygon"),
        ("M0 0", "objects[0].polygon"),
        ([[1, 1, 5, 1]], "objects[0].polygon[0]"),
        ([[1, 1, 5, 1, 5]], "objects[0].polygon[0]"),
        ([[1, 1, 5, 1, 5, 5], 7], "objects[0].polygon[1]"),
        ([[1, 1, 5, 1, 5, None]], "objects[0].polygon[0][5]"),
        ([[1, 1, 5, 1, 5, float("inf")]], "objects[0].polygon[0][5]"),
        ([[1, 1, 5, 1, 5, 10**400]], "objects[0].polygon[0][5]"),
        ([[1, 1, 40.5, 1, 5, 5]], "objects[0].polygon[0][2]"),
        ([[1, 1, 5, 1, 5, -0.1]], "objects[0].polygon[0][5]"),
        ([[1, 1, 5, 1, 5, 30.1]], "objects[0].polygon[0][5]"),
        ([[1, 1, 1.2, 1, 1.2, 1.2]], "objects[0].polygon"),  # between the centres of pixels
        ([[40, 0, 40, 30, 40, 10]], "objects[0].polygon"),  # without area, on the border
        ([[1, 1, 5, 1, 5, 5]] * (polygons.MAX_RINGS + 1), "objects[0].polygon"),
        ([[1, 1] * (polygons.MAX_VERTICES + 1)], "objects[0].polygon[0]"),
        ([[1, 1] * polygons.MAX_VERTICES, [1, 1, 5, 1, 5, 5]], "objects[0].polygon"),
    ],
)
def test_what_is_no_polygon_of_the_picture_is_refused_with_its_place(polygon: object, path: str) -> None:
    with pytest.raises(InvalidDocument) as caught:
        validate(drawn(polygon))
    assert (caught.value.status, caught.value.details["path"]) == (422, path)


def test_an_object_without_an_area_is_asked_for_one() -> None:
    with pytest.raises(InvalidDocument, match="needs a mask “rle” or a “polygon”"):
        validate({"objects": [{"id": "m-1", "class_id": 1}]})


def test_polygons_that_would_keep_a_worker_busy_for_long_are_refused() -> None:
    zigzag = [value for n in range(400) for value in (n % 40, 8000 * (n % 2))]
    budget = FillBudget()
    budget.take([zigzag], "objects[0].polygon")  # 3.2 million rows
    with pytest.raises(InvalidDocument) as caught:
        budget.take([zigzag], "objects[1].polygon")
    assert caught.value.details["path"] == "objects[1].polygon"
    with pytest.raises(InvalidDocument):
        FillBudget(pixels=99).take([[0.0, 0.0, 10.0, 0.0, 10.0, 10.0]], "p")
