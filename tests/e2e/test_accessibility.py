"""Every page against the rules of WCAG 2.2 A and AA, by axe-core: both languages, light and dark."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect

from tests.e2e.judged import JudgedProject, make_judged
from tests.e2e.street import Street
from tests.e2e.workspace import Workspace

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
    "/settings?tab=retrain",
    "/settings?tab=labels",
    "/audit",
]
# Pages with something on them, and what of it must be there before axe looks; {best} is a variant, {base} a version,
# {run} a compression that ended.
FILLED = {
    "/models": "table",
    "/models/compress": "table",
    '/models/compress?step=model&draft={"model":"{base}"}': "table input:checked",
    '/models/compress?step=plan&draft={"model":"{base}"}': "input[type=radio]:checked",
    '/models/compress?step=gates&draft={"model":"{base}"}': "input[type=checkbox]",
    '/models/compress?step=review&draft={"model":"{base}"}': "dl",
    "/models/pareto?new=v{best}&selected=v{best}": "[role=option][aria-selected=true]",
    "/models/pareto?selected=v{best},v{source}": "[role=option][aria-selected=true]",
    "/models/variants/{best}": "figure svg",
    "/runs": "table",
    "/runs/{run}": "details > summary",
}
LOOKS = pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("zh-Hans", "dark")])


@pytest.fixture
def judged(street: Street, bells: list[tuple[int, str]]) -> JudgedProject:
    """A project after a compression; the guesses that its deployment asks for are not made."""
    made = make_judged(street.alice)
    bells.clear()
    return made


def violations(page: Page) -> list[str]:
    """What axe-core finds, one line a rule."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    found: list[dict[str, Any]] = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)["violations"]
    return [f"{page.url} {one['id']}: {one['nodes'][0]['html'][:120]}" for one in found]


def page_in(street: Street, page_of: Callable[..., Page], language: str, scheme: str) -> Page:
    """alice's page in this language and these colours."""
    street.alice.locale = language
    street.alice.save()
    return page_of(street.alice, color_scheme=scheme)


def found_on(page: Page, address: str, wanted: str = "h1") -> list[str]:
    """What is wrong on a page once it has loaded and shows what is wanted of it."""
    page.goto(address)
    expect(page.get_by_role("heading").first).to_be_visible()
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    expect(page.locator(wanted).first).to_be_visible()
    return violations(page)


@LOOKS
def test_every_page_of_a_project_is_accessible(
    street: Street, page_of: Callable[..., Page], language: str, scheme: str
) -> None:
    page = page_in(street, page_of, language, scheme)
    found = [one for path in PAGES for one in found_on(page, f"/projects/{street.project.pk}{path}")]
    assert found == []


@LOOKS
def test_pages_full_of_models_and_numbers_are_accessible(
    street: Street, judged: JudgedProject, page_of: Callable[..., Page], language: str, scheme: str
) -> None:
    page = page_in(street, page_of, language, scheme)
    best, source = judged.variants["int8"], judged.source
    numbers = {"best": best.pk, "source": source.pk, "base": source.version_id, "run": judged.run.pk}
    found = []
    for path, wanted in FILLED.items():
        found += found_on(page, f"/projects/{judged.project.pk}{filled(path, numbers)}", wanted)
    assert found == []
    fold_out_all(page)  # the last page is the run's: its earlier plans and its log
    assert violations(page) == []


@LOOKS
def test_the_checklist_before_a_promotion_is_accessible(
    street: Street, judged: JudgedProject, page_of: Callable[..., Page], language: str, scheme: str
) -> None:
    page = page_in(street, page_of, language, scheme)
    page.goto(f"/projects/{judged.project.pk}/models")
    page.get_by_role("button", name={"en": "Deploy", "zh-Hans": "部署"}[language], exact=True).nth(2).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("checkbox")).to_be_visible()  # that one has looked at the worst pictures
    fold_out_all(page)
    assert violations(page) == []


def in_dialogs(desk: Workspace, keys: tuple[str, ...]) -> list[str]:
    """What is wrong in each dialog that these keys open."""
    found = []
    for key in keys:
        desk.press(key)
        expect(desk.page.get_by_role("dialog")).to_be_visible()
        found += violations(desk.page)
        desk.press("Escape")
        expect(desk.page.get_by_role("dialog")).to_have_count(0)
    return found


def test_every_dialog_over_a_picture_is_accessible_in_chinese_and_dark(
    street: Street, page_of: Callable[..., Page], expected_errors: list[str]
) -> None:
    expected_errors.append("401|403|409")
    street.bob.locale = "zh-Hans"
    street.bob.save()
    desk = Workspace(page_of(street.bob, color_scheme="dark"), street.project.pk).open()
    page, item_id = desk.page, desk.item_id
    found = in_dialogs(desk, ("?", "Control+k", "c", "s", "q"))
    page.get_by_test_id("save-pill").click()
    found += violations(page)
    desk.press("Escape")

    other = Workspace(page_of(street.bob), street.project.pk).open(item_id)
    other.press("Shift+ArrowDown")
    other.press("Enter")
    other.wait_ready(other_than=item_id)
    desk.canvas.focus()
    desk.press("Shift+ArrowRight")
    take_back = page.get_by_role("button", name="收回并提交")
    expect(take_back).to_be_visible()
    found += violations(page)
    take_back.click()
    expect(page.get_by_role("dialog").locator("canvas")).to_be_visible()
    found += violations(page)
    desk.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)

    Session.objects.all().delete()
    desk.press("Shift+ArrowRight")
    expect(page.get_by_role("dialog").locator("input[type=password]")).to_be_visible()
    found += violations(page)
    assert found == []


def filled(path: str, numbers: dict[str, int]) -> str:
    """A path with its numbers; braces of a draft stay."""
    for name, number in numbers.items():
        path = path.replace(f"{{{name}}}", str(number))
    return path


def fold_out_all(page: Page) -> None:
    """What is folded in is not looked at by axe."""
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")


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
