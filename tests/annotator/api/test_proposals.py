"""A click over HTTP: the answer, and what is refused."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.cache import cache
from PIL import Image, ImageDraw
from rest_framework.test import APIClient

from annotator import storage
from annotator.core.geometry import iou
from annotator.models import Item
from tests.world import add_items

pytestmark = pytest.mark.django_db
DISC = (300.0, 200.0, 420.0, 320.0)


@pytest.fixture
def item(project: Any) -> Item:
    """A picture of 640 x 480 px with a dark disc on a light ground."""
    image = Image.new("RGB", (640, 480), (225, 222, 210))
    ImageDraw.Draw(image).ellipse(DISC, fill=(60, 90, 150))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=92)
    one = add_items(project, 1)[0]
    Item.objects.filter(pk=one.pk).update(blob=storage.put_bytes(buffer.getvalue()), width=640, height=480)
    one.refresh_from_db()
    return one


@pytest.fixture
def bob(cast: Any, client_of: Any) -> APIClient:
    return client_of(cast.bob)


def ask(client: APIClient, item: Item, **body: Any) -> Any:
    return client.post(f"/api/items/{item.pk}/propose/", body, format="json")


@pytest.mark.parametrize(
    "body", [{"point": [350, 270]}, {"point": [350, 270], "size": 100}, {"box": [280, 180, 440, 340]}]
)
def test_a_click_or_a_box_is_answered_with_the_object(bob: APIClient, item: Item, body: dict[str, Any]) -> None:
    answer = ask(bob, item, **body)
    assert answer.status_code == 200, answer.content
    found = answer.json()
    assert iou(tuple(found["proposal"]["bbox"]), DISC) > 0.9
    assert found["proposal"]["rings"] and "rle" not in found["proposal"]
    assert found["method"] == "grabcut" and found["ms"] > 0
    with_mask = ask(bob, item, **body, mask=True).json()["proposal"]
    assert with_mask["rle"]["size"] == [480, 640]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"point": [5, 5], "box": [0, 0, 9, 9]}, 400),
        ({"point": [5]}, 400),
        ({"point": ["nan", 5]}, 400),
        ({"point": [5, 5], "inside": [[1, 1]] * 33}, 400),
        ({"point": [5, 5], "size": 0}, 400),
        ({"point": [640, 5]}, 422),
        ({"point": [5, 5], "outside": [[-1, 5]]}, 422),
        ({"box": [700, 10, 800, 90]}, 422),
        ({"box": [10, 10, 11, 90]}, 422),
    ],
)
def test_what_makes_no_sense_is_refused(bob: APIClient, item: Item, body: dict[str, Any], status: int) -> None:
    assert ask(bob, item, **body).status_code == status


def test_a_server_without_the_extra_says_so_and_does_not_offer_it(
    bob: APIClient, item: Item, project: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bob.get(f"/api/projects/{project.pk}/").json()["can_cut_out"] is True
    monkeypatch.setattr("annotator.core.grabcut.installed", lambda: False)
    monkeypatch.setattr("annotator.selectors.proposals.installed", lambda: False)
    answer = ask(bob, item, point=[350, 270])
    assert (answer.status_code, answer.json()["code"]) == (409, "assist_not_installed")
    assert bob.get(f"/api/projects/{project.pk}/").json()["can_cut_out"] is False


def test_a_picture_that_has_one_class_has_nothing_to_cut_out(
    bob: APIClient, cast: Any, client_of: Any, classification_project: Any
) -> None:
    one = add_items(classification_project, 1)[0]
    answer = ask(client_of(cast.alice), one, point=[5, 5])
    assert (answer.status_code, answer.json()["code"]) == (422, "nothing_drawn")


def test_who_asks_for_too_many_waits(bob: APIClient, item: Item, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("annotator.api.proposals.AssistThrottle.rate", "2/min", raising=False)
    cache.clear()
    answers = [ask(bob, item, point=[350, 270]) for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert int(answers[2]["Retry-After"]) > 0
    cache.clear()
