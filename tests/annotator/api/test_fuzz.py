"""Nonsense on every route: whatever comes, the answer is a clear refusal and never a 5xx."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from django.db import transaction
from rest_framework.test import APIClient

from tests.annotator.api.routes import address, api_routes

pytestmark = pytest.mark.django_db

IDS = [0, 10**6, 2**31, 2**63 - 1, 2**63, 10**40]
VALUES: list[Any] = [
    None, True, -1, 0, 2**31, 2**63, 10**40, 1.5, 1e308, "", " ", "a\x00b", "x" * 5000, "²", "nan", "-inf", "1e999",
    "\u202e", "🜁", [], [None], [[[[]]]], {}, {"a": {"b": None}}, ["x"] * 60, "../../etc/passwd", "<script>",
]  # fmt: skip
BODIES = [
    b"", b"{", b"null", b"[]", b"42", b'"text"', b"{}", b"[" * 3000, b"\xff\xfe", b'{"a": NaN}', b'{"name": "\\ud800"}',
    b'{"document": {"objects": [{"id": "\\u0000", "class_id": 1, "bbox": [1, 2, 3, 4]}]}}',
]  # fmt: skip
FIELDS = [
    "email", "password", "locale", "name", "description", "task_type", "classes", "color", "show_threshold", "index",
    "role", "exclude", "item_ids", "token", "lease_token", "document", "duration_ms", "reason", "path", "format",
    "labels", "split", "dataset", "dry_run", "version_id", "images", "note", "include_auto", "scope", "dataset_id",
    "base", "preset", "epochs", "image_size", "minutes", "seed", "deploy_if_passed", "accept_threshold", "archived",
    "dataset_version_id", "source", "plan", "search", "teacher_version_id", "budgets", "gates", "targets", "queue",
    "stage",
]  # fmt: skip
QUERIES = [
    "after=²", "after=-1", "limit=0", "state=%00", "kind=%00", "q=%FF%00", "class=1e9", "precision=nan", "precision=x",
    "before=" + "9" * 400, "format=xml", "split=train%27--", "dataset=" + "1" * 19,
]  # fmt: skip
HEADERS = [
    {}, {"HTTP_IF_MATCH": "0"}, {"HTTP_IF_MATCH": "9" * 100}, {"HTTP_IF_MATCH": "*", "HTTP_IDEMPOTENCY_KEY": "\xff"},
]  # fmt: skip


@pytest.fixture
def boss(cast: Any, world: Any) -> APIClient:
    """dora is staff and the project's admin: no refusal for want of a right hides what is behind it."""
    client = APIClient(raise_request_exception=True)
    client.force_login(cast.dora)
    return client


def send(client: APIClient, method: str, where: str, body: bytes, **headers: Any) -> None:
    with transaction.atomic():
        answer = client.generic(method, where, body, content_type="application/json", **headers)
        transaction.set_rollback(True)
    assert answer.status_code < 500, (method, where, body[:200], answer.content[:300])
    if answer.status_code >= 400:
        assert set(answer.json()) == {"code", "message", "details"}


@pytest.mark.parametrize("route", api_routes())
def test_nonsense_is_refused_and_never_breaks_the_server(route: str, boss: APIClient, world: Any) -> None:
    method, path = route.split(" ")
    dice = random.Random(route)
    for one in IDS if "<" in path else []:
        send(boss, method, address(path, dict.fromkeys(world.ids(), one)), b"{}")
    if method == "DELETE" and "members" in path:
        return
    where = address(path, world.ids())
    if method == "GET":
        for query in QUERIES:
            send(boss, "GET", f"{where}?{query}", b"")
        return
    for body in BODIES:
        send(boss, method, where, body, **dice.choice(HEADERS))
    for field in dice.sample(FIELDS, 12):
        send(boss, method, where, json.dumps({field: dice.choice(VALUES)}).encode(), **dice.choice(HEADERS))
    for _ in range(8):
        body = {field: dice.choice(VALUES) for field in dice.sample(FIELDS, 20)}
        send(boss, method, where, json.dumps(body).encode(), **dice.choice(HEADERS))


@pytest.mark.parametrize("value", VALUES)
def test_odd_values_in_documents_are_refused_or_kept_whole(boss: APIClient, world: Any, value: Any) -> None:
    work = boss.post(f"/api/projects/{world.project.pk}/next/", {}, format="json").json()
    good = {"id": "m", "bbox": [1, 2, 30, 40], "class_id": world.label.pk, "origin": "manual", "prediction_id": None}
    documents: list[Any] = [{"objects": value}, {"objects": [value]}]
    documents += [{"objects": [good | {field: value}]} for field in good]
    documents += [{"objects": [good | {"bbox": [1, value, 30, 40]}]}]
    for document in documents:
        body = json.dumps({"document": document, "lease_token": work["lease"]["token"]}).encode()
        for method, name in (("PUT", "draft"), ("POST", "submit")):
            send(boss, method, f"/api/items/{world.item.pk}/{name}/", body, HTTP_IF_MATCH="0")


def test_an_address_that_no_route_has_is_a_problem_too(boss: APIClient) -> None:
    for where in ("/api/", "/api/nothing/", "/api/items/x/", "/api/items/-1/", "/api/items/" + "9" * 50 + "/"):
        answer = boss.get(where)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_body_of_another_type_is_refused(boss: APIClient, world: Any) -> None:
    answer = boss.post(
        f"/api/projects/{world.project.pk}/next/", "a=1", content_type="application/x-www-form-urlencoded"
    )
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
