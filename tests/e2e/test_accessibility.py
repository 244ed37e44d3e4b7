"""Every page against the rules of WCAG 2.2 A and AA, by axe-core: both languages, light and dark."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.street import Street

AXE = Path(__file__).resolve().parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGES = [
    "",
    "/queue",
    "/items",
    "/import",
    "/export",
    "/versions",
    "/models",
    "/models?retrain=1",
    "/models/compress",
    "/models/compress?step=model",
    "/models/compress?step=plan",
    '/models/compress?step=plan&draft={"preset":"own","plan":[{"step":"prune","options":{}}]}',
    "/models/compress?step=gates",
    "/models/compress?step=review",
    "/models/pareto",
    "/runs",
    "/team",
    "/settings?tab=routing",
    "/settings?tab=labels",
    "/audit",
]


def violations(page: Page) -> list[str]:
    """What axe-core finds, one line a rule."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    found: list[dict[str, Any]] = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)["violations"]
    return [f"{page.url} {one['id']}: {one['nodes'][0]['html'][:120]}" for one in found]


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("zh-Hans", "dark")])
def test_every_page_of_a_project_is_accessible(
    street: Street, page_of: Callable[..., Page], language: str, scheme: str
) -> None:
    street.alice.locale = language
    street.alice.save()
    page = page_of(street.alice, color_scheme=scheme)
    found = []
    for path in PAGES:
        page.goto(f"/projects/{street.project.pk}{path}")
        expect(page.get_by_role("heading").first).to_be_visible()
        expect(page.locator("[aria-busy=true]")).to_have_count(0)
        found += violations(page)
    assert found == []


def test_the_pages_outside_of_a_project_are_accessible(street: Street, page_of: Callable[..., Page]) -> None:
    visitor = page_of()
    visitor.goto("/login")
    expect(visitor.get_by_role("heading", level=1)).to_be_visible()
    found = violations(visitor)
    page = page_of(street.alice)
    for path in ("/projects", "/projects/new", "/there/is/no/such/page"):
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        found += violations(page)
    assert found == []
