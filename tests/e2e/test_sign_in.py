"""Into the house and around it: log-in, its failure, the way back after it, projects, languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from annotator.models import User
from tests.e2e.street import PASSWORD, Street

PageOf = Callable[..., Page]


def sign_in(page: Page, email: str, password: str) -> None:
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()


def test_after_log_in_a_person_sees_the_page_that_was_asked_for(street: Street, page_of: PageOf) -> None:
    page = page_of()
    page.goto(f"/projects/{street.project.pk}/queue")
    expect(page).to_have_url(re.compile(r"/login\?next="))
    sign_in(page, "alice@example.org", PASSWORD)
    expect(page).to_have_url(re.compile(rf"/projects/{street.project.pk}/queue$"))
    expect(page.get_by_role("button", name="Switch project")).to_contain_text("Street")


def test_a_wrong_password_is_said_and_nothing_is_lost(
    street: Street, page_of: PageOf, expected_errors: list[str]
) -> None:
    expected_errors.append("401|400|/api/session/")
    page = page_of()
    page.goto("/login")
    sign_in(page, "alice@example.org", "not this one")
    expect(page.get_by_role("alert")).to_contain_text("password is wrong")
    expect(page.get_by_label("E-mail")).to_have_value("alice@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page).to_have_url(re.compile("/projects$"))


def test_a_stranger_does_not_learn_that_the_project_exists(
    street: Street, page_of: PageOf, expected_errors: list[str]
) -> None:
    expected_errors.append("404")
    page = page_of(street.eve)
    page.goto("/projects")
    expect(page.get_by_text("No projects yet")).to_be_visible()
    page.goto(f"/projects/{street.project.pk}")
    expect(page.get_by_text("Not found")).to_be_visible()


def test_an_annotator_sees_only_what_an_annotator_may_do(street: Street, page_of: PageOf) -> None:
    page = page_of(street.bob)
    page.goto("/projects")
    page.get_by_role("link", name="Street").first.click()
    menu = page.get_by_role("navigation", name="Project")
    expect(menu.get_by_role("link", name="Queue")).to_be_visible()
    for hidden in ("Import", "Export", "Models", "Settings", "Audit"):
        expect(menu.get_by_role("link", name=hidden)).to_have_count(0)


def test_the_language_is_switched_at_once_and_remembered(street: Street, page_of: PageOf) -> None:
    page = page_of(street.alice)
    page.goto(f"/projects/{street.project.pk}")
    page.get_by_role("button", name="Language").click()
    with page.expect_response(lambda answer: answer.request.method == "PATCH" and "/api/session/" in answer.url):
        page.get_by_role("menuitem", name="简体中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    menu = page.get_by_role("navigation").first
    expect(menu.get_by_role("link", name=re.compile("[\u4e00-\u9fff]")).first).to_be_visible()
    expect(page.get_by_role("link", name="Queue")).to_have_count(0)
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    assert User.objects.get(pk=street.alice.pk).locale == "zh-Hans"


def test_the_footer_links_the_source(street: Street, page_of: PageOf, settings: Any) -> None:
    page = page_of(street.alice)
    page.goto("/projects")
    expect(page.get_by_role("contentinfo").get_by_role("link", name="Source")).to_have_attribute(
        "href", settings.SOURCE_URL
    )
