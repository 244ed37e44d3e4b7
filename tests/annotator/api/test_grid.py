"""The grid's routes: what they take, what they answer, and how many questions that costs the database."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from annotator.models import Annotation, QueueEntry
from tests.annotator.services.grids import class_ids, guess_class

pytestmark = pytest.mark.django_db


@pytest.fixture
def bob(client_of: Callable[[Any], APIClient], cast: Any) -> APIClient:
    return client_of(cast.bob)


@pytest.fixture
def fill(
    classification_project: Any, make_item: Callable[..., Any], make_prediction: Callable[..., Any]
) -> Callable[[int, int], Any]:
    """Adds pictures guessed as the first class."""

    def add(start: int, end: int) -> Any:
        for number in range(start, end):
            item = make_item(classification_project, number)
            guess_class(make_prediction, item, class_ids(classification_project)[0], 0.75)
        return classification_project

    return add


def where(project: Any, what: str = "") -> str:
    return f"/api/projects/{project.pk}/grid/{what}"


def draw(api: APIClient, project: Any, **wanted: Any) -> list[dict[str, Any]]:
    body = {"class_id": class_ids(project)[0], **wanted}
    answer = api.post(where(project, "next/"), body, format="json")
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def decision(row: dict[str, Any], given: int, **more: Any) -> dict[str, Any]:
    return {
        "item_id": row["item"]["id"],
        "kind": "submit",
        "lease_token": row["lease"]["token"],
        "revision": row["item"]["revision"],
        "class_id": given,
        "prediction_id": row["guess"]["prediction_id"],
        "duration_ms": 700,
    } | more


def send(api: APIClient, project: Any, items: list[dict[str, Any]], key: str | None = None) -> Any:
    headers = {"HTTP_IDEMPOTENCY_KEY": key or str(uuid.uuid4())}
    return api.post(where(project, "submit/"), {"items": items}, format="json", **headers)


def test_a_row_has_all_that_a_thumbnail_needs(bob: APIClient, fill: Callable[[int, int], Any]) -> None:
    project = fill(0, 1)
    [row] = draw(bob, project)
    entry = QueueEntry.objects.get(project=project)
    item_id = entry.item_id
    assert row == {
        "item": {
            "id": item_id, "name": "picture-0.png", "width": 64, "height": 48, "split": "train", "state": "queued",
            "revision": 0, "thumbnail_url": f"/api/items/{item_id}/thumbnail/",
            "image_url": f"/api/items/{item_id}/image/",
        },
        "guess": {
            "prediction_id": entry.item.predictions.get().pk, "class_id": class_ids(project)[0], "score": 0.75,
            "top3": [],
        },
        "answer": None,
        "lease": {"token": str(entry.lease_token), "until": row["lease"]["until"]},
        "reason": "no_prediction",
    }  # fmt: skip


def test_classes_are_counted(bob: APIClient, fill: Callable[[int, int], Any]) -> None:
    project = fill(0, 3)
    assert bob.get(where(project)).json() == {
        "classes": [{"class_id": class_ids(project)[0], "items": 3}],
        "single": 0,
    }


def test_a_batch_is_answered_picture_by_picture_and_its_key_holds(
    bob: APIClient, fill: Callable[[int, int], Any]
) -> None:
    project = fill(0, 3)
    hat, shoes, _ = class_ids(project)
    rows, key = draw(bob, project), str(uuid.uuid4())
    items = [decision(rows[0], hat), decision(rows[1], shoes), decision(rows[2], hat, revision=9)]
    first = send(bob, project, items, key)
    again = send(bob, project, items, key)
    for answer in (first, again):
        assert [one["outcome"] for one in answer.json()["results"]] == ["done", "done", "conflict"]
        assert answer.json()["results"][2]["problem"]["details"]["current"] == {"revision": 0, "document": None}
    assert Annotation.objects.filter(duration_ms=700).count() == 2


def test_48_are_taken_and_49_are_not(bob: APIClient, fill: Callable[[int, int], Any]) -> None:
    project = fill(0, 49)
    hat = class_ids(project)[0]
    rows = draw(bob, project)
    assert len(rows) == 48
    rows += draw(bob, project, exclude=[row["item"]["id"] for row in rows])
    items = [decision(row, hat) for row in rows]
    refused = send(bob, project, items)
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid")
    assert "items" in refused.json()["details"]["fields"]
    assert not Annotation.objects.exists()
    assert [one["outcome"] for one in send(bob, project, items[:48]).json()["results"]] == ["done"] * 48


def test_a_batch_without_a_key_or_with_nonsense_for_one_is_refused(
    bob: APIClient, fill: Callable[[int, int], Any]
) -> None:
    project = fill(0, 1)
    [row] = draw(bob, project)
    body = {"items": [decision(row, class_ids(project)[0])]}
    without = bob.post(where(project, "submit/"), body, format="json")
    assert (without.status_code, without.json()["code"]) == (428, "precondition_required")
    assert send(bob, project, body["items"], key="x").status_code == 422
    assert not Annotation.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "delete"},
        {"class_id": None},
        {"prediction_id": None},
        {"kind": "report", "reason": " "},
        {"lease_token": "x"},
        {"revision": -1},
    ],
)
def test_a_decision_that_says_too_little_is_refused(
    bob: APIClient, fill: Callable[[int, int], Any], change: dict[str, Any]
) -> None:
    project = fill(0, 1)
    [row] = draw(bob, project)
    answer = send(bob, project, [decision(row, class_ids(project)[0], **change)])
    assert answer.status_code == 400
    assert not Annotation.objects.exists()


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ({"most": 49}, 400),
        ({"most": 0}, 400),
        ({"min_score": -0.1}, 400),
        ({"max_score": "nan"}, 400),
        ({"min_score": 0.8, "max_score": 0.7}, 422),
        ({"class_id": 10**9}, 422),
    ],
)
def test_asking_for_nonsense_is_refused(
    bob: APIClient, fill: Callable[[int, int], Any], wanted: dict[str, Any], status: int
) -> None:
    project = fill(0, 1)
    body = {"class_id": class_ids(project)[0], **wanted}
    assert bob.post(where(project, "next/"), body, format="json").status_code == status
    assert not QueueEntry.objects.exclude(lease_user=None).exists()


def test_a_project_of_boxes_has_no_grid(bob: APIClient, project: Any, labels: dict[str, int]) -> None:
    body = {"class_id": labels["car"]}
    answers = [bob.get(where(project)), bob.post(where(project, "next/"), body, format="json")]
    assert [(one.status_code, one.json()["code"]) for one in answers] == [(422, "no_grid")] * 2


def test_an_outsider_and_another_project_see_nothing(
    bob: APIClient, client_of: Any, cast: Any, fill: Callable[[int, int], Any], project: Any
) -> None:
    closet = fill(0, 1)
    [row] = draw(bob, closet)
    one = [decision(row, class_ids(closet)[0])]
    assert send(client_of(cast.eve), closet, one).status_code == 404
    # bob is in both projects; the picture is not.
    project.task_type = "image_classification"
    project.save()
    assert send(bob, project, one).json()["results"][0]["problem"]["code"] == "not_found"
    held = {"leases": [{"item_id": row["item"]["id"], "token": row["lease"]["token"]}]}
    assert bob.post(where(project, "lease/"), held, format="json").json() == {"lost": [row["item"]["id"]]}
    assert bob.delete(where(project, "lease/"), held, format="json").status_code == 204
    assert QueueEntry.objects.get(item_id=row["item"]["id"]).lease_user_id == cast.bob.pk


def test_leases_are_kept_and_given_back_together(
    bob: APIClient, client_of: Any, cast: Any, fill: Callable[[int, int], Any]
) -> None:
    project = fill(0, 3)
    rows = draw(bob, project)
    held = {"leases": [{"item_id": row["item"]["id"], "token": row["lease"]["token"]} for row in rows]}
    assert bob.post(where(project, "lease/"), held, format="json").json() == {"lost": []}
    assert draw(client_of(cast.carol), project) == []
    assert bob.delete(where(project, "lease/"), held, format="json").status_code == 204
    assert len(draw(client_of(cast.carol), project)) == 3
    assert bob.post(where(project, "lease/"), held, format="json").json()["lost"] == [row["item"]["id"] for row in rows]


def test_a_batch_opened_again_shows_the_answers(bob: APIClient, fill: Callable[[int, int], Any]) -> None:
    project = fill(0, 2)
    hat, shoes, _ = class_ids(project)
    rows = draw(bob, project)
    send(bob, project, [decision(rows[0], hat), decision(rows[1], shoes)])
    ids = [row["item"]["id"] for row in rows]
    opened = bob.post(where(project, "reopen/"), {"item_ids": ids}, format="json").json()["items"]
    assert {row["item"]["id"]: (row["answer"], row["item"]["revision"]) for row in opened} == {
        ids[0]: (hat, 1),
        ids[1]: (shoes, 1),
    }


def test_the_counts_and_the_rows_cost_the_same_whatever_their_number(
    bob: APIClient, client_of: Any, cast: Any, fill: Callable[[int, int], Any]
) -> None:
    project = fill(0, 3)

    def queries(call: Callable[[], Any]) -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            call()
        return [query["sql"] for query in captured]

    few_classes, few = queries(lambda: bob.get(where(project))), queries(lambda: draw(bob, project))
    fill(3, 30)
    carol = client_of(cast.carol)
    many_classes, many = queries(lambda: carol.get(where(project))), queries(lambda: draw(carol, project))
    assert len(few_classes) == len(many_classes) <= 10
    assert len(few) == len(many) <= 22
