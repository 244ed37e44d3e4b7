"""Polygons over HTTP: drawn, kept with the mask that they fill, opened again; a bad one is refused with its place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from rest_framework.test import APIClient

from annotator.models import Annotation
from prelabel.core.masks import encode_mask
from tests.annotator.api.test_items import draw, submit
from tests.conftest import make_project

pytestmark = pytest.mark.django_db
SQUARE = [[4, 6, 14, 6, 14, 16, 4, 16]]


@pytest.fixture
def work(cast: Any, client_of: Any, make_item: Any) -> tuple[APIClient, dict[str, Any], int]:
    """bob's client, a picture of 64 x 48 px that he has open, and its one class."""
    project = make_project(cast, "semantic_segmentation", ("road",))
    make_item(project, 1)
    bob = client_of(cast.bob)
    return bob, draw(bob, project), project.classes.get().pk


def polygon(rings: Any, class_id: int) -> dict[str, Any]:
    return {"objects": [{"id": "m-1", "class_id": class_id, "polygon": rings}]}


def test_a_polygon_comes_back_with_its_corners_and_its_mask(work: Any) -> None:
    bob, opened, road = work
    assert submit(bob, opened, polygon(SQUARE, road)).status_code == 200
    inside = np.zeros((48, 64), bool)
    inside[6:16, 4:14] = True
    again = bob.post(f"/api/items/{opened['item']['id']}/open/", {}, format="json").json()
    (kept,) = again["annotation"]["objects"]
    assert (kept["polygon"], kept["rle"]) == ([[4.0, 6.0, 14.0, 6.0, 14.0, 16.0, 4.0, 16.0]], encode_mask(inside))
    changed = polygon([[*SQUARE[0][:4], 20, 16, 4, 16]], road)
    assert submit(bob, again, changed).status_code == 200
    assert Annotation.objects.count() == 2


@pytest.mark.parametrize(
    ("rings", "path", "says"),
    [
        ([[4, 6, 14, 6, 70, 16]], "objects[0].polygon[0][4]", "x must be from 0 to 64, not 70"),
        ([[4, 6, 14, 6]], "objects[0].polygon[0]", "at least three corners"),
        ([[4.6, 6, 4.7, 6, 4.7, 20]], "objects[0].polygon", "covers no pixel; make it larger"),
    ],
)
def test_a_bad_polygon_is_refused_with_its_place_and_nothing_is_written(
    work: Any, rings: Any, path: str, says: str
) -> None:
    bob, opened, road = work
    answer = submit(bob, opened, polygon(rings, road))
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_document")
    assert answer.json()["details"]["path"] == path and says in answer.json()["message"]
    assert not Annotation.objects.exists()
