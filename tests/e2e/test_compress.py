"""Retrain and compress in the browser: the wizard, its run (a real one on a small drawn project), the plot."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from annotator.models import Run
from prelabel.models import ModelVariant
from tests.e2e.pictures import picture
from tests.e2e.road import make_road
from tests.e2e.street import Street

PageOf = Callable[..., Page]


@pytest.fixture
def road(street: Street, bells: list[tuple[int, str]]) -> Any:
    """The project; the guesses that its deployment asks for are not made."""
    project = make_road(street.alice)
    bells.clear()
    return project


@pytest.fixture
def brief_benchmark(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few rounds: what a benchmark finds is tested where it lives."""
    from compression.core.benchmarking import measurement
    from compression.core.judging import judge as judging
    from compression.core.planning import pipeline

    real = judging.measure
    monkeypatch.setattr(judging, "measure", lambda subject: real(type(subject)(**{**vars(subject), "rounds": 2})))
    monkeypatch.setattr(measurement, "_STREAM_S", 0.05)
    monkeypatch.setattr(pipeline, "_ROUNDS", 2)


def plan_by_hand(page: Page) -> None:
    """An own plan: prune a little, train one epoch, then eight bits."""
    page.get_by_role("radio", name="Own plan").check()
    expect(page.get_by_role("heading", name="Quantize", level=3)).to_be_visible()
    page.get_by_role("button", name="+ Prune").click()
    page.keyboard.press("ArrowUp")  # the new step has the focus on its handle
    expect(page.get_by_role("button", name="Step 1, Prune: move with the arrow keys")).to_be_focused()
    page.get_by_label("Share to remove").fill("0.1")
    page.get_by_label(re.compile("Fine-tuning epochs")).first.fill("1")
    picture(page, "wizard")
    page.get_by_label("Drop at most (%)").fill("100")  # a toy loses much: what is tested is the way


def through_the_wizard(page: Page, project_id: int) -> None:
    page.goto(f"/projects/{project_id}/models")
    page.get_by_role("link", name="Retrain and compress").click()
    expect(page.get_by_role("cell", name="vehicle")).to_be_visible()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("radio", name="winnow-road v1")).to_be_checked()
    page.get_by_role("button", name="Next").click()
    plan_by_hand(page)
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Drop at most (%)").fill("100")
    page.get_by_role("checkbox", name="OpenVINO IR").check()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("Own plan: Prune → Quantize.")).to_be_visible()
    expect(page.get_by_text(re.compile(" to .*min"))).to_be_visible()


def test_the_wizard_leads_through_a_real_run_to_the_plot(
    street: Street, road: Any, page_of: PageOf, work_off: Callable[[], list[str]], brief_benchmark: None
) -> None:
    page = page_of(street.alice, viewport={"width": 1280, "height": 900})
    through_the_wizard(page, road.pk)
    page.reload()  # the draft is in the address
    expect(page.get_by_text("Own plan: Prune → Quantize.")).to_be_visible()
    page.get_by_role("button", name="Start", exact=True).dblclick()
    expect(page).to_have_url(re.compile(r"/runs/\d+$"))
    run = Run.objects.get(kind="compress")
    expect(page.get_by_text("It is the next in its queue.")).to_be_visible()

    assert work_off()[:2] == ["compress", "export_model"]
    run.refresh_from_db()
    assert (run.state, run.error) == ("succeeded", None)
    expect(page.get_by_role("table", name="Step by step")).to_be_visible()
    expect(page.get_by_role("table", name="Results")).to_be_visible()
    expect(page.get_by_text("Step 2 of 2: Quantize").first).to_be_visible()

    picture(page, "compression-run")

    page.get_by_role("link", name="Size, speed and quality").first.click()
    best = run.result["best_variant_id"]
    points = page.get_by_role("listbox", name="Points of the plot").get_by_role("option")
    judged = ModelVariant.objects.filter(version__project=road, reports__split="test")
    expect(points).to_have_count(judged.distinct().count())
    expect(page.get_by_text("Dashed ring: new")).to_be_visible()
    expect(page.locator("[role=option][aria-selected=true]")).to_have_count(1)
    label = ModelVariant.objects.get(pk=best)
    expect(page.get_by_role("heading", name=str(label))).to_be_visible()
    expect(page.get_by_role("heading", name=re.compile("with another outcome"))).to_be_visible()

    picture(page, "pareto")

    page.get_by_role("link", name="Full report").click()
    expect(page.get_by_role("table", name="Per class")).to_be_visible()
    expect(page.get_by_role("table", name="Rows are the truth, columns the guess.")).to_be_visible()


def test_a_step_beyond_its_limits_is_listed_with_the_way_to_it(street: Street, road: Any, page_of: PageOf) -> None:
    page = page_of(street.alice)
    page.goto(f"/projects/{road.pk}/models/compress?step=plan")
    page.get_by_role("radio", name="Own plan").check()
    page.get_by_role("button", name="+ Prune").click()
    page.get_by_label("Share to remove").fill("3")
    page.get_by_role("navigation", name="Steps").get_by_role("button", name=re.compile("Review")).click()
    expect(page.get_by_role("alert")).to_contain_text("Share to remove is outside its limits")
    page.get_by_role("button", name=re.compile("^Start")).click(force=True)
    assert not Run.objects.filter(kind="compress").exists()
    page.get_by_role("button", name="Go to Plan and budgets").click()
    expect(page.get_by_label("Share to remove")).to_have_value("3")
