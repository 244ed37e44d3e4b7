"""What may go wrong under an annotator's hands, and that no work is lost by it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, Route, expect

from annotator.models import Annotation, AuditEvent, Draft, LabelClass, QueueEntry, Suggestion
from annotator.services import suggestions
from tests.e2e.pictures import picture, snap
from tests.e2e.street import PASSWORD, Street, let_guesses_be_known
from tests.e2e.test_accessibility import LOOKS, violations
from tests.e2e.workspace import Workspace, eventually

PageOf = Callable[..., Page]


@pytest.fixture
def desk(street: Street, page_of: PageOf) -> Workspace:
    let_guesses_be_known(street.project)
    return Workspace(page_of(street.bob), street.project.pk).open()


def move_right(desk: Workspace) -> list[float]:
    """Nudge the selected box ten pixels; returns where it is then."""
    before = desk.region("p1")["bbox"]
    desk.press("Shift+ArrowRight")
    after: list[float] = desk.region("p1")["bbox"]
    assert after[0] == pytest.approx(before[0] + 10, abs=0.01)
    return after


def at_the_next_draft(desk: Workspace, happens: Callable[[], Any]) -> None:
    """Let this happen when the next draft is on its way: nothing that the page asks by itself can meet it before."""

    def on_its_way(route: Route) -> None:
        happens()
        route.continue_()

    desk.page.route("**/draft/", on_its_way, times=1)


def give_to(person: Any, item_id: int) -> None:
    """As if the lease had run out and this person had got the item."""
    QueueEntry.objects.filter(item_id=item_id).update(
        lease_user=person, lease_token=uuid.uuid4(), lease_until=timezone.now() + timedelta(minutes=5)
    )


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
    at_the_next_draft(desk, lambda: give_to(street.alice, item_id))
    moved = move_right(desk)
    expect(desk.page.get_by_test_id("lease-lost")).to_contain_text("kept here")
    assert desk.region("p1")["bbox"] == pytest.approx(moved, abs=0.01)
    assert not Draft.objects.filter(item_id=item_id).exists()
    QueueEntry.objects.filter(item_id=item_id).update(lease_user=None, lease_token=None, lease_until=None)
    desk.page.get_by_role("button", name="Take it back and submit").click()
    eventually(lambda: Annotation.objects.filter(item_id=item_id, author=street.bob).exists())
    objects = {one["id"]: one for one in Annotation.objects.get(item_id=item_id).document["objects"]}
    assert objects["p1"]["bbox"] == pytest.approx(moved, abs=0.01)


def test_a_session_that_ends_asks_over_the_canvas_and_goes_on(
    street: Street, desk: Workspace, expected_errors: list[str]
) -> None:
    expected_errors.append("401|403")
    item_id = desk.item_id
    at_the_next_draft(desk, lambda: Session.objects.all().delete())
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
    # Of four pictures one is left for her, however many he fetches ahead.
    eventually(lambda: QueueEntry.objects.filter(lease_user=street.bob).count(), 3)
    alice = Workspace(page_of(street.alice), street.project.pk).open()
    assert bob.item_id != alice.item_id


def test_work_done_offline_in_a_tab_that_was_closed_is_there_again_and_arrives(
    street: Street, open_browser: Callable[..., BrowserContext], expected_errors: list[str]
) -> None:
    expected_errors.append("ERR_INTERNET_DISCONNECTED")
    context = open_browser(street.bob)
    desk = Workspace(context.new_page(), street.project.pk).open()
    item_id = desk.item_id
    context.set_offline(True)
    moved = move_right(desk)
    expect(desk.pill).to_contain_text("Offline · 1 kept here")
    desk.page.close()
    assert not Draft.objects.filter(item_id=item_id).exists()
    context.set_offline(False)
    again = Workspace(context.new_page(), street.project.pk).open(item_id)
    assert again.region("p1")["bbox"] == pytest.approx(moved, abs=0.01)
    eventually(lambda: Draft.objects.filter(item_id=item_id, user=street.bob).exists())
    again.expect_saved()
    kept = {one["id"]: one for one in Draft.objects.get(item_id=item_id).document["objects"]}
    assert kept["p1"]["bbox"] == pytest.approx(moved, abs=0.01)


def test_work_on_an_item_that_went_to_another_is_suggested_to_them(
    street: Street, desk: Workspace, page_of: PageOf, expected_errors: list[str]
) -> None:
    expected_errors.append("409")
    item_id = desk.item_id
    at_the_next_draft(desk, lambda: give_to(street.alice, item_id))
    moved = move_right(desk)
    desk.page.get_by_role("button", name="Send my changes as a suggestion").click()
    desk.wait_ready(other_than=item_id)
    desk.expect_saved()
    suggestion = Suggestion.objects.get(item_id=item_id)
    assert (suggestion.author, suggestion.state, suggestion.base_revision) == (street.bob, "open", 0)
    assert not Annotation.objects.filter(item_id=item_id).exists()

    alice = Workspace(page_of(street.alice), street.project.pk).open(item_id)
    row = alice.page.get_by_test_id("suggestion")
    expect(row).to_contain_text("Bob suggests changes")
    expect(row).to_contain_text("1 change to what it began with")
    row.get_by_role("button", name="Put aside").click()
    eventually(lambda: Suggestion.objects.get().state, "dismissed")
    row.get_by_role("button", name="Bring back").click()
    eventually(lambda: Suggestion.objects.get().state, "open")
    before = alice.region("p1")["bbox"]
    row.get_by_role("button", name="Take over").click()
    assert alice.region("p1")["bbox"] == pytest.approx(moved, abs=0.01)
    expect(row).to_have_count(0)
    eventually(lambda: Suggestion.objects.get().state, "taken")
    alice.press("Control+z")
    expect(row).to_have_count(1)
    assert alice.region("p1")["bbox"] == before
    eventually(lambda: Suggestion.objects.get().state, "open")
    alice.press("Control+Shift+z")
    eventually(lambda: Suggestion.objects.get().state, "taken")
    alice.canvas.focus()
    alice.press("Enter")
    eventually(lambda: Annotation.objects.filter(item_id=item_id).exists())
    annotation = Annotation.objects.get(item_id=item_id)
    objects = {one["id"]: one for one in annotation.document["objects"]}
    assert annotation.author == street.alice
    assert objects["p1"]["bbox"] == pytest.approx(moved, abs=0.01)
    verbs = AuditEvent.objects.filter(target_id=str(item_id), target_type="item").values_list("verb", flat=True)
    assert {"suggestion.add", "suggestion.close", "suggestion.reopen"} <= set(verbs)


@LOOKS
def test_suggestions_stand_beside_the_picture_in_both_languages_light_and_dark(
    street: Street, page_of: PageOf, language: str, scheme: str
) -> None:
    item = QueueEntry.objects.filter(done=False).order_by("-priority", "pk")[0].item
    found = item.predictions.get().document["objects"]
    truth = [{key: one[key] for key in ("id", "bbox", "class_id")} | {"prediction_id": one["id"]} for one in found]
    truth[0]["bbox"][0] += 4
    for author, objects in ((street.alice, truth), (street.bob, truth[1:])):
        document = {"objects": [one | {"origin": "edited"} for one in objects], "review": {"rejected": []}}
        suggestions.add_suggestion(actor=author, item_id=item.pk, document=document, base_revision=0)
    street.bob.locale = language
    street.bob.save()
    desk = Workspace(page_of(street.bob, color_scheme=scheme), street.project.pk).open(item.pk)
    rows = desk.page.get_by_test_id("suggestion")
    expect(rows).to_have_count(2)
    rows.last.get_by_role("button").last.click()
    expect(rows.last.get_by_role("button")).to_have_count(1)
    assert violations(desk.page) == []
    snap(desk.page, f"suggestions-{language}-{scheme}")


def test_two_windows_that_changed_the_same_region_are_shown_beside_each_other(
    street: Street, desk: Workspace, page_of: PageOf, expected_errors: list[str]
) -> None:
    expected_errors.append("409")
    item_id = desk.item_id
    other = Workspace(page_of(street.bob), street.project.pk).open(item_id)
    other.press("Shift+ArrowDown")
    theirs = other.region("p1")["bbox"]
    other.press("Enter")
    other.wait_ready(other_than=item_id)
    other.expect_saved()

    mine = move_right(desk)
    desk.page.get_by_role("button", name="Take it back and submit").click()
    dialog = desk.page.get_by_role("dialog", name="Two people changed this region")
    expect(dialog.get_by_text("Original")).to_be_visible()
    expect(dialog.locator("canvas")).to_have_count(1)
    picture(desk.page, "review-conflict")
    desk.press("Enter")  # keeps both, to be checked
    expect(dialog).to_be_hidden()
    assert [desk.region(one)["needsCheck"] for one in ("p1", "p1-theirs")] == [True, True]
    desk.press("a")
    desk.press("a")
    desk.press("Enter")
    desk.wait_ready(other_than=item_id)
    eventually(lambda: Annotation.objects.filter(item_id=item_id).count(), 2)
    objects = {one["id"]: one for one in Annotation.objects.get(item_id=item_id, revision=2).document["objects"]}
    assert objects["p1"]["bbox"] == pytest.approx(mine, abs=0.01)
    assert objects["p1-theirs"]["bbox"] == pytest.approx(theirs, abs=0.01)
    first = Annotation.objects.get(item_id=item_id, revision=1).document["objects"]
    assert set(objects) == {one["id"] for one in first} | {"p1-theirs"}


def test_a_second_tab_only_looks_until_it_takes_over(
    street: Street, open_browser: Callable[..., BrowserContext]
) -> None:
    context = open_browser(street.bob)
    first = Workspace(context.new_page(), street.project.pk).open()
    item_id = first.item_id
    second = Workspace(context.new_page(), street.project.pk).open(item_id)
    banner = second.page.get_by_test_id("other-tab")
    expect(banner).to_contain_text("open in another tab")
    before = second.region("p1")["bbox"]
    second.press("Shift+ArrowRight")
    assert second.region("p1")["bbox"] == before
    second.page.get_by_role("button", name="Work on it here").click()
    expect(banner).to_be_hidden()
    expect(first.page.get_by_test_id("other-tab")).to_be_visible()
    second.wait_ready()
    second.press("Shift+ArrowRight")
    assert second.region("p1")["bbox"] != before
    eventually(lambda: Draft.objects.filter(item_id=item_id).exists())


def test_a_class_taken_away_under_an_open_page_is_mapped_to_another(street: Street, desk: Workspace) -> None:
    item_id, lost = desk.item_id, desk.region("p1")["classId"]
    target = next(name for name, pk in street.classes.items() if pk != lost)
    LabelClass.objects.filter(pk=lost).update(archived=True)
    expect(desk.page.get_by_test_id("classes-gone")).to_be_visible(timeout=60_000)
    desk.page.get_by_role("button", name="Choose classes").click()
    desk.page.get_by_role("dialog").get_by_role("combobox").first.select_option(label=target)
    desk.page.get_by_role("button", name="Change them").click()
    expect(desk.page.get_by_test_id("classes-gone")).to_be_hidden()
    assert {one["classId"] for one in desk.state["regions"]}.isdisjoint({lost})
    desk.press("Control+z")
    assert desk.region("p1")["classId"] == lost
    desk.press("Control+Shift+z")
    desk.accept_all()
    desk.press("Enter")
    desk.wait_ready(other_than=item_id)
    eventually(lambda: Annotation.objects.filter(item_id=item_id).exists())
    kept = {one["class_id"] for one in Annotation.objects.get(item_id=item_id).document["objects"]}
    assert lost not in kept and street.classes[target] in kept
