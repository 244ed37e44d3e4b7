"""Every route for every role: deny by default, outsiders cannot tell what exists."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from rest_framework.test import APIClient

from annotator.models import Member, Run, User
from tests.annotator.api.routes import address, api_routes

TABLE: dict[str, list[str]] = tomllib.loads((Path(__file__).with_name("permissions.toml")).read_text())
LEAST = {route: role for role, routes in TABLE.items() for route in routes}
MEMBERS = ("annotator", "lead", "admin")

pytestmark = pytest.mark.django_db


def expected(least: str, person: str) -> int | None:
    """The status of a refusal, None where the person may."""
    if least == "anyone":
        return None
    if person == "anonymous":
        return 401
    if least == "signed_in":
        return None
    if least == "staff":
        return None if person == "staff" else 403
    if person in ("outsider", "staff"):
        return 404  # staff of the server are outsiders of a project like anybody else
    return None if MEMBERS.index(person) >= MEMBERS.index(least) else 403


@pytest.fixture
def people(cast: Any, project: Any) -> dict[str, APIClient]:
    """A client for each role."""
    boss = User.objects.create(email="boss@example.org", is_staff=True)
    admin = User.objects.create(email="admin@example.org")  # dora is staff as well; this one is an admin only
    Member.objects.create(project=project, user=admin, role="admin")
    users = {
        "outsider": cast.eve, "annotator": cast.bob, "lead": cast.alice, "admin": admin, "staff": boss,
    }  # fmt: skip
    clients = {"anonymous": APIClient()}
    for name, user in users.items():
        clients[name] = APIClient()
        clients[name].force_login(user)
    return clients


def test_the_table_has_every_route_once() -> None:
    listed = [route for routes in TABLE.values() for route in routes]
    assert len(listed) == len(set(listed))
    assert set(listed) == set(api_routes())


@pytest.mark.parametrize("route", LEAST)
def test_a_route_answers_each_role_as_the_table_says(
    route: str, world: Any, people: dict[str, APIClient], settings: Any
) -> None:
    method, path = route.split(" ")
    for person, client in people.items():
        wanted = expected(LEAST[route], person)
        with transaction.atomic():
            answer = client.generic(method, address(path, world.ids()), "{}", content_type="application/json")
            transaction.set_rollback(True)
        if wanted is None:
            assert answer.status_code not in (401, 403, 404, 405) and answer.status_code < 500, (person, answer.content)
        else:
            assert answer.status_code == wanted, (person, answer.content)
            assert set(answer.json()) == {"code", "message", "details"}


@pytest.mark.parametrize("kind", ["retrain", "import_model"])
def test_a_lead_sees_the_admins_runs_and_cannot_stop_them(world: Any, client_of: Any, cast: Any, kind: str) -> None:
    run = Run.objects.create(project=world.project, kind=kind, queue="train")
    lead = client_of(cast.alice)
    assert lead.get(f"/api/runs/{run.pk}/").status_code == 200
    assert lead.post(f"/api/runs/{run.pk}/cancel/").status_code == 403
    assert client_of(cast.dora).post(f"/api/runs/{run.pk}/cancel/").status_code == 200


def test_an_id_of_another_project_in_a_body_opens_no_door(
    world: Any, client_of: Any, cast: Any, classification_project: Any
) -> None:
    """alice leads both projects; what is in one cannot be named from the other."""
    other, alice, dora = classification_project.pk, client_of(cast.alice), client_of(cast.dora)
    item = alice.post(f"/api/projects/{other}/items/return/", {"item_ids": [world.item.pk]}, format="json")
    export = alice.post(
        f"/api/projects/{other}/exports/", {"format": "image_folder", "version_id": world.version.pk}, format="json"
    )
    retrain = dora.post(f"/api/projects/{other}/retrain/", {"version_id": world.version.pk}, format="json")
    assert item.json() == {"items": 0}
    assert export.status_code == 404
    assert retrain.status_code == 404


def test_an_inactive_person_is_signed_out_at_the_next_request(client_of: Any, cast: Any, project: Any) -> None:
    bob = client_of(cast.bob)
    User.objects.filter(pk=cast.bob.pk).update(is_active=False)
    assert bob.get("/api/projects/").status_code == 401
