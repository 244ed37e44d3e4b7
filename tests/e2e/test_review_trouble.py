"""What may go wrong under an annotator's hands, and that no work is lost by it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import Page, expect

from annotator.models import Annotation, Draft, QueueEntry
from tests.e2e.street import PASSWORD, Street
from tests.e2e.workspace import Workspace, eventually

PageOf = Callable[..., Page]


@pytest.fixture
def desk(street: Street, page_of: PageOf) -> Workspace:
    return Workspace(page_of(street.bob), street.project.pk).open()


def move_right(desk: Workspace) -> list[float]:
    """Nudge the selected box ten pixels; returns where it is then."""
    before = desk.region("p1")["bbox"]
    desk.press("Shift+ArrowRight")
    after: list[float] = desk.region("p1")["bbox"]
    assert after[0] == pytest.approx(before[0] + 10, abs=0.01)
    return after


def test_a_draft_survives_a_reload(desk: Workspace) -> None:
    item_id = desk.item_id
    moved = move_right(desk)
    eventually(lambda: Draft.objects.filter(item_id=item_id).exists())
    desk.expect_saved()
    desk.page.reload()
    desk.wait_ready()
    assert desk.item_id == item_id
    assert desk.region("p1")["bbox"] == pytest.approx(moved, abs=0.01)
    assert desk.region("p1")["state"] == "edited"


def test_work_done_offline_is_sent_when_the_network_is_back(desk: Workspace, expected_errors: list[str]) -> None:
    expected_errors.append("ERR_INTERNET_DISCONNECTED")
    item_id = desk.item_id
    desk.page.context.set_offline(True)
    moved = move_right(desk)
    desk.press("Enter")
    expect(desk.pill).to_contain_text("Offline")
    assert not Annotation.objects.filter(item_id=item_id).exists()
    desk.page.context.set_offline(False)
    eventually(lambda: Annotation.objects.filter(item_id=item_id).exists())
    desk.expect_saved()
    objects = {one["id"]: one for one in Annotation.objects.get(item_id=item_id).document["objects"]}
    assert objects["p1"]["bbox"] == pytest.approx(moved, abs=0.01)


def test_a_lost_lease_keeps_the_work_and_can_still_be_sent(
    street: Street, desk: Workspace, expected_errors: list[str]
) -> None:
    expected_errors.append("409")
    item_id = desk.item_id
    QueueEntry.objects.filter(item_id=item_id).update(
        lease_user=street.alice, lease_token=uuid.uuid4(), lease_until=timezone.now() + timedelta(minutes=5)
    )
    moved = move_right(desk)
    expect(desk.page.get_by_test_id("lease-lost")).to_contain_text("kept here")
    assert desk.region("p1")["bbox"] == pytest.approx(moved, abs=0.01)
    assert not Draft.objects.filter(item_id=item_id).exists()
    QueueEntry.objects.filter(item_id=item_id).update(lease_user=None, lease_token=None, lease_until=None)
    desk.page.get_by_role("button", name="Send my changes").click()
    eventually(lambda: Annotation.objects.filter(item_id=item_id, author=street.bob).exists())
    objects = {one["id"]: one for one in Annotation.objects.get(item_id=item_id).document["objects"]}
    assert objects["p1"]["bbox"] == pytest.approx(moved, abs=0.01)


def test_a_session_that_ends_asks_over_the_canvas_and_goes_on(
    street: Street, desk: Workspace, expected_errors: list[str]
) -> None:
    expected_errors.append("401|403")
    item_id = desk.item_id
    Session.objects.all().delete()
    moved = move_right(desk)
    dialog = desk.page.get_by_role("dialog", name="Log in to go on")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Log in").click()
    expect(dialog).to_be_hidden()
    eventually(lambda: Draft.objects.filter(item_id=item_id, user=street.bob).exists())
    assert desk.region("p1")["bbox"] == pytest.approx(moved, abs=0.01)


def test_two_people_never_get_the_same_item(street: Street, page_of: PageOf) -> None:
    bob = Workspace(page_of(street.bob), street.project.pk).open()
    alice = Workspace(page_of(street.alice), street.project.pk).open()
    assert bob.item_id != alice.item_id
