"""Projects, classes, members, people, versions, dashboard, audit over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from annotator.models import AuditEvent
from annotator.services import audit

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(cast: Any, client_of: Any) -> APIClient:
    return client_of(cast.alice)


@pytest.fixture
def dora(cast: Any, client_of: Any) -> APIClient:
    return client_of(cast.dora)


def test_a_project_is_made_with_its_classes(dora: APIClient) -> None:
    body = {"name": "Cells", "task_type": "object_detection", "classes": [{"name": "RBC", "color": "#aa0000"}]}
    made = dora.post("/api/projects/", body, format="json")
    assert made.status_code == 201
    row = made.json()
    assert (row["name"], row["role"], row["classes"][0]["color"]) == ("Cells", "admin", "#aa0000")
    assert row["counts"] == {
        "total": 0, "new": 0, "queued": 0, "auto_accepted": 0, "reviewed": 0, "skipped": 0, "problem": 0, "waiting": 0,
    }  # fmt: skip
    assert dora.get("/api/projects/").json()["results"][0]["id"] == row["id"]


def test_a_project_shows_what_the_person_may_do_in_it(world: Any, client_of: Any, cast: Any) -> None:
    address = f"/api/projects/{world.project.pk}/"
    bobs, alices = client_of(cast.bob).get(address).json(), client_of(cast.alice).get(address).json()
    assert bobs["capabilities"] == ["review", "view"]
    assert "train" not in alices["capabilities"] and "freeze" in alices["capabilities"]
    assert alices["counts"]["reviewed"] == 1 and alices["counts"]["waiting"] == 1
    assert alices["splits"] == {"train": 2, "val": 0, "test": 0}
    assert alices["deployment"]["variant_id"] == world.variant.pk
    assert alices["retrain"] == {"due": False, "triggers": []}


def test_settings_need_the_revision_seen(alice: APIClient, project: Any) -> None:
    address, body = f"/api/projects/{project.pk}/", {"accept_threshold": 0.8}
    assert alice.patch(address, body, format="json").status_code == 428
    assert alice.patch(address, body, format="json", HTTP_IF_MATCH="1").json()["revision"] == 2
    stale = alice.patch(address, body, format="json", HTTP_IF_MATCH="1")
    assert (stale.status_code, stale.json()["details"]["current"]) == (412, {"revision": 2})
    for value in ("nan", 1.5, None):
        bad = alice.patch(address, {"accept_threshold": value}, format="json", HTTP_IF_MATCH="2")
        assert bad.status_code == 400


def test_classes_are_added_and_changed(alice: APIClient, project: Any) -> None:
    added = alice.post(f"/api/projects/{project.pk}/labels/", {"name": "truck", "name_zh": "卡车"}, format="json")
    assert added.status_code == 201 and added.json()["index"] == 2
    address = f"/api/labels/{added.json()['id']}/"
    changed = alice.patch(address, {"accept_threshold": 0.97, "archived": True}, format="json").json()
    assert (changed["accept_threshold"], changed["archived"], changed["name_zh"]) == (0.97, True, "卡车")
    assert alice.patch(address, {"name": "car"}, format="json").json()["code"] == "class_exists"


def test_members_come_change_and_go(dora: APIClient, project: Any, cast: Any) -> None:
    address = f"/api/projects/{project.pk}/members/"
    added = dora.post(address, {"email": "eve@example.org", "role": "annotator"}, format="json")
    assert added.status_code == 201 and added.json()["user"]["name"] == "Eve"
    one = f"/api/members/{added.json()['id']}/"
    assert dora.patch(one, {"role": "lead"}, format="json").json()["role"] == "lead"
    assert dora.delete(one).status_code == 204
    assert len(dora.get(address).json()["results"]) == 4
    nobody = dora.post(address, {"email": "nobody@example.org", "role": "lead"}, format="json")
    assert (nobody.status_code, nobody.json()["code"]) == (404, "no_such_user")


def test_the_last_admin_cannot_leave(dora: APIClient, project: Any, cast: Any) -> None:
    me = project.members.get(user=cast.dora).pk
    refused = dora.delete(f"/api/members/{me}/")
    assert (refused.status_code, refused.json()["code"]) == (409, "last_admin")


def test_staff_add_people(dora: APIClient) -> None:
    body = {"email": "frank@example.org", "name": "Frank", "password": "long enough words"}
    assert dora.post("/api/users/", body, format="json").status_code == 201
    again = dora.post("/api/users/", body, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "email_taken")
    assert "frank@example.org" in [row["email"] for row in dora.get("/api/users/").json()["results"]]


def test_no_answer_about_people_holds_a_password(dora: APIClient, project: Any) -> None:
    for address in ("/api/users/", "/api/session/", f"/api/projects/{project.pk}/members/"):
        assert "password" not in dora.get(address).content.decode()


def test_a_version_is_frozen_over_http(alice: APIClient, world: Any) -> None:
    address = f"/api/projects/{world.project.pk}/versions/"
    made = alice.post(address, {"note": "week 1"}, format="json")
    assert made.status_code == 201
    assert made.json()["created_by_name"] == "Alice"
    assert made.json()["counts"]["items"] == 1
    assert [row["number"] for row in alice.get(address).json()["results"]] == [2, 1]


def test_the_audit_log_is_paged_backwards(alice: APIClient, project: Any, cast: Any) -> None:
    for number in range(5):
        audit.record(actor=cast.alice, verb=f"test.{number}", target=project, project_id=project.pk)
    address = f"/api/projects/{project.pk}/audit/?limit=2"
    first = alice.get(address).json()
    second = alice.get(f"{address}&before={first['next']}").json()
    verbs = [row["verb"] for row in first["results"] + second["results"]]
    assert verbs == ["test.4", "test.3", "test.2", "test.1"]


def test_the_audit_log_outlives_the_person(alice: APIClient, project: Any, cast: Any) -> None:
    audit.record(actor=cast.carol, verb="test", target=project, project_id=project.pk)
    cast.carol.delete()
    row = alice.get(f"/api/projects/{project.pk}/audit/").json()["results"][0]
    assert row["actor_name"] == "Carol"
    assert AuditEvent.objects.get(verb="test").actor is None


def test_health_asks_the_database(client: Any, db: None) -> None:
    assert client.get("/api/health/").json() == {"ok": True}
