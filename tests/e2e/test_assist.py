"""One click on an object: a dashed proposal, by colour or by the deployed model, and with Enter an annotation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from celery import current_app
from playwright.sync_api import Page, expect

from annotator.core.geometry import box_area, iou
from annotator.models import Annotation, Item, Prediction
from annotator.selectors.proposals import Shown
from annotator.services import projects
from prelabel.selectors.proposals import question_of
from prelabel.services.proposals import ask_model
from tests.e2e.pictures import snap
from tests.e2e.street import Street, drawn
from tests.e2e.workspace import Workspace, eventually
from tests.flows.workers import Staff, staff, wait_for
from tests.prelabel.segments import GREEN, deploy_channels, squares_item

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


def channels(street: Street, folder: Path) -> Any:
    """A segmentation project of bob's with a deployed model that sees red and green."""
    classes = [{"name": name} for name in ("red", "green")]
    made = projects.create_project(
        actor=street.alice, name="Squares", task_type="semantic_segmentation", classes=classes
    )
    projects.add_member(actor=street.alice, project=made, email=street.bob.email, role="annotator")
    deploy_channels(made, folder)
    return made


def until_awake(street: Street, item: Item, people: Staff) -> None:
    """A real worker of the queue, with the model open."""
    people.worker("interactive")

    def answers() -> bool:
        asked = ask_model(actor=street.bob, item=item, shown=Shown(point=(1.0, 1.0)), mask=False)
        try:
            wait_for(lambda: (found := question_of(asked)) and found.answer, people, timeout_s=3)
        except AssertionError:
            return False
        return True

    wait_for(answers, people, timeout_s=60)


def test_the_deployed_model_answers_a_click_and_colour_does_where_its_worker_is_gone(
    street: Street, page_of: PageOf, tmp_path: Path
) -> None:
    project = channels(street, tmp_path / "channels")
    item = squares_item(project)
    with staff(tmp_path / "staff", current_app.conf.broker_transport_options["global_keyprefix"]) as people:
        until_awake(street, item, people)
        page = page_of(street.bob)
        desk = Workspace(page, project.pk).open(item.pk)
        desk.press("h")
        view, canvas = desk.state["viewport"], desk.canvas.bounding_box()
        assert canvas is not None

        def click() -> None:
            x, y = (GREEN[0] + GREEN[2]) / 2, (GREEN[1] + GREEN[3]) / 2
            left, top = canvas["x"] + view["x"], canvas["y"] + view["y"]
            page.mouse.click(left + x * view["scale"], top + y * view["scale"])

        click()
        expect(page.get_by_text("The model takes it for green").first).to_be_visible()
        snap(page, "proposal-model")
        desk.press("Enter")
        assert [one["classId"] for one in desk.state["regions"]] == [project.classes.get(name="green").pk]
        desk.press("Control+z")
    desk.press("h")
    click()
    expect(page.get_by_text("proposed by colour instead").first).to_be_visible()
    desk.press("Escape")
