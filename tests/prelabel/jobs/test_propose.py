"""What the deployed segmenter makes of a click: the job with a real network, its answer through the API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from rest_framework.test import APIClient

from annotator import dispatch
from annotator.models import LabelClass
from prelabel.core.masks import decode_mask
from prelabel.jobs import propose
from prelabel.jobs.warm_models import forget_models
from tests.prelabel.conftest import deploy_colours
from tests.prelabel.segments import GREEN, RED, deploy_channels, segmentation_project, squares_item
from tests.world import add_items

pytestmark = pytest.mark.django_db


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The questions that were rung for; nobody answers them by itself."""
    heard: list[int] = []
    monkeypatch.setattr(dispatch, "ask", lambda kind, request_id, expires_s: heard.append(request_id))
    forget_models()
    propose._seen.cache_clear()
    return heard


@pytest.fixture
def project(cast: Any, tmp_path: Path) -> Any:
    made = segmentation_project(cast)
    deploy_channels(made, tmp_path / "channels")
    return made


@pytest.fixture
def item(project: Any) -> Any:
    return squares_item(project)


@pytest.fixture
def bob(cast: Any, client_of: Any) -> APIClient:
    return client_of(cast.bob)


def ask(client: APIClient, item: Any, **body: Any) -> Any:
    return client.post(f"/api/items/{item.pk}/propose/model/", body, format="json")


def answer(client: APIClient, item: Any, request_id: int) -> Any:
    return client.get(f"/api/items/{item.pk}/propose/model/{request_id}/")


def found(client: APIClient, item: Any, **body: Any) -> Any:
    """The answer's body, worked out in this process."""
    asked = ask(client, item, **body)
    assert asked.status_code == 202, asked.content
    propose.run(asked.json()["request"])
    told = answer(client, item, asked.json()["request"])
    assert told.status_code == 200, told.content
    assert told.json()["ready"] is True and told.json()["method"] == "model"
    return told.json()["proposal"]


def label(project: Any, name: str) -> int:
    return LabelClass.objects.get(project=project, name=name).pk


def test_a_click_is_answered_with_the_connected_region_and_its_class(
    bob: APIClient, project: Any, item: Any, rung: list[int]
) -> None:
    got = found(bob, item, point=[28, 18], mask=True)
    assert got["bbox"] == list(RED) and got["class_id"] == label(project, "red")
    # e^12 / (e^12 + 2): the mean probability of the class
    assert got["score"] == pytest.approx(0.99999, abs=1e-5)
    mask = decode_mask(got["rle"])
    assert int(mask.sum()) == 16 * 16 and mask[10:26, 20:36].all()
    (ring,) = got["rings"]
    assert min(ring[::2]) == pytest.approx(20, abs=0.2) and max(ring[::2]) == pytest.approx(36, abs=0.2)
    assert len(rung) == 1


def test_a_box_is_answered_with_what_lies_in_it_and_the_picture_is_looked_at_once(
    bob: APIClient, project: Any, item: Any, rung: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    got = found(bob, item, box=[40, 27, 60, 46])
    assert got["bbox"] == list(GREEN) and got["class_id"] == label(project, "green")
    assert "rle" not in got
    monkeypatch.setattr(propose, "open_variant", lambda *a, **k: pytest.fail("looked again"))
    assert found(bob, item, point=[28, 18], inside=[[5, 5]])["bbox"] == [2, 2, 36, 26]


def test_where_the_model_sees_no_class_of_the_project_nothing_is_proposed(
    bob: APIClient, item: Any, rung: list[int]
) -> None:
    assert found(bob, item, point=[60, 5]) is None  # blue


def test_an_answer_is_one_persons_about_one_item_and_is_forgotten(
    bob: APIClient, item: Any, project: Any, cast: Any, client_of: Any, rung: list[int]
) -> None:
    request_id = ask(bob, item, point=[28, 18]).json()["request"]
    waiting = answer(bob, item, request_id)
    assert (waiting.status_code, waiting.json()) == (202, {"ready": False})
    other = add_items(project, 1, start=7)[0]
    for told in (
        answer(client_of(cast.carol), item, request_id),
        answer(bob, other, request_id),
        answer(bob, item, request_id + 1),
    ):
        assert (told.status_code, told.json()["code"]) == (410, "question_forgotten")
    cache.clear()
    propose.run(request_id)  # too late: nobody waits any more
    assert answer(bob, item, request_id).status_code == 410


def test_without_a_deployed_segmenter_the_code_says_so(
    bob: APIClient, cast: Any, client_of: Any, rung: list[int], tmp_path: Path
) -> None:
    bare = segmentation_project(cast)
    told = ask(bob, squares_item(bare), point=[28, 18])
    assert (told.status_code, told.json()["code"]) == (409, "no_segmentation_model")
    assert rung == []


def test_a_detection_project_has_no_such_model(
    cast: Any, client_of: Any, classification_project: Any, rung: list[int], tmp_path: Path
) -> None:
    from tests.conftest import make_project

    boxes = make_project(cast, "object_detection", ("car", "person"))
    deploy_colours(boxes, tmp_path / "colours")
    told = ask(client_of(cast.bob), squares_item(boxes), point=[28, 18])
    assert (told.status_code, told.json()["code"]) == (409, "no_segmentation_model")


@pytest.mark.parametrize(
    ("body", "status"),
    [({}, 400), ({"point": [5, 5], "box": [0, 0, 9, 9]}, 400), ({"point": [64, 5]}, 422), ({"box": [1, 1, 2, 9]}, 422)],
)
def test_what_makes_no_sense_is_refused(
    bob: APIClient, item: Any, rung: list[int], body: dict[str, Any], status: int
) -> None:
    assert ask(bob, item, **body).status_code == status and rung == []


def test_what_the_worker_ran_into_reaches_the_person(bob: APIClient, item: Any, rung: list[int]) -> None:
    from annotator import storage

    type(item).objects.filter(pk=item.pk).update(blob=storage.put_bytes(b"no picture at all"))
    request_id = ask(bob, item, point=[28, 18]).json()["request"]
    propose.run(request_id)
    told = answer(bob, item, request_id)
    assert told.status_code == 409 and told.json()["code"] == "not_an_image", told.content


def test_who_asks_for_too_many_waits(
    bob: APIClient, item: Any, rung: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("annotator.api.proposals.AssistThrottle.rate", "2/min", raising=False)
    cache.clear()
    assert [ask(bob, item, point=[28, 18]).status_code for _ in range(3)] == [202, 202, 429]
    cache.clear()


def test_a_broker_that_is_down_is_said_at_once(bob: APIClient, item: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from celery import current_app
    from kombu.exceptions import OperationalError

    def down(*args: Any, **options: Any) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(current_app, "send_task", down)
    told = ask(bob, item, point=[28, 18])
    assert (told.status_code, told.json()["code"]) == (503, "redis_down")
