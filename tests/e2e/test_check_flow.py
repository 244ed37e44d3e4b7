"""Clearing the uncertain, by keyboard alone; what PostgreSQL holds afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from annotator.models import Annotation, AuditEvent, Project
from tests.e2e.pictures import picture, snap
from tests.e2e.street import Street, let_guesses_be_known
from tests.e2e.test_accessibility import violations
from tests.e2e.workspace import Workspace

PageOf = Callable[..., Page]


@pytest.fixture
def doubtful(street: Street) -> Street:
    """Nothing is certain enough to be accepted by itself: every guess is to be checked."""
    Project.objects.filter(pk=street.project.pk).update(accept_threshold=0.99)
    let_guesses_be_known(street.project)
    return street


@pytest.fixture
def desk(doubtful: Street, page_of: PageOf) -> Workspace:
    """bob's review page, with his first item open."""
    return Workspace(page_of(doubtful.bob), doubtful.project.pk).open()


def by_margin(desk: Workspace) -> list[str]:
    """The check queue: what is nearest to the accept threshold first; reading order between equals."""
    regions: list[dict[str, Any]] = desk.state["regions"]
    return [one["id"] for one in sorted(regions, key=lambda one: round(abs(one["prediction"]["score"] - 0.99), 6))]


def states(desk: Workspace) -> dict[str, str]:
    return {one["id"]: one["state"] for one in desk.state["regions"]}


def note(desk: Workspace, text: str) -> None:
    expect(desk.page.get_by_test_id("note")).to_contain_text(text)


def test_an_item_is_cleared_by_keys_alone_and_the_rows_say_so(doubtful: Street, page_of: PageOf) -> None:
    page = page_of(doubtful.bob)
    page.goto(f"/projects/{doubtful.project.pk}")
    page.get_by_role("link", name="Start review").first.focus()
    page.keyboard.press("Enter")
    desk = Workspace(page, doubtful.project.pk).wait_ready()
    item_id, queue = desk.item_id, by_margin(desk)
    assert len(queue) >= 4
    one, two, three, four = queue[:4]
    assert desk.state["selectedId"] == one
    desk.press("j")
    assert desk.state["selectedId"] == two
    desk.press("k")
    assert desk.state["selectedId"] == one
    desk.press("a")
    assert (desk.region(one)["state"], desk.state["selectedId"]) == ("accepted", two)
    desk.press("x")
    assert (desk.region(two)["state"], desk.state["selectedId"]) == ("rejected", three)
    before = desk.region(three)
    digit = 1 if before["classId"] != doubtful.classes["vehicle"] else 2
    wanted = doubtful.classes["vehicle" if digit == 1 else "pedestrian"]
    desk.press(str(digit))
    assert (desk.region(three)["classId"], desk.state["selectedId"]) == (wanted, four)
    there = desk.region(four)["bbox"]
    desk.press("ArrowLeft")
    assert desk.region(four)["bbox"][0] == pytest.approx(there[0] - 1, abs=0.01)
    desk.press("Control+z")
    assert (desk.region(four)["bbox"], desk.region(four)["state"]) == (there, "pending")

    rest = [region for region in queue[3:] if desk.region(region)["state"] == "pending"]
    desk.accept_all()
    note(desk, f"Accepted {len(rest)}")
    assert {states(desk)[region] for region in rest} == {"accepted"}
    desk.press("Control+z")
    assert {states(desk)[region] for region in rest} == {"pending"}
    desk.press("Control+Shift+z")
    desk.press("Enter")
    desk.wait_ready(other_than=item_id)
    desk.expect_saved()

    annotation = Annotation.objects.get(item_id=item_id)
    objects = {one["id"]: one for one in annotation.document["objects"]}
    assert set(objects) == set(queue) - {two}
    assert (objects[three]["class_id"], objects[three]["origin"]) == (wanted, "edited")
    assert {objects[region]["origin"] for region in [one, *rest]} == {"accepted"}
    counts = {key: annotation.changes[key] for key in ("accepted", "edited", "relabelled", "deleted", "added")}
    assert counts == {"accepted": 1 + len(rest), "edited": 0, "relabelled": 1, "deleted": 1, "added": 0}


def test_the_slider_says_what_is_shown_and_what_accept_all_takes(desk: Workspace) -> None:
    item_id, lowest = desk.item_id, by_margin(desk)[-1]
    assert desk.region(lowest)["prediction"]["score"] == pytest.approx(0.4)
    histogram = desk.page.get_by_test_id("score-histogram")
    count = len(desk.state["regions"])
    expect(histogram).to_have_attribute("aria-label", f"Scores of the guesses on this picture: {count} to check, "
                                                      "0 accepted, 0 changed, 0 rejected")  # fmt: skip
    expect(desk.page.get_by_test_id("accept-estimate")).to_contain_text("Accepted from 99 %")
    for _ in range(4):
        desk.press(".")
    expect(histogram).to_have_attribute("aria-label", f"Scores of the guesses on this picture: {count - 1} to check, "
                                                      "0 accepted, 0 changed, 0 rejected")  # fmt: skip
    desk.accept_all()
    note(desk, f"Accepted {count - 1}")
    desk.press(",")
    assert desk.region(lowest)["state"] == "pending"
    desk.press(".")
    desk.press("Enter")
    desk.wait_ready(other_than=item_id)
    desk.expect_saved()
    kept = {one["id"] for one in Annotation.objects.get(item_id=item_id).document["objects"]}
    assert len(kept) == count - 1 and lowest not in kept


def test_accepting_all_at_once_is_off_until_it_is_known_how_often_guesses_are_right(
    street: Street, page_of: PageOf
) -> None:
    desk = Workspace(page_of(street.bob), street.project.pk).open()
    why = "Accepting all at once is off from 25 %: how often it is right is known of 0 reviewed guesses, 20 are needed."
    button = desk.page.get_by_test_id("accept-all")
    expect(button).to_have_attribute("title", why)
    expect(button).to_have_attribute("aria-disabled", "true")
    before = states(desk)
    button.click(force=True)
    desk.press("Shift+A")
    note(desk, why)
    assert states(desk) == before
    desk.press("Control+k")
    desk.page.keyboard.type("accept all")
    snap(desk.page, "bulk-off")
    row = desk.page.get_by_test_id("palette-row").first
    expect(row).to_contain_text("Precision not known yet")
    expect(row).to_have_attribute("aria-disabled", "true")
    assert violations(desk.page) == []
    desk.press("Escape")

    let_guesses_be_known(street.project)
    desk.page.reload()
    desk.wait_ready()
    expect(button).not_to_have_attribute("aria-disabled", "true")
    button.click()
    note(desk, "Accepted 1")


def test_a_project_may_want_a_decision_about_each_guess_before_a_submit(street: Street, page_of: PageOf) -> None:
    lead = page_of(street.alice)
    lead.goto(f"/projects/{street.project.pk}/settings?tab=routing")
    lead.get_by_label("A second Enter submits with guesses not looked at").uncheck()
    lead.get_by_role("button", name="Save").click()
    expect(lead.get_by_text("Saved")).to_be_visible()
    snap(lead, "second-enter")

    desk = Workspace(page_of(street.bob), street.project.pk).open()
    item_id = desk.item_id
    for _ in range(2):
        desk.press("Enter")
        note(desk, "1 not looked at. This project wants a decision about each.")
    assert desk.item_id == item_id and desk.state["selectedId"] == "p1"
    desk.press("a")
    desk.press("Enter")
    desk.wait_ready(other_than=item_id)
    assert AuditEvent.objects.get(verb="project.update").after == {"submit_unchecked": False}


def test_the_list_of_changes_shows_walks_and_restores(desk: Workspace) -> None:
    one, two, three, *_ = by_margin(desk)
    desk.press("Shift+ArrowLeft")
    desk.press("j")
    desk.press("x")
    desk.press("d")
    rows = desk.page.get_by_test_id("diff-row")
    expect(rows).to_have_count(2)
    expect(rows.filter(has_text="IoU")).to_have_count(1)
    expect(rows.and_(desk.page.locator("[data-kind=removed]"))).to_have_count(1)
    picture(desk.page, "review-changes")
    walked = set()
    for _ in range(2):
        desk.press("j")
        walked.add(desk.state["selectedId"])
    assert walked == {one, two}
    while desk.state["selectedId"] != one:
        desk.press("j")
    desk.press("r")
    expect(rows).to_have_count(1)
    assert desk.region(one)["bbox"] == desk.region(one)["prediction"]["bbox"]
    desk.press("d")
    expect(desk.page.get_by_test_id("diff-list")).to_have_count(0)
    assert desk.region(three)["state"] == "pending"


def test_several_picked_regions_are_relabelled_and_rejected_in_one_step(desk: Workspace) -> None:
    before = states(desk)
    classes = {one["id"]: one["classId"] for one in desk.state["regions"]}
    desk.press("t")
    desk.press("Shift+J")
    desk.press("Shift+J")
    note(desk, "3 regions picked")
    expect(desk.page.locator("[data-testid=region-row][aria-selected=true]")).to_have_count(3)
    desk.press("3")
    note(desk, "Changed the class of 3")
    desk.press("Control+z")
    assert {one["id"]: one["classId"] for one in desk.state["regions"]} == classes
    assert states(desk) == before
    rows = desk.page.get_by_test_id("region-row")
    rows.nth(0).click()
    rows.nth(2).click(modifiers=["Shift"])
    desk.press("x")
    note(desk, "Rejected 3")
    assert list(states(desk).values()).count("rejected") == 3
    desk.press("Control+z")
    assert states(desk) == before


def test_the_check_order_is_chosen_by_a_key_and_remembered(desk: Workspace) -> None:
    order = desk.page.get_by_label("Check order")
    expect(order).to_have_value("margin")
    desk.press("o")
    expect(order).to_have_value("reading")
    desk.page.reload()
    desk.wait_ready()
    expect(order).to_have_value("reading")
    assert desk.state["selectedId"] == desk.state["regions"][0]["id"]


def test_a_box_over_a_guess_of_its_class_may_correct_it_instead(doubtful: Street, desk: Workspace) -> None:
    count, guess = len(desk.state["regions"]), desk.region("p1")
    desk.press("Escape")
    name = next(name for name, pk in doubtful.classes.items() if pk == guess["classId"])
    desk.press(str(1 + list(doubtful.classes).index(name)))
    desk.press("b")
    x1, y1, x2, y2 = desk.on_screen("p1")
    desk.drag((x1 + 2, y1 + 2), (x2 - x1 - 3, y2 - y1 - 3))
    note(desk, "covers a guess of the same class (40 %)")
    assert len(desk.state["regions"]) == count + 1
    desk.press("y")
    assert len(desk.state["regions"]) == count
    assert (desk.region("p1")["state"], desk.state["selectedId"]) == ("edited", "p1")
    desk.press("Control+z")
    assert len(desk.state["regions"]) == count + 1


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("zh-Hans", "dark")])
def test_the_check_flow_reads_in_both_languages(doubtful: Street, page_of: PageOf, language: str, scheme: str) -> None:
    doubtful.bob.locale = language
    doubtful.bob.save()
    desk = Workspace(page_of(doubtful.bob, color_scheme=scheme), doubtful.project.pk).open()
    desk.press("a")
    desk.press("x")
    expect(desk.page.get_by_test_id("score-histogram")).to_be_visible()
    expect(desk.page.get_by_test_id("region-row")).to_have_count(len(desk.state["regions"]))
    if scheme == "dark":
        picture(desk.page, "review-zh-Hans-dark")
