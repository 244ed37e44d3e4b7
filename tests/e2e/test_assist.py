"""One click on an object: a dashed proposal, and with Enter an annotation in PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from annotator.core.geometry import box_area, iou
from annotator.models import Annotation, Item, Prediction
from tests.e2e.pictures import snap
from tests.e2e.street import Street, drawn
from tests.e2e.workspace import Workspace, eventually

PageOf = Callable[..., Page]


def unguessed(street: Street) -> tuple[Item, list[tuple[float, float, float, float]]]:
    """A picture without guesses, and the boxes of its signs and vehicles, the largest first."""
    item = Item.objects.filter(project=street.project).order_by("pk")[0]
    Prediction.objects.filter(item=item).update(document={"objects": []}, object_count=0)
    boxes = [box for name, box in drawn(item.metadata["seed"]).objects if name != "pedestrian"]
    return item, sorted(boxes, key=box_area, reverse=True)


def test_a_click_on_an_object_is_proposed_taken_and_submitted(street: Street, page_of: PageOf) -> None:
    item, boxes = unguessed(street)
    page = page_of(street.bob)
    desk = Workspace(page, street.project.pk).open(item.pk)
    desk.press("h")
    target = boxes[0]
    view, canvas = desk.state["viewport"], desk.canvas.bounding_box()
    assert canvas is not None

    def place(x: float, y: float) -> tuple[float, float]:
        return canvas["x"] + view["x"] + x * view["scale"], canvas["y"] + view["y"] + y * view["scale"]

    # A box drawn around it, larger by a sixth on each side.
    wide, tall = (target[2] - target[0]) / 6, (target[3] - target[1]) / 6
    start, end = place(target[0] - wide, target[1] - tall), place(target[2] + wide, target[3] + tall)

    def box_around() -> None:
        with page.expect_response("**/propose/"):
            desk.drag(start, (end[0] - start[0], end[1] - start[1]))
        page.wait_for_timeout(100)  # for the frame that draws it

    box_around()
    expect(page.get_by_text("Enter takes it").first).to_be_visible()
    assert desk.state["regions"] == []
    snap(page, "proposal")
    desk.press("Escape")
    with page.expect_response("**/propose/"):
        page.mouse.click(*place((target[0] + target[2]) / 2, (target[1] + target[3]) / 2))
    page.wait_for_timeout(100)
    snap(page, "proposal-click")
    desk.press("Escape")
    assert desk.state["regions"] == []
    box_around()
    desk.press("Enter")
    regions: list[dict[str, Any]] = desk.state["regions"]
    assert len(regions) == 1 and iou(tuple(regions[0]["bbox"]), target) > 0.5
    desk.press("Enter")
    eventually(lambda: Annotation.objects.filter(item=item).count(), 1)
    stored = Annotation.objects.get(item=item).document["objects"]
    assert len(stored) == 1 and stored[0]["origin"] == "manual"
    assert iou(tuple(stored[0]["bbox"]), tuple(regions[0]["bbox"])) > 0.99
