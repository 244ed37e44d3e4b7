"""The schema that programs read: whole, without warnings, with the refusals in it."""

from __future__ import annotations

import re
from io import StringIO
from typing import Any

import pytest
import yaml
from django.core.management import call_command

from tests.annotator.api.routes import api_routes

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    written = StringIO()
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=written)
    found: dict[str, Any] = yaml.safe_load(written.getvalue())
    return found


def test_every_route_is_in_it(schema: dict[str, Any]) -> None:
    listed = {f"{method.upper()} {path}" for path, item in schema["paths"].items() for method in item}
    routes = {
        re.sub(r" (.*)", lambda found: " /" + re.sub(r"<id:(\w+)>", r"{\1}", found[1]), one) for one in api_routes()
    }
    assert listed == routes - {"GET /api/schema/"}


def test_refusals_have_the_shape_of_a_problem(schema: dict[str, Any]) -> None:
    problem = {"$ref": "#/components/schemas/Problem"}
    responses = schema["paths"]["/api/items/{item_id}/submit/"]["post"]["responses"]
    assert set(responses) == {"200", "400", "401", "403", "404", "409", "412", "422", "428"}
    for status in set(responses) - {"200"}:
        assert responses[status]["content"]["application/json"]["schema"] == problem
    assert schema["components"]["schemas"]["Problem"]["required"] == ["code", "details", "message"]


def test_protected_writes_ask_for_their_headers(schema: dict[str, Any]) -> None:
    parameters = schema["paths"]["/api/items/{item_id}/submit/"]["post"]["parameters"]
    headers = {one["name"]: one.get("required", False) for one in parameters if one["in"] == "header"}
    assert headers == {"If-Match": True, "Idempotency-Key": False}


def test_it_is_served_to_who_is_signed_in(client_of: Any, cast: Any) -> None:
    answer = client_of(cast.bob).get("/api/schema/")
    assert answer["Content-Type"] == "application/json"
    assert answer.json()["info"]["title"] == "Winnow"
