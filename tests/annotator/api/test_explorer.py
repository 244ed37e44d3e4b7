"""The explorer and the dashboard over HTTP."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from rest_framework.test import APIClient

from annotator.models import Item, QueueEntry, Run
from annotator.services import queue
from tests.world import add_items

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(cast: Any, client_of: Any) -> APIClient:
    return client_of(cast.alice)


@pytest.fixture
def where(project: Any) -> str:
    return f"/api/projects/{project.pk}"


def scores(items: list[Item], *values: float) -> None:
    for item, value in zip(items, values, strict=True):
        Item.objects.filter(pk=item.pk).update(confidence=value)


def test_the_summary_counts_what_the_list_shows(alice: APIClient, where: str, project: Any) -> None:
    scores(add_items(project, 4), 0.1, 0.59, 0.6, 1.0)
    found = alice.get(f"{where}/items/summary/?score=0..0.6").json()
    listed = alice.get(f"{where}/items/?score=0..0.6&order=score").json()["results"]
    assert found["items"] == len(listed) == 2
    assert found["waiting"] == 2 and len(found["bins"]) == 20
    assert found["review"] == {"median_ms": None, "submits": 0, "needed": 10}
    assert [one["name"] for one in found["datasets"]] == ["made"]
    assert found["computed_at"]


@pytest.mark.parametrize(
    "query",
    [
        "items/?score=0.9..0.1",
        "items/?reason=x",
        "items/?order=name",
        "items/?after=x",
        "items/summary/?score=0.9..0.1",
        "items/summary/?state=x",
    ],
)
def test_a_filter_that_makes_no_sense_is_422_and_names_itself(alice: APIClient, where: str, query: str) -> None:
    answer = alice.get(f"{where}/{query}")
    assert answer.status_code == 422
    assert answer.json()["details"]["field"] == query.split("?")[1].split("=")[0]


def test_items_are_listed_by_score_page_by_page(alice: APIClient, where: str, project: Any) -> None:
    items = add_items(project, 3)
    scores(items, 0.7, 0.2, 0.5)
    first = alice.get(f"{where}/items/?order=score&limit=2").json()
    second = alice.get(f"{where}/items/", {"order": "score", "limit": 2, "after": first["next"]}).json()
    assert [row["confidence"] for row in first["results"] + second["results"]] == [0.2, 0.5, 0.7]
    assert second["next"] is None


def test_an_action_for_all_that_fits_becomes_one_run(alice: APIClient, where: str, project: Any) -> None:
    items = add_items(project, 3)
    body = {"action": "return", "filter": {"score": "0..0.6", "state": ""}}
    key = {"HTTP_IDEMPOTENCY_KEY": str(uuid.uuid4())}
    first = alice.post(f"{where}/items/bulk/", body, format="json", **key)
    assert first.status_code == 202, first.content
    assert alice.post(f"{where}/items/bulk/", body, format="json", **key).json()["id"] == first.json()["id"]
    run = Run.objects.get(kind="bulk_items")
    assert (run.queue, run.state) == ("io", "queued")
    assert run.params == {"action": "return", "filter": {"score": "0..0.6"}, "until": items[-1].pk}
    assert alice.post(f"/api/runs/{run.pk}/cancel/").json()["state"] == "cancelled"


@pytest.mark.parametrize(
    "body",
    [
        {"action": "delete", "filter": {}},
        {"action": "return"},
        {"action": "return", "filter": {"colour": "red"}},
        {"action": "return", "filter": {"score": "x"}},
        {"action": "return", "filter": {"state": {"not": "queued"}}},
        {"action": "return", "filter": {"state": ["queued", "new"]}},
    ],
)
def test_an_action_that_is_not_understood_touches_nothing(alice: APIClient, where: str, body: dict[str, Any]) -> None:
    answer = alice.post(f"{where}/items/bulk/", body, format="json")
    assert answer.status_code in (400, 422)
    assert set(answer.json()) == {"code", "message", "details"}
    assert not Run.objects.exists()


def test_tiles_come_one_by_one_or_all(alice: APIClient, world: Any, where: str) -> None:
    found = alice.get(f"{where}/dashboard/?tile=stuck,waiting").json()
    assert set(found) == {"stuck", "waiting", "computed_at"}
    assert found["waiting"] == {"uncertain": 1}
    everything = alice.get(f"{where}/dashboard/?days=7").json()
    assert set(everything) == {
        "progress", "throughput", "acceptance", "spot_checks", "stuck", "waiting", "sources", "computed_at",
    }  # fmt: skip
    assert everything["throughput"][0]["n"] == 1


@pytest.mark.parametrize("query", ["tile=weather", "days=367", "days=x", "source=999999", "source=x"])
def test_a_look_that_makes_no_sense_is_422(alice: APIClient, where: str, query: str) -> None:
    answer = alice.get(f"{where}/dashboard/?{query}")
    assert answer.status_code == 422
    assert answer.json()["details"]["field"] == query.split("=")[0]


def test_a_lead_sees_who_holds_what(alice: APIClient, cast: Any, where: str, project: Any) -> None:
    item = add_items(project, 1)[0]
    until = queue.lease_item(actor=cast.bob, item=item).lease_until
    (row,) = alice.get(f"{where}/holders/").json()["results"]
    assert row["user"]["name"] == "Bob" and row["held"] == 1 and row["items"][0]["id"] == item.pk
    assert until is not None and QueueEntry.objects.get(item=item).lease_user == cast.bob
