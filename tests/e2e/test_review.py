"""The annotator's day: correct, relabel, draw, undo, skip, submit; and what PostgreSQL holds afterwards."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from annotator.models import Annotation, AuditEvent, Draft, Item, QueueEntry
from tests.e2e.pictures import picture
from tests.e2e.street import Street
from tests.e2e.workspace import Workspace, eventually

PageOf = Callable[..., Page]


@pytest.fixture
def desk(street: Street, page_of: PageOf) -> Workspace:
    """bob's review page, with his first item open."""
    return Workspace(page_of(street.bob), street.project.pk).open()


def test_a_corrected_guess_is_submitted_and_the_next_item_comes(street: Street, page_of: PageOf) -> None:
    page = page_of(street.bob)
    page.goto("/projects")
    page.get_by_role("link", name="Street").first.click()
    page.get_by_role("link", name="Start review").first.click()
    desk = Workspace(page, street.project.pk).wait_ready()
    first = QueueEntry.objects.filter(done=False).order_by("-priority", "pk")[0].item
    assert desk.item_id == first.pk
    assert desk.state["selectedId"] == "p1"  # the only one that is doubtful
    before = desk.region("p1")["bbox"]
    scale = (desk.on_screen("p1")[2] - desk.on_screen("p1")[0]) / (before[2] - before[0])

    desk.drag(desk.corner("p1"), (-12, -9))
    desk.press("2")
    after = desk.region("p1")
    assert after["bbox"] == pytest.approx(
        [before[0], before[1], before[2] - 12 / scale, before[3] - 9 / scale], abs=0.6
    )
    assert after["classId"] == street.classes["pedestrian"]
    desk.press("Enter")
    desk.wait_ready(other_than=first.pk)
    desk.expect_saved()

    annotation = Annotation.objects.get(item=first)
    assert (annotation.origin, annotation.revision, annotation.author) == ("human", 1, street.bob)
    objects = {one["id"]: one for one in annotation.document["objects"]}
    assert sorted(objects) == sorted(one["id"] for one in annotation.source_prediction.document["objects"])
    assert objects["p1"]["bbox"] == pytest.approx(after["bbox"], abs=0.01)
    assert objects["p1"]["class_id"] == street.classes["pedestrian"]
    assert (objects["p1"]["origin"], objects["p1"]["prediction_id"]) == ("edited", "p1")
    assert {one["origin"] for one in annotation.document["objects"] if one["id"] != "p1"} == {"accepted"}
    assert annotation.changes["relabelled"] == 1
    assert annotation.duration_ms is not None
    first.refresh_from_db()
    assert (first.state, first.revision) == ("reviewed", 1)
    assert QueueEntry.objects.get(item=first).done
    assert not Draft.objects.filter(item=first).exists()
    assert AuditEvent.objects.filter(verb="annotation.submit", target_id=str(first.pk), actor=street.bob).exists()


def test_a_drawn_box_is_undone_and_redone_and_submitted_as_ones_own(street: Street, desk: Workspace) -> None:
    item_id, count = desk.item_id, len(desk.state["regions"])
    desk.press("A")
    desk.press("b")
    desk.drag(desk.empty_spot(80, 60), (80, 60))
    own = [one for one in desk.state["regions"] if one["prediction"] is None]
    assert len(own) == 1
    desk.press("Control+z")
    assert len(desk.state["regions"]) == count
    desk.press("Control+Shift+z")
    assert len(desk.state["regions"]) == count + 1
    desk.press("3")
    desk.press("Enter")
    desk.wait_ready(other_than=item_id)
    desk.expect_saved()
    objects = Annotation.objects.get(item_id=item_id).document["objects"]
    drawn = [one for one in objects if one["origin"] == "manual"]
    assert len(drawn) == 1
    assert drawn[0]["class_id"] == street.classes["traffic_sign"]
    assert drawn[0]["bbox"] == pytest.approx(own[0]["bbox"], abs=0.01)


def test_a_rejected_guess_is_not_part_of_the_truth(desk: Workspace) -> None:
    item_id, count = desk.item_id, len(desk.state["regions"])
    desk.press("x")
    desk.press("Enter")
    desk.wait_ready(other_than=item_id)
    desk.expect_saved()
    annotation = Annotation.objects.get(item_id=item_id)
    assert len(annotation.document["objects"]) == count - 1
    assert annotation.changes["deleted"] == 1


def test_what_was_not_looked_at_is_asked_for_once(desk: Workspace) -> None:
    item_id = desk.item_id
    desk.press("Enter")
    expect(desk.page.get_by_test_id("note")).to_contain_text("1 not looked at")
    assert desk.item_id == item_id
    desk.press("Enter")
    desk.wait_ready(other_than=item_id)
    eventually(lambda: Item.objects.get(pk=item_id).state, "reviewed")


def test_a_skipped_item_goes_with_its_reason(desk: Workspace) -> None:
    item_id = desk.item_id
    desk.press("s")
    expect(desk.page.get_by_role("dialog")).to_be_visible()
    desk.press("2")
    desk.wait_ready(other_than=item_id)
    eventually(lambda: Item.objects.get(pk=item_id).state, "skipped")
    assert AuditEvent.objects.get(verb="item.skip", target_id=str(item_id)).after["reason"] == "quality"


def test_the_queue_is_worked_off_to_its_end(desk: Workspace) -> None:
    for _ in range(4):
        item_id = desk.item_id
        desk.press("A")
        desk.press("Enter")
        if Item.objects.filter(state="queued").exclude(pk=item_id).exists():
            desk.wait_ready(other_than=item_id)
        desk.expect_saved()
        eventually(lambda item_id=item_id: Item.objects.get(pk=item_id).state, "reviewed")
    expect(desk.page.get_by_test_id("queue-empty")).to_contain_text("All done for now")
    assert set(Item.objects.values_list("state", flat=True)) == {"reviewed"}


def test_the_picture_for_the_readme(street: Street, page_of: PageOf) -> None:
    page = page_of(street.bob, viewport={"width": 1280, "height": 760})
    desk = Workspace(page, street.project.pk).open()
    for region in desk.state["regions"]:
        desk.on_screen(region["id"])  # everything is in sight
    expect(page.get_by_test_id("region-row")).to_have_count(len(desk.state["regions"]))
    picture(page, "review")
