"""The order of the queue over HTTP."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from annotator.models import AuditEvent, Run
from prelabel.models import QueueOrder
from tests.world import add_items

pytestmark = pytest.mark.django_db


def test_a_lead_chooses_an_order_and_a_run_makes_it(client_of: Any, cast: Any, project: Any) -> None:
    client, url = client_of(cast.alice), f"/api/projects/{project.pk}/queue/order/"
    body = {"strategy": "entropy", "budget": 30, "rule": "mean"}
    key = {"HTTP_IDEMPOTENCY_KEY": str(uuid.uuid4())}
    answer = client.post(url, body, format="json", **key)
    again = client.post(url, body, format="json", **key)
    assert (answer.status_code, again.json()["id"]) == (202, answer.json()["id"])
    run = Run.objects.get()
    assert (run.kind, run.queue, run.params) == ("order_queue", "predict", body)
    order = QueueOrder.objects.get(project=project)
    assert (order.strategy, order.budget, order.rule) == ("entropy", 30, "mean")
    event = AuditEvent.objects.get(verb="queue.choose_order")
    assert (event.actor, event.after) == (cast.alice, body)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"strategy": "best"}, "strategy"),
        ({"budget": 2}, "budget"),
        ({"budget": 1001}, "budget"),
        ({"rule": "x"}, "rule"),
    ],
)
def test_a_choice_that_there_is_not_is_refused(
    client_of: Any, cast: Any, project: Any, wrong: dict[str, Any], field: str
) -> None:
    body = {"strategy": "mix", "budget": 30} | wrong
    answer = client_of(cast.alice).post(f"/api/projects/{project.pk}/queue/order/", body, format="json")
    assert answer.status_code == 400
    assert field in str(answer.json())
    assert not Run.objects.exists()


def test_the_queue_tells_its_order_and_what_comes_next(client_of: Any, cast: Any, project: Any) -> None:
    add_items(project, 12)
    told = client_of(cast.bob).get(f"/api/projects/{project.pk}/queue/").json()
    assert told["order"] == {"strategy": "mix", "budget": 90, "rule": "max", "last": {}}
    assert [one["slug"] for one in told["strategies"]][:2] == ["mix", "least_confident"]
    assert (len(told["next"]), told["next"][0]["name"], told["next"][0]["why"]) == (10, "0.png", None)
    assert told["flat"] is None and told["model"] is None


def test_work_says_why_it_was_chosen(client_of: Any, cast: Any, project: Any) -> None:
    from annotator.models import QueueEntry

    add_items(project, 1)
    QueueEntry.objects.update(why={"code": "unsure", "margin": 0.04})
    work = client_of(cast.bob).post(f"/api/projects/{project.pk}/next/", {}, format="json").json()
    assert work["queue"]["why"] == {"code": "unsure", "margin": 0.04}
