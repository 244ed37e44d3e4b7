"""The grid in a real browser: pictures of one predicted class, only the wrong ones marked, all handed in at once."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from annotator.models import Annotation, AuditEvent, Item, LabelClass, Postponement, QueueEntry, Suggestion
from tests.e2e.closet import Closet, make_closet
from tests.e2e.pictures import picture
from tests.e2e.street import Street
from tests.e2e.test_accessibility import violations
from tests.e2e.workspace import eventually

PageOf = Callable[..., Page]
LOOKS = pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("zh-Hans", "dark")])


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    """A batch is many submits: on a busy machine they take longer than a page."""
    expect.set_options(timeout=30_000)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture
def closet(street: Street, shared: Path | None) -> Closet:
    return make_closet(street.alice, street.bob, shared)


def open_grid(page: Page, closet: Closet, name: str = "shoes", query: str = "") -> Page:
    """The pictures of one predicted class, 12 at a time."""
    page.add_init_script("localStorage.setItem('winnow.grid.size', localStorage.getItem('winnow.grid.size') ?? '12')")
    page.goto(f"{closet.address}?class={closet.classes[name]}{query}")
    expect(page.get_by_role("option").first).to_be_visible()
    expect(page.get_by_test_id("grid")).to_be_focused()
    return wait_for_pictures(page)


def wait_for_pictures(page: Page) -> Page:
    """Until all of the batch can be seen: what has not loaded is not confirmed."""
    page.wait_for_function(
        "() => [...document.querySelectorAll('[data-item] img')].every(one => one.complete && one.naturalWidth > 0)"
    )
    return page


def shown(page: Page) -> list[int]:
    """The items of the batch in hand."""
    return [int(one) for one in page.get_by_test_id("grid").locator("[data-item]").evaluate_all(
        "cells => cells.map(cell => cell.dataset.item)"
    )]  # fmt: skip


def marked(page: Page) -> dict[int, str]:
    cells = page.locator("[data-item]:not([data-mark=right])").evaluate_all(
        "cells => cells.map(cell => [cell.dataset.item, cell.dataset.mark])"
    )
    return {int(item): mark for item, mark in cells}


def go_to(page: Page, index: int, columns: int = 4) -> None:
    """With arrows only, from the first picture."""
    page.keyboard.press("Home")
    for _ in range(index // columns):
        page.keyboard.press("ArrowDown")
    for _ in range(index % columns):
        page.keyboard.press("ArrowRight")


def expect_saved(page: Page) -> None:
    expect(page.get_by_test_id("grid-pill")).to_have_attribute("data-state", "saved")


def test_by_keyboard_alone_two_are_corrected_and_ten_confirmed(closet: Closet, page_of: PageOf) -> None:
    page = page_of(closet.bob)
    page.add_init_script("localStorage.setItem('winnow.grid.size', '12')")
    page.goto(f"/projects/{closet.project.pk}/queue")
    page.get_by_role("link", name="Grid").focus()
    page.keyboard.press("Enter")
    choice = page.get_by_role("button", name=re.compile("shoes 30"))
    choice.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("grid")).to_be_focused()
    batch = shown(wait_for_pictures(page))
    assert batch == list(Item.objects.filter(project=closet.project).order_by("pk").values_list("pk", flat=True)[:12])

    go_to(page, 4)
    page.keyboard.press("x")
    go_to(page, 8)
    page.keyboard.press("x")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("grid-note")).to_contain_text("2 pictures are marked and have no class")
    page.keyboard.press("2")  # the first of the two, a hat
    page.keyboard.press("j")
    page.keyboard.press("c")
    page.keyboard.type("pan")
    page.keyboard.press("Enter")
    assert marked(page) == {batch[4]: "relabelled", batch[8]: "relabelled"}
    expect(page.get_by_test_id("grid-sum")).to_have_text("10 right · 2 corrected")
    expect(page.get_by_test_id("grid")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator(f"#cell-{batch[0]}")).to_have_count(0)
    assert not set(shown(page)) & set(batch)
    eventually(lambda: Annotation.objects.filter(item__in=batch).count(), 12, 60)
    expect_saved(page)
    wanted = dict.fromkeys(batch, ("shoes", "accepted")) | {batch[4]: ("hat", "edited"), batch[8]: ("pants", "edited")}
    names = {pk: name for name, pk in closet.classes.items()}
    rows = Annotation.objects.filter(item__project=closet.project)
    said = {
        one.item_id: (names[one.document["objects"][0]["class_id"]], one.document["objects"][0]["origin"])
        for one in rows
    }
    assert said == wanted
    assert {(one.author_id, one.origin, one.revision) for one in rows} == {(closet.bob.pk, "human", 1)}
    assert rows.exclude(idempotency_key=None).values("idempotency_key").distinct().count() == 12
    assert not rows.filter(duration_ms=None).exists()
    assert Item.objects.filter(pk__in=batch, state="reviewed", revision=1).count() == 12
    assert AuditEvent.objects.filter(verb="annotation.submit", actor=closet.bob).count() == 12
    assert QueueEntry.objects.filter(item__in=batch, done=True, lease_user=None).count() == 12


def test_a_reload_keeps_marks_order_and_the_way_back(closet: Closet, page_of: PageOf) -> None:
    page = open_grid(page_of(closet.bob), closet)
    batch = shown(page)
    go_to(page, 4)
    page.keyboard.press("2")
    go_to(page, 6)
    page.keyboard.press("x")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("w")
    marks = {batch[4]: "relabelled", batch[6]: "lacking", batch[7]: "later"}
    assert marked(page) == marks
    page.reload()
    expect(page.get_by_test_id("grid-note")).to_contain_text("3 marks of yours are still here")
    assert shown(page) == batch
    assert marked(page) == marks
    page.keyboard.press("Control+z")
    assert marked(page) == {batch[4]: "relabelled", batch[6]: "lacking"}
    page.keyboard.press("Control+Shift+z")
    wait_for_pictures(page).keyboard.press("Enter")
    page.keyboard.press("Enter")
    eventually(lambda: Annotation.objects.filter(item__in=batch).count(), 10, 60)
    back = Postponement.objects.filter(user=closet.bob).values_list("entry__item_id", flat=True)
    assert set(back) == {batch[6], batch[7]}
    assert QueueEntry.objects.filter(item__in=list(back), done=False, lease_user=None).count() == 2


def test_an_outage_holds_the_batch_here_and_the_work_goes_on(
    closet: Closet, page_of: PageOf, expected_errors: list[str]
) -> None:
    expected_errors.append("ERR_INTERNET_DISCONNECTED|Failed to fetch")
    page = open_grid(page_of(closet.bob), closet)
    batch = shown(page)
    page.wait_for_load_state("networkidle")
    page.context.set_offline(True)
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    pill = page.get_by_test_id("grid-pill")
    expect(pill).to_have_attribute("data-state", "waiting")
    expect(pill).to_have_text("12 waiting")
    after = shown(page)
    assert len(after) == 12 and not set(after) & set(batch)
    page.keyboard.press("x")
    assert not Annotation.objects.exists()
    page.context.set_offline(False)
    eventually(lambda: Annotation.objects.filter(item__in=batch).count(), 12, 60)
    expect_saved(page)
    assert marked(page) == {after[0]: "lacking"}


def test_what_was_lost_or_changed_is_named_and_the_rest_is_done(closet: Closet, page_of: PageOf) -> None:
    page = open_grid(page_of(closet.bob), closet)
    batch = shown(page)
    lost, changed = Item.objects.get(pk=batch[2]), Item.objects.get(pk=batch[5])
    QueueEntry.objects.filter(item=lost).update(lease_user=closet.alice, lease_token=uuid.uuid4())
    Item.objects.filter(pk=changed.pk).update(revision=1)
    page.keyboard.press("Enter")
    told = page.get_by_test_id("not-taken")
    expect(told).to_contain_text("2 pictures were not taken; the others are done")
    expect(told).to_contain_text(f"{lost.name}: it went to somebody else")
    expect(told).to_contain_text(f"{changed.name}: somebody changed it")
    assert set(Annotation.objects.values_list("item_id", flat=True)) == set(batch) - {lost.pk, changed.pk}
    assert violations(page) == []
    page.reload()
    expect(told).to_be_visible()
    page.get_by_role("button", name="Send as a suggestion").click()
    expect(told).to_contain_text("1 picture was not taken")
    expect(page.get_by_role("button", name="Send as a suggestion")).to_have_count(0)
    sent = Suggestion.objects.get()
    assert (sent.item, sent.author, sent.document["objects"][0]["class_id"]) == (
        lost, closet.bob, closet.classes["shoes"],
    )  # fmt: skip
    page.get_by_role("button", name="I have seen it").click()
    expect(told).to_have_count(0)
    expect(page.get_by_test_id("grid")).to_be_focused()


def test_the_mouse_marks_ranges_and_the_palette_gives_classes(closet: Closet, page_of: PageOf) -> None:
    page = open_grid(page_of(closet.bob), closet)
    batch = shown(page)
    page.locator(f"#cell-{batch[1]}").click()
    page.locator(f"#cell-{batch[4]}").click(modifiers=["Shift"])
    assert marked(page) == dict.fromkeys(batch[1:5], "lacking")
    page.get_by_role("button", name="Give “hat” to all 4 pictures marked without a class").click()
    assert marked(page) == dict.fromkeys(batch[1:5], "relabelled")
    page.locator(f"#cell-{batch[2]}").click()
    assert marked(page) == {one: "relabelled" for one in batch[1:5] if one != batch[2]}
    page.get_by_role("button", name="24", exact=True).click()
    assert len(shown(wait_for_pictures(page))) == 24
    page.get_by_test_id("grid-confirm").click()
    eventually(lambda: Annotation.objects.filter(item__project=closet.project).count(), 24, 60)
    hats = Annotation.objects.filter(class_counts={str(closet.classes["hat"]): 1}).values_list("item_id", flat=True)
    assert set(hats) == {batch[1], batch[3], batch[4]}


def test_a_key_is_changed_in_the_grid_and_one_of_another_command_is_refused(closet: Closet, page_of: PageOf) -> None:
    page = open_grid(page_of(closet.bob), closet)
    batch = shown(page)
    page.keyboard.press("?")
    change = page.get_by_role("button", name=re.compile("Wrong, or right after all.*now X"))
    change.click()
    told = page.get_by_test_id("keys-told")
    page.keyboard.press("Home")
    expect(told).to_contain_text("Home belongs to “First and last picture”")
    page.keyboard.press("f")  # the grid has no such key, single pictures have
    expect(told).to_contain_text("F belongs to")
    page.keyboard.press("u")
    expect(told).to_contain_text("is on U now")
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("grid")).to_be_focused()
    page.keyboard.press("u")
    assert marked(page) == {batch[0]: "lacking"}
    page.keyboard.press("Control+k")
    page.keyboard.type("undo")
    expect(page.get_by_test_id("palette-row").first).to_contain_text("Undo")
    assert violations(page) == []
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("grid")).to_be_focused()
    assert marked(page) == {}


def test_two_people_have_different_pictures_and_scores_bound_a_batch(closet: Closet, page_of: PageOf) -> None:
    bobs = open_grid(page_of(closet.bob), closet)
    alices = open_grid(page_of(closet.alice), closet, query="&max=0.65")
    mine, hers = set(shown(bobs)), set(shown(alices))
    assert len(mine) == 12 and hers and not mine & hers
    scores = [one.predictions.get().document["objects"][0]["score"] for one in Item.objects.filter(pk__in=hers)]
    assert max(scores) <= 0.65


def test_a_batch_is_opened_again_and_its_change_is_the_next_revision(closet: Closet, page_of: PageOf) -> None:
    page = open_grid(page_of(closet.bob), closet, "hat")
    batch = shown(page)
    page.keyboard.press("Enter")
    eventually(lambda: Annotation.objects.filter(item__in=batch).count(), 3, 60)
    expect(page.get_by_text("No more pictures of this class wait for you")).to_be_visible()
    page.keyboard.press("PageUp")
    expect(page.get_by_test_id("grid-note")).to_contain_text("These are handed in")
    assert shown(page) == batch
    page.keyboard.press("s")
    page.keyboard.press("1")  # the first reason
    page.keyboard.press("ArrowRight")
    page.keyboard.press("7")  # shoes
    page.keyboard.press("Enter")
    eventually(lambda: Item.objects.get(pk=batch[1]).revision, 2, 60)
    states = dict(Item.objects.filter(pk__in=batch).values_list("pk", "state"))
    assert states == {batch[0]: "skipped", batch[1]: "reviewed", batch[2]: "reviewed"}
    assert Item.objects.get(pk=batch[1]).class_counts == {str(closet.classes["shoes"]): 1}
    assert not QueueEntry.objects.filter(item__in=batch).exclude(lease_user=None).exists()


def test_a_second_tab_waits_until_it_takes_over(closet: Closet, page_of: PageOf) -> None:
    first = open_grid(page_of(closet.bob), closet)
    first.keyboard.press("x")
    [item] = marked(first)
    second = first.context.new_page()
    second.goto(first.url)
    expect(second.get_by_text("The grid is open in another tab")).to_be_visible()
    assert violations(second) == []
    second.get_by_role("button", name="Use it here").click()
    expect(second.locator(f"#cell-{item}")).to_have_attribute("data-mark", "lacking")
    expect(first.get_by_text("The grid is open in another tab")).to_be_visible()


def test_one_goes_from_the_grid_to_single_pictures_and_back(closet: Closet, page_of: PageOf) -> None:
    page = open_grid(page_of(closet.bob), closet)
    page.get_by_role("link", name="One by one").click()
    expect(page.get_by_test_id("class-choice").first).to_be_visible()
    eventually(lambda: QueueEntry.objects.filter(lease_user=closet.bob).count() <= 4, True, 60)  # the batch went back
    page.get_by_role("link", name="Grid").click()
    expect(page.get_by_role("button", name=re.compile("^shoes"))).to_be_visible()


@LOOKS
def test_every_state_of_the_grid_can_be_used_by_everybody(
    closet: Closet, page_of: PageOf, language: str, scheme: str
) -> None:
    closet.bob.locale = language
    closet.bob.save()
    page = page_of(closet.bob, color_scheme=scheme)
    page.goto(closet.address)
    expect(page.get_by_role("navigation").get_by_role("button").first).to_be_visible()
    assert violations(page) == []
    open_grid(page, closet)
    for index, keys in ((4, "2"), (8, "5"), (6, "x"), (15, "w")):
        go_to(page, index, columns=6)
        page.keyboard.press(keys)
    go_to(page, 12, columns=6)
    page.keyboard.press("Shift+ArrowRight")
    picture(page, "grid" if language == "en" else "grid-zh-Hans-dark")
    assert violations(page) == []
    LabelClass.objects.filter(pk=closet.classes["skirt"]).update(
        name="a skirt with a very long name that no column has room for", name_zh="名字特别长长长长长长长长长的半身裙"
    )
    open_grid(page, closet)
    go_to(page, 0)
    page.keyboard.press("9")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("grid-note")).to_be_visible()
    assert violations(page) == []
    for key in ("?", "Control+k", "c", "s", "q", "z"):
        page.keyboard.press(key)
        expect(page.get_by_role("dialog")).to_be_visible()
        assert violations(page) == []
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(page.get_by_test_id("grid")).to_be_focused()
    page.get_by_test_id("grid-pill").click()
    assert violations(page) == []
    page.keyboard.press("Escape")
    open_grid(page, closet, "hat")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("grid")).to_have_count(0)
    expect_saved(page)
    assert violations(page) == []


def test_a_project_of_boxes_and_a_server_in_trouble_say_so(
    street: Street, closet: Closet, page_of: PageOf, expected_errors: list[str]
) -> None:
    expected_errors.append("status of 50|net::ERR_FAILED")
    page = page_of(closet.bob)
    page.goto(f"/projects/{street.project.pk}/grid")
    expect(page.get_by_role("heading", name="This project has no grid")).to_be_visible()
    assert violations(page) == []
    broken = {"code": "internal", "message": "the disk is full", "details": {}}
    page.route("**/grid/next/", lambda route: route.fulfill(status=500, json=broken))
    page.goto(f"{closet.address}?class={closet.classes['shoes']}")
    expect(page.get_by_text("the disk is full")).to_be_visible()
    assert violations(page) == []
    page.unroute("**/grid/next/")
    page.route("**/thumbnail/", lambda route: route.abort())
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("The picture does not load").first).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("2")
    expect(page.get_by_test_id("grid-sum")).to_have_text("1 corrected · 23 back to the queue")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("grid-note")).to_contain_text("23 pictures have not loaded")
    page.keyboard.press("Enter")
    eventually(lambda: Postponement.objects.filter(user=closet.bob).count(), 23, 60)
    assert Annotation.objects.filter(item__project=closet.project).count() == 1
