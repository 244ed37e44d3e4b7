"""By keyboard alone: the palette, keys of one's own, what is put off, what is reported; and what PostgreSQL holds."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from annotator.models import Annotation, AuditEvent, Draft, Item, LabelClass, QueueEntry, User
from tests.e2e.pictures import snap
from tests.e2e.street import Street, let_guesses_be_known
from tests.e2e.test_accessibility import violations
from tests.e2e.workspace import Workspace, eventually

PageOf = Callable[..., Page]


@pytest.fixture
def desk(street: Street, page_of: PageOf) -> Workspace:
    let_guesses_be_known(street.project)
    return Workspace(page_of(street.bob), street.project.pk).open()


def test_the_palette_runs_a_command_found_by_a_few_letters(desk: Workspace) -> None:
    page = desk.page
    desk.press("Control+k")
    field = page.get_by_role("combobox")
    expect(field).to_be_focused()
    snap(page, "palette")
    page.keyboard.type("accpt all")
    current = page.locator("[data-testid=palette-row][aria-selected=true]")
    expect(current).to_contain_text("Accept all that are shown")
    expect(current).to_contain_text("Shift + A")
    desk.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert {one["state"] for one in desk.state["regions"]} == {"accepted"}
    expect(desk.canvas).to_be_focused()


def test_the_palette_greys_what_cannot_be_done_and_says_why(desk: Workspace) -> None:
    page = desk.page
    desk.press("Control+k")
    page.keyboard.type("undo")
    undo = page.locator("#palette-undo")
    expect(undo).to_have_attribute("aria-disabled", "true")
    expect(undo).to_contain_text("Nothing to undo")
    desk.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()


def test_the_palette_gives_the_focus_back_and_opens_other_dialogs(desk: Workspace) -> None:
    page = desk.page
    fit = page.get_by_role("button", name="Fit", exact=True)
    fit.focus()
    desk.press("Control+k")
    expect(page.get_by_role("combobox")).to_be_focused()
    desk.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(fit).to_be_focused()
    desk.press("Control+k")
    page.keyboard.type("search a class")
    desk.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("Search a class")
    expect(page.get_by_role("combobox")).to_be_focused()


@pytest.mark.parametrize(("language", "scheme"), [("en", "dark"), ("zh-Hans", "light")])
def test_palette_keys_and_report_are_accessible(street: Street, page_of: PageOf, language: str, scheme: str) -> None:
    street.bob.locale = language
    street.bob.save()
    desk = Workspace(page_of(street.bob, color_scheme=scheme), street.project.pk).open()
    found = []
    for key, name in (("Control+k", "palette"), ("?", "shortcuts"), ("q", "report"), ("c", "classes")):
        desk.press(key)
        expect(desk.page.get_by_role("dialog")).to_be_visible()
        found += violations(desk.page)
        snap(desk.page, f"{name}-{language}-{scheme}")
        desk.press("Escape")
        expect(desk.page.get_by_role("dialog")).to_have_count(0)
    snap(desk.page, f"page-{language}-{scheme}")
    assert found == []


def test_commands_and_classes_are_found_in_both_languages(street: Street, desk: Workspace) -> None:
    page = desk.page
    desk.press("Control+k")
    page.keyboard.insert_text("适应窗口")
    expect(page.locator("[data-testid=palette-row][aria-selected=true]")).to_contain_text("Fit the image")
    desk.press("Escape")
    desk.press("c")
    page.keyboard.type("jtbz")  # jiāotōng biāozhì
    desk.press("Enter")
    assert desk.region("p1")["classId"] == street.classes["traffic_sign"]


def change_key(page: Page, command: str, key: str) -> None:
    page.locator(f"[data-command={command}] button[aria-pressed]").first.press("Enter")
    page.keyboard.press(key)


def test_a_key_is_changed_refused_where_taken_and_kept_over_a_reload(
    street: Street, desk: Workspace, page_of: PageOf
) -> None:
    page, told = desk.page, desk.page.get_by_test_id("keys-told")
    desk.press("?")
    change_key(page, "rejectRegion", "a")
    expect(told).to_have_text("A belongs to “Accept the region, go to the next one”. Press another key, or Esc.")
    page.keyboard.press("3")
    expect(told).to_contain_text("3 belongs to “Set the class”")
    page.keyboard.press("Control+l")
    expect(told).to_contain_text("kept for the browser")
    snap(page, "refused")
    page.keyboard.press("u")
    expect(told).to_have_text("“Reject the guess, or delete your own region” is on U now.")
    eventually(
        lambda: User.objects.get(pk=street.bob.pk).preferences.get("keys"),
        {"rejectRegion": ["U", "Delete", "Backspace"]},
    )
    desk.press("Escape")
    desk.press("x")
    assert desk.region("p1")["state"] == "pending"

    page.reload()
    desk.wait_ready()
    desk.press("u")
    assert desk.region("p1")["state"] == "rejected"
    elsewhere = Workspace(page_of(street.bob), street.project.pk).open()
    elsewhere.press("?")
    row = elsewhere.page.locator("[data-command=rejectRegion]")
    expect(row).to_contain_text("U")
    row.get_by_role("button", name="Reset").click()
    expect(row).to_contain_text("X")
    eventually(lambda: User.objects.get(pk=street.bob.pk).preferences.get("keys"), {})


def test_esc_keeps_the_old_key_and_the_page_open(desk: Workspace) -> None:
    page = desk.page
    desk.press("?")
    page.locator("[data-command=undo] button[aria-pressed]").press("Enter")
    expect(page.get_by_test_id("keys-told")).to_contain_text("Press the new key for “Undo”")
    desk.press("Escape")
    expect(page.locator("[data-command=undo]")).to_contain_text("Ctrl + Z")
    expect(page.get_by_role("dialog")).to_be_visible()
    desk.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_keys_that_cannot_be_saved_work_in_this_tab_and_the_page_says_so(
    desk: Workspace, expected_errors: list[str]
) -> None:
    expected_errors.append("503")
    page = desk.page

    def broken(route: Route) -> None:
        route.fulfill(status=503, json={"code": "x", "message": "Down."})

    page.route("**/api/session/preferences/", broken)
    desk.press("?")
    change_key(page, "rejectRegion", "u")
    expect(page.get_by_test_id("keys-unsaved")).to_contain_text("in this tab only")
    desk.press("Escape")
    desk.press("u")
    assert desk.region("p1")["state"] == "rejected"
    page.unroute("**/api/session/preferences/")
    desk.press("?")
    page.get_by_role("button", name="Save again").click()
    expect(page.get_by_test_id("keys-unsaved")).to_have_count(0)


def test_single_keys_can_be_turned_off(street: Street, desk: Workspace) -> None:
    page = desk.page
    desk.press("?")
    page.get_by_role("checkbox").press("Space")
    eventually(lambda: User.objects.get(pk=street.bob.pk).preferences.get("single_keys"), False)
    desk.press("Escape")
    desk.press("x")
    desk.press("1")
    assert desk.region("p1")["state"] == "pending"
    desk.press("Control+k")
    expect(page.get_by_role("combobox")).to_be_focused()


def test_texts_name_the_keys_as_they_were_changed(street: Street, desk: Workspace) -> None:
    street.bob.preferences = {
        "keys": {"submit": ["U"], "undo": ["Ctrl+U"], "acceptRegion": ["Y"], "correctInstead": ["I"]}
    }
    street.bob.save()
    desk.page.reload()
    desk.wait_ready()
    row = desk.page.get_by_role("button", name="Accept", exact=True)
    expect(row).to_have_attribute("title", "Accept (Y)")
    desk.press("u")
    expect(desk.page.get_by_test_id("note")).to_have_text("1 not looked at. U again submits it as shown.")
    desk.accept_all()
    expect(desk.page.get_by_test_id("note")).to_contain_text("Ctrl + U")
    expect(desk.page.get_by_test_id("to-check")).to_have_text("All checked. U submits.")
    item_id = desk.item_id
    desk.press("u")
    desk.wait_ready(other_than=item_id)


def test_a_postponed_item_comes_back_after_the_others_with_what_was_done(street: Street, desk: Workspace) -> None:
    first = desk.item_id
    desk.press("x")
    desk.press("w")
    desk.wait_ready(other_than=first)
    expect(desk.page.get_by_test_id("note")).to_contain_text("Put off")
    eventually(lambda: AuditEvent.objects.filter(verb="item.postpone", target_id=str(first)).exists())
    assert Draft.objects.get(item_id=first, user=street.bob).document["review"] == {"rejected": ["p1"]}
    assert QueueEntry.objects.get(item_id=first).lease_user is None
    for _ in range(3):
        item_id = desk.item_id
        assert item_id != first
        desk.accept_all()
        desk.press("Enter")
        desk.wait_ready(other_than=item_id)
    assert desk.item_id == first
    assert desk.region("p1")["state"] == "rejected"
    desk.press("Enter")
    eventually(lambda: Item.objects.get(pk=first).state, "reviewed")
    assert "p1" not in [one["id"] for one in Annotation.objects.get(item_id=first).document["objects"]]


def test_a_report_is_pinned_to_the_region_in_hand_and_the_lead_sees_both(
    street: Street, desk: Workspace, page_of: PageOf
) -> None:
    item_id, box = desk.item_id, desk.region("p1")["bbox"]
    desk.press("q")
    expect(desk.page.get_by_role("textbox")).to_be_focused()
    desk.page.keyboard.type("A van or a bus?")
    expect(desk.page.get_by_role("checkbox")).to_be_checked()
    snap(desk.page, "report")
    desk.press("Enter")
    desk.wait_ready(other_than=item_id)
    eventually(lambda: Item.objects.get(pk=item_id).state, "problem")
    item = Item.objects.get(pk=item_id)
    assert item.problem == "A van or a bus?"
    assert item.problem_region["id"] == "p1"
    assert item.problem_region["bbox"] == pytest.approx(box, abs=0.01)

    lead = page_of(street.alice)
    lead.goto(f"/projects/{street.project.pk}/items?state=problem")
    lead.get_by_role("button", name=item.name).first.click()
    drawer = lead.get_by_role("dialog")
    expect(drawer).to_contain_text("A van or a bus?")
    name = LabelClass.objects.get(pk=item.problem_region["class_id"]).name
    expect(drawer).to_contain_text(f"about the marked region: {name}")
    expect(drawer.get_by_test_id("pinned")).to_have_count(1)
    snap(lead, "lead")
