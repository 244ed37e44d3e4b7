"""`manage.py make_admin`."""

import io

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import CommandError

pytestmark = pytest.mark.django_db
GOOD = "a long enough pass phrase"


def make(email: str) -> str:
    out = io.StringIO()
    call_command("make_admin", email, stdout=out)
    return out.getvalue().strip()


def test_a_new_account_is_an_administrator_with_that_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WINNOW_ADMIN_PASSWORD", GOOD)
    assert make("Dora@Example.org") == "dora@example.org was created and is an administrator."
    dora = get_user_model().objects.get(email="dora@example.org")
    assert dora.is_staff and dora.is_superuser and dora.check_password(GOOD) and dora.name == "dora"


def test_an_existing_account_keeps_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WINNOW_ADMIN_PASSWORD", GOOD)
    get_user_model().objects.create_user("bob@example.org", "his own pass phrase")
    assert make("bob@example.org") == "bob@example.org was made an administrator."
    bob = get_user_model().objects.get(email="bob@example.org")
    assert bob.is_staff and bob.check_password("his own pass phrase")


@pytest.mark.parametrize(
    ("email", "password", "told"),
    [
        ("nobody", GOOD, "'nobody' is not an e-mail address."),
        ("a@example.org", "short", "too short"),
        ("a@example.org", "", "no terminal to ask"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_made(
    email: str, password: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WINNOW_ADMIN_PASSWORD", password)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    with pytest.raises(CommandError, match=told):
        make(email)
    assert not get_user_model().objects.exists()
