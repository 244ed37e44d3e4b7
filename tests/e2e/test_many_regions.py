"""Five thousand regions in one picture: all reviewed, none drawn that cannot be seen, none lost on the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from annotator.models import Annotation, Item, PredictionSource
from annotator.services import projects
from prelabel.services.predictions import Guessed, store_predictions
from tests.e2e.street import Street
from tests.e2e.workspace import Workspace, eventually

ACROSS, DOWN = 100, 50
WIDE, HIGH = 5.0, 6.0
IN_SIGHT = """() => {
    const canvas = document.querySelector('[data-testid=canvas]').getBoundingClientRect();
    const boxes = window.__engine.state().regions.map(({ id }) => window.__engine.toScreen(id));
    const outside = ([x1, y1, x2, y2]) =>
        x2 < canvas.left || x1 > canvas.right || y2 < canvas.top || y1 > canvas.bottom;
    return boxes.filter((box) => !outside(box)).length;
}"""


@pytest.fixture
def crowded(street: Street) -> Item:
    """The first picture, with a tight grid of small guesses: all certain but the first."""
    source = PredictionSource.objects.create(
        project=street.project, kind="model", name="crowds v1", reference="variant:1"
    )
    item = Item.objects.filter(project=street.project).order_by("pk")[0]
    kind = street.classes["vehicle"]
    objects = []
    for number in range(ACROSS * DOWN):
        x, y = 6.0 * (number % ACROSS) + 10, 7.0 * (number // ACROSS) + 10
        score = 0.5 if number == 0 else 0.95
        box = [x, y, x + WIDE, y + HIGH]
        objects.append(
            {"id": f"p{number}", "bbox": box, "class_id": kind, "score": score, "top3": [[kind, score]], "entropy": 0.1}
        )
    store_predictions(source=source, guessed=[Guessed(item, {"objects": objects})])
    projects.use_source(actor=street.alice, project_id=street.project.pk, source=source)
    return item


def counters(desk: Workspace) -> dict[str, Any]:
    """What the last frame drew, and how often each layer was drawn."""
    desk.page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    found: dict[str, Any] = desk.page.evaluate("() => structuredClone(window.__engine.counters)")
    return found


def test_five_thousand_regions_are_culled_listed_by_the_screenful_and_all_submitted(
    street: Street, crowded: Item, page_of: Callable[..., Page]
) -> None:
    desk = Workspace(page_of(street.bob), street.project.pk).open(crowded.pk)
    page = desk.page
    total = ACROSS * DOWN
    assert len(desk.state["regions"]) == total

    desk.press("f")
    desk.wait_ready()
    whole = counters(desk)
    others = total - 1  # the selected one is drawn above them, on a layer of its own
    assert (whole["drawn"], whole["culled"]) == (others, 0)
    assert 0 < page.get_by_role("option").count() < 100, "the list holds only the rows on the screen"

    desk.press("z")  # to the selected region, a box of 5 x 6 pixels
    desk.wait_ready()
    near = counters(desk)
    assert near["drawn"] + near["culled"] == others
    seen = page.evaluate(IN_SIGHT)
    assert seen < total / 10
    assert seen - 1 <= near["drawn"] <= 1.2 * seen

    before = desk.region("p0")["bbox"]
    desk.press("ArrowRight")
    nudged = counters(desk)
    assert desk.region("p0")["bbox"][0] == pytest.approx(before[0] + 1, abs=0.01)
    assert nudged["layerRedraws"]["image"] == near["layerRedraws"]["image"], "an edit leaves the picture as it is"

    desk.press("Enter")
    eventually(lambda: Annotation.objects.filter(item=crowded).exists(), seconds=30)
    desk.expect_saved()
    objects = {one["id"]: one for one in Annotation.objects.get(item=crowded).document["objects"]}
    assert len(objects) == total
    assert objects["p0"]["origin"] == "edited"
    assert {one["origin"] for name, one in objects.items() if name != "p0"} == {"accepted"}
    expect(page.get_by_test_id("item-name")).not_to_have_attribute("data-item", str(crowded.pk))
