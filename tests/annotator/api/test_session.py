"""Log-in: the only door."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from rest_framework.test import APIClient

from annotator.models import AuditEvent, User
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
ADDRESS = "/api/session/"
PREFERENCES = "/api/session/preferences/"


@pytest.fixture
def bob(cast: Any, settings: Any) -> User:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # argon2 is slow on purpose
    cast.bob.set_password(PASSWORD)
    cast.bob.save()
    return cast.bob


@pytest.fixture
def visitor() -> Iterator[APIClient]:
    """Like a browser: CSRF is checked, cookies are kept."""
    client = APIClient(enforce_csrf_checks=True)
    client.get(ADDRESS)
    yield client


def log_in(client: APIClient, email: str = "bob@example.org", password: str = PASSWORD, **headers: str) -> Any:
    headers = headers or {"HTTP_X_CSRFTOKEN": client.cookies["csrftoken"].value}
    return client.post(ADDRESS, {"email": email, "password": password}, format="json", **headers)


def test_signed_out_there_is_nobody_and_a_csrf_cookie(visitor: APIClient) -> None:
    answer = visitor.get(ADDRESS).json()
    assert answer["user"] is None
    assert answer["source_url"].startswith("https://")
    assert "csrftoken" in visitor.cookies


def test_the_right_password_signs_in_until_the_session_is_deleted(visitor: APIClient, bob: User) -> None:
    assert log_in(visitor, " BOB@example.org").json()["user"]["email"] == "bob@example.org"
    assert visitor.get("/api/projects/").status_code == 200
    token = visitor.cookies["csrftoken"].value
    assert visitor.delete(ADDRESS, HTTP_X_CSRFTOKEN=token).status_code == 204
    assert visitor.get("/api/projects/").status_code == 401


@pytest.mark.parametrize(("email", "password"), [("bob@example.org", "wrong"), ("nobody@example.org", PASSWORD)])
def test_a_wrong_log_in_does_not_say_which_half_was_wrong(
    visitor: APIClient, bob: User, email: str, password: str
) -> None:
    answer = log_in(visitor, email, password)
    assert (answer.status_code, answer.json()["code"]) == (400, "wrong_credentials")
    assert answer.json()["message"] == "e-mail address or password is wrong"


def test_a_deactivated_person_cannot_sign_in(visitor: APIClient, bob: User) -> None:
    User.objects.update(is_active=False)
    assert log_in(visitor).status_code == 400


def test_a_log_in_without_the_csrf_token_is_refused_in_the_shape_of_all_errors(visitor: APIClient, bob: User) -> None:
    answer = log_in(visitor, HTTP_X_OTHER="1")
    assert answer.status_code == 403
    assert answer.json()["code"] == "csrf_failed"


def test_a_write_without_the_csrf_token_is_refused(visitor: APIClient, bob: User) -> None:
    log_in(visitor)
    assert visitor.patch(ADDRESS, {"locale": "zh-Hans"}, format="json").status_code == 403
    token = visitor.cookies["csrftoken"].value
    answer = visitor.patch(ADDRESS, {"locale": "zh-Hans"}, format="json", HTTP_X_CSRFTOKEN=token)
    assert answer.json()["user"]["locale"] == "zh-Hans"
    assert AuditEvent.objects.get().verb == "user.locale"


def test_a_session_cookie_is_not_for_scripts_and_a_planted_one_is_not_taken_over(visitor: APIClient, bob: User) -> None:
    visitor.cookies["sessionid"] = "planted" * 4
    log_in(visitor)
    cookie = visitor.cookies["sessionid"]
    assert cookie["httponly"] and cookie["samesite"] == "Lax"
    assert cookie.value != "planted" * 4


def test_guessing_is_slowed_down_for_the_address_and_the_account_together(visitor: APIClient, bob: User) -> None:
    # spaces and capitals are the same account
    answers = [log_in(visitor, " " * number + "Bob@example.org", "wrong").status_code for number in range(11)]
    assert answers == [400] * 10 + [429]
    refused = log_in(visitor)
    assert (refused.status_code, refused.json()["code"]) == (429, "throttled")
    assert int(refused["Retry-After"]) > 0
    assert log_in(visitor, "dora@example.org", "wrong").status_code == 400  # others are not locked out


def test_a_forged_forwarded_address_does_not_reset_the_count(visitor: APIClient, bob: User) -> None:
    for number in range(10):
        token = visitor.cookies["csrftoken"].value
        log_in(visitor, password="wrong", HTTP_X_FORWARDED_FOR=f"10.0.0.{number}", HTTP_X_CSRFTOKEN=token)
    assert log_in(visitor, password="wrong").status_code == 429


def test_the_demo_log_in_is_told_to_this_machine_only_and_to_nobody_who_is_signed_in(
    visitor: APIClient, bob: User, settings: Any
) -> None:
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    demo = {"email": "demo@example.org", "password": "demo demo demo"}
    (settings.DATA_DIR / "demo_login.json").write_text(json.dumps(demo))
    here = {"HTTP_HOST": "localhost:8000"}
    assert visitor.get(ADDRESS, **here).json()["demo"] == demo
    assert visitor.get(ADDRESS, HTTP_HOST="127.0.0.1:8000").json()["demo"] == demo
    assert visitor.get(ADDRESS, **here, REMOTE_ADDR="192.0.2.7").json()["demo"] is None
    assert visitor.get(ADDRESS, **here, HTTP_X_FORWARDED_FOR="127.0.0.1").json()["demo"] is None
    settings.ALLOWED_HOSTS = ["winnow.example.org"]
    assert visitor.get(ADDRESS, HTTP_HOST="winnow.example.org").json()["demo"] is None
    settings.ALLOWED_HOSTS = ["*"]
    log_in(visitor)
    assert visitor.get(ADDRESS).json()["demo"] is None


def test_without_a_demo_there_is_no_log_in_to_tell(visitor: APIClient, settings: Any) -> None:
    assert visitor.get(ADDRESS).json()["demo"] is None
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    (settings.DATA_DIR / "demo_login.json").write_text("not json")
    assert visitor.get(ADDRESS).json()["demo"] is None


def test_redis_down_says_so_instead_of_letting_anybody_guess(visitor: APIClient, bob: User, settings: Any) -> None:
    nowhere = {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": nowhere}
    answer = log_in(visitor)
    assert (answer.status_code, answer.json()["code"]) == (503, "redis_down")


def test_keys_follow_a_person_to_another_machine_and_nobody_else_sees_them(cast: Any, client_of: Any) -> None:
    keys = {"acceptRegion": ["U"], "undo": ["Ctrl+U"]}
    answer = client_of(cast.bob).patch(PREFERENCES, {"keys": keys}, format="json")
    assert answer.json() == {"preferences": {"keys": keys}}
    client_of(cast.bob).patch(PREFERENCES, {"single_keys": False}, format="json")
    assert client_of(cast.bob).get(ADDRESS).json()["user"]["preferences"] == {"keys": keys, "single_keys": False}
    assert client_of(cast.carol).get(ADDRESS).json()["user"]["preferences"] == {}
    assert AuditEvent.objects.filter(verb="user.preferences").count() == 2


def test_preferences_without_the_csrf_token_are_refused(visitor: APIClient, bob: User) -> None:
    log_in(visitor)
    assert visitor.patch(PREFERENCES, {"single_keys": False}, format="json").status_code == 403


@pytest.mark.parametrize(
    "change",
    [
        [],
        {"theme": "dark"},
        {"single_keys": 0},
        {"keys": ["A"]},
        {"keys": {"acceptRegion": "A"}},
        {"keys": {"acceptRegion": []}},
        {"keys": {"acceptRegion": ["A", "A"]}},
        {"keys": {"acceptRegion": [1]}},
        {"keys": {"acceptRegion": ["A B"]}},
        {"keys": {"acceptRegion": ["Shift+Ctrl+A"]}},
        {"keys": {"accept region": ["A"]}},
        {"keys": {f"c{'x' * number}": ["A"] for number in range(101)}},
    ],
)
def test_preferences_outside_of_the_schema_are_refused(cast: Any, client_of: Any, change: Any) -> None:
    answer = client_of(cast.bob).patch(PREFERENCES, change, format="json")
    assert answer.status_code == 422, answer.content
    cast.bob.refresh_from_db()
    assert cast.bob.preferences == {}


def test_preferences_have_a_size(cast: Any, client_of: Any) -> None:
    names = [f"{'x' * 38}{chr(97 + number // 26)}{chr(97 + number % 26)}" for number in range(100)]
    keys = {name: [f"Ctrl+Alt+Shift+Key{digit}" for digit in range(8)] for name in names}
    answer = client_of(cast.bob).patch(PREFERENCES, {"keys": keys}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
