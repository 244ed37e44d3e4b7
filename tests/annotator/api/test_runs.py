"""Runs over HTTP: lists, the story, cancel, retry."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from annotator.models import Run
from annotator.services import runs

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(cast: Any, client_of: Any) -> APIClient:
    return client_of(cast.alice)


def test_runs_are_listed_newest_first_and_filtered(alice: APIClient, project: Any, cast: Any) -> None:
    made = [runs.create_run(actor=cast.alice, project=project, kind=kind, params={}) for kind in ("predict", "retrain")]
    Run.objects.filter(pk=made[0].pk).update(state="failed")
    address = f"/api/projects/{project.pk}/runs/"

    def kinds(query: str = "") -> list[str]:
        return [row["kind"] for row in alice.get(address + query).json()["results"]]

    assert kinds() == ["retrain", "predict"]
    assert kinds("?kind=predict") == ["predict"]
    assert kinds("?state=queued,running") == ["retrain"]
    assert kinds(f"?before={made[1].pk}") == ["predict"]
    assert alice.get(address + "?kind=nonsense").status_code == 422


def test_a_poller_asks_for_what_came_after(alice: APIClient, project: Any, cast: Any) -> None:
    run = runs.create_run(actor=cast.alice, project=project, kind="predict", params={"scope": "new"})
    for message in ("one", "two", "three"):
        runs.add_event(run_id=run.pk, kind="log", message=message)
    found = alice.get(f"/api/runs/{run.pk}/events/?after=1").json()
    assert [(event["seq"], event["message"]) for event in found["results"]] == [(2, "two"), (3, "three")]
    assert found["run"]["params"] == {"scope": "new"}
    assert found["run"]["created_by"] == {"id": cast.alice.pk, "name": "Alice"}


def test_a_run_says_how_many_come_first_and_how_long_its_worker_is_silent(
    alice: APIClient, project: Any, cast: Any, settings: Any
) -> None:
    first, second = (
        runs.create_run(actor=cast.alice, project=project, kind=kind, params={}) for kind in ("retrain", "evaluate")
    )
    runs.create_run(actor=cast.alice, project=project, kind="predict", params={})  # of another queue

    def outlook(run: Run) -> tuple[Any, Any]:
        row = alice.get(f"/api/runs/{run.pk}/").json()
        return row["ahead"], row["silent_s"]

    assert (outlook(first), outlook(second)) == ((0, None), (1, None))
    lease = timezone.now() + timedelta(seconds=settings.RUN_LEASE_S - 90)
    Run.objects.filter(pk=first.pk).update(state="running", lease_until=lease)
    ahead, silent_s = outlook(first)
    assert ahead is None and 90 <= silent_s < 95
    assert outlook(second) == (1, None)


def test_cancel_and_retry(alice: APIClient, project: Any, cast: Any) -> None:
    run = runs.create_run(actor=cast.alice, project=project, kind="predict", params={})
    cancelled = alice.post(f"/api/runs/{run.pk}/cancel/").json()
    assert (cancelled["state"], cancelled["error"]["code"]) == ("cancelled", "cancelled")
    assert alice.post(f"/api/runs/{run.pk}/cancel/").status_code == 409
    assert alice.post(f"/api/runs/{run.pk}/retry/").json()["state"] == "queued"
    refused = alice.post(f"/api/runs/{run.pk}/retry/")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_retryable")
