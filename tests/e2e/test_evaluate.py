"""A model that came without numbers gets them from the Models page, by a real run on the project's own pictures."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from annotator.models import Run
from prelabel.models import ModelVariant
from tests.e2e.pictures import picture, snap
from tests.e2e.road import make_road
from tests.e2e.street import Street

PageOf = Callable[..., Page]


@pytest.fixture
def road(street: Street, bells: list[tuple[int, str]]) -> Any:
    """The project; the guesses that its deployment asks for are not made."""
    project = make_road(street.alice)
    bells.clear()
    return project


def test_a_model_without_numbers_is_evaluated_by_keyboard(
    street: Street, road: Any, page_of: PageOf, work_off: Callable[[], list[str]]
) -> None:
    page = page_of(street.alice)
    page.goto(f"/projects/{road.pk}/models")
    button = page.get_by_role("button", name="Evaluate winnow-road v1 int8")
    expect(button).to_be_visible()
    button.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/runs/\d+$"))
    run = Run.objects.get(kind="evaluate")
    assert work_off() == ["evaluate"]
    run.refresh_from_db()
    assert (run.state, run.error) == ("succeeded", None)

    page.goto(f"/projects/{road.pk}/models")
    variant = ModelVariant.objects.get(version__project=road)
    assert variant.metrics and variant.metrics["map50"] > 0
    expect(page.get_by_role("cell", name=f"{100 * variant.metrics['map50']:.1f}%")).to_be_visible()
    expect(button).to_have_count(0)
    page.get_by_role("button", name="More of winnow-road v1 int8").click()
    expect(page.get_by_role("menuitem", name="Evaluate on the newest data")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("link", name="int8").click()
    expect(page.get_by_role("table", name="Per class")).to_be_visible()
    expect(page.get_by_role("heading", name="Calibration")).to_be_visible()
    found = page.get_by_role("table", name="Found thresholds")
    expect(found.get_by_role("row")).to_have_count(1 + road.classes.count())
    found.scroll_into_view_if_needed()
    picture(page, "report")
    page.goto(f"/projects/{road.pk}/settings")
    page.get_by_role("tab", name="Routing").click()
    page.get_by_role("button", name="Use found thresholds").click()
    expect(page.get_by_text("the others go to people")).to_be_visible()
    snap(page, "found-thresholds")
