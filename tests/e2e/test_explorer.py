"""The lead's explorer, dashboard and queue page in a real browser, against the rows in Postgres."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from annotator.models import Item, QueueEntry, Run
from tests.e2e.leads import LONG_NAME, add_history, add_scored, add_trouble
from tests.e2e.pictures import picture
from tests.e2e.street import Street
from tests.e2e.test_accessibility import violations

PageOf = Callable[..., Page]


@pytest.fixture
def scored(street: Street) -> list[Item]:
    """300 items beside the street's four."""
    items = add_scored(street, 300)
    add_history(street, items)
    add_trouble(street, items)
    return items


def explorer(page: Page, street: Street, query: str = "") -> Page:
    page.goto(f"/projects/{street.project.pk}/items{query}")
    expect(page.get_by_test_id("found")).to_be_visible()
    return page


def below(street: Street, high: float, **also: Any) -> int:
    return Item.objects.filter(project=street.project, confidence__lt=high, **also).count()


def drag(page: Page, histogram: Locator, start: float, end: float) -> None:
    """From one score to another, held down; the plot lies 12 px inside of what takes the mouse."""
    box = histogram.bounding_box()
    assert box is not None
    left, width, y = box["x"] + 12, box["width"] - 24, box["y"] + 30
    page.mouse.move(left + width * start, y)
    page.mouse.down()
    page.mouse.move(left + width * (start + end) / 2, y, steps=4)
    page.mouse.move(left + width * end, y, steps=4)


def test_dragging_a_range_says_how_much_work_is_there_before_the_mouse_is_let_go(
    street: Street, scored: list[Item], page_of: PageOf
) -> None:
    page = explorer(page_of(street.alice), street)
    found, histogram = page.get_by_test_id("found"), page.get_by_test_id("histogram")
    expect(found).to_contain_text(f"{len(scored) + 4} items")
    n, waiting = below(street, 0.6), below(street, 0.6, state="queued")
    assert 0 < waiting < n < len(scored)

    drag(page, histogram, 0.01, 0.59)
    expect(found).to_contain_text(f"{n} items")
    expect(found).to_contain_text(f"{waiting} wait for people: about {round(waiting * 9 / 60)} min")
    assert "score" not in page.url  # it is not let go yet: nothing was asked of the server
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"score=0\.\.0\.6$"))
    expect(page.locator("ul > li > button", has=page.locator("img"))).to_have_count(min(60, n))
    picture(page, "explorer")

    page.reload()  # the address is the whole view
    expect(found).to_contain_text(f"{n} items")
    page.get_by_role("button", name="All scores").click()
    expect(found).to_contain_text(f"{len(scored) + 4} items")


def test_the_keys_move_both_ends_and_other_filters_narrow_the_bars(
    street: Street, scored: list[Item], page_of: PageOf
) -> None:
    page = explorer(page_of(street.alice), street)
    found = page.get_by_test_id("found")
    page.get_by_role("slider", name="Score from").focus()
    for key in ("ArrowRight", "ArrowRight", "PageUp", "ArrowLeft"):
        page.keyboard.press(key)
    expect(page).to_have_url(re.compile(r"score=0\.25\.\.1$"))
    page.get_by_role("slider", name="Score below").focus()
    for key in ("Home", "PageUp"):
        page.keyboard.press(key)
    expect(page).to_have_url(re.compile(r"score=0\.25\.\.0\.5$"))
    inside = Item.objects.filter(project=street.project, confidence__gte=0.25, confidence__lt=0.5)
    expect(found).to_contain_text(f"{inside.count()} items")

    page.get_by_role("button", name=re.compile("^Reviewed")).click()
    expect(found).to_contain_text(f"{inside.filter(state='reviewed').count()} items")
    expect(found).to_contain_text("None of them waits for people.")
    page.get_by_role("button", name=re.compile("^All ")).first.click()
    page.get_by_label("Why it waits").select_option("returned")
    page.get_by_role("button", name="All scores").click()
    expect(found).to_contain_text("1 item")
    page.get_by_label("Why it waits").select_option("")
    page.get_by_role("button", name=re.compile("Without a score")).click()
    none = Item.objects.filter(project=street.project, confidence__isnull=True).count()
    expect(found).to_contain_text(f"{none} items")


def test_the_table_makes_only_rows_in_sight_and_goes_to_the_end_by_keyboard(
    street: Street, scored: list[Item], page_of: PageOf
) -> None:
    page = explorer(page_of(street.alice), street, "?view=table&order=score")
    rows = page.locator("tr[data-row]")
    expect(rows.first).to_be_visible()
    assert rows.count() < 60
    lowest = list(Item.objects.filter(project=street.project).exclude(confidence=None).order_by("confidence", "pk"))
    expect(rows.first.get_by_role("button")).to_have_text(lowest[0].name)
    table = page.get_by_role("table", name="Items", exact=True)
    expect(table.get_by_role("columnheader", name="Score")).to_have_attribute("aria-sort", "ascending")
    assert table.get_attribute("aria-rowcount") == str(len(scored) + 5)
    rows.first.get_by_role("button").focus()
    page.keyboard.press("ArrowDown")
    expect(rows.nth(1).get_by_role("button")).to_be_focused()
    page.wait_for_function(  # two pages of 200, the second is fetched on the way
        """([table, last]) => {
            table.parentElement.scrollTop = table.parentElement.scrollHeight;
            return table.querySelector(`tr[data-row='${last}']`);
        }""",
        arg=[table.element_handle(), len(scored) + 3],
    )
    assert rows.count() < 60

    table.get_by_role("columnheader", name="Doubt").get_by_role("button").click()
    expect(page).to_have_url(re.compile("order=uncertainty"))
    expect(page.locator("tr[data-row='0']")).to_contain_text(lowest[0].name)


def test_picked_items_go_to_people_again(street: Street, scored: list[Item], page_of: PageOf) -> None:
    page = explorer(page_of(street.alice), street, "?view=table&state=reviewed")
    chosen = page.locator("tr[data-row]").nth(2)
    name = chosen.get_by_role("button").inner_text()
    chosen.get_by_role("checkbox").check()
    expect(page.get_by_text("1 selected")).to_be_visible()
    picture(page, "explorer-table")
    page.get_by_role("button", name="Send to people again").click()
    expect(page.get_by_text("1 item waits for people now")).to_be_visible()
    entry = QueueEntry.objects.get(item__name=name)
    assert (entry.reason, entry.done, entry.item.state) == ("returned", False, "reviewed")


def test_all_that_fit_are_sent_back_as_a_run_that_is_watched_in_place(
    street: Street, scored: list[Item], page_of: PageOf, work_off: Callable[[], list[str]]
) -> None:
    page = explorer(page_of(street.alice), street, "?score=0..0.6&state=reviewed")
    n = below(street, 0.6, state="reviewed")
    page.get_by_role("button", name=f"All {n} that fit").click()
    page.get_by_role("menuitem", name="Send to people again").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(f"{n} items fit now")
    assert violations(page) == []
    dialog.get_by_role("button", name=f"Start for {n} items").dblclick()
    expect(page.get_by_test_id("bulk-run")).to_contain_text("Queued")
    assert Run.objects.filter(kind="bulk_items").count() == 1
    assert work_off() == ["bulk_items"]
    expect(page.get_by_test_id("bulk-run")).to_contain_text(f"{n} items wait for people now")
    back = QueueEntry.objects.filter(reason="returned", done=False, item__confidence__lt=0.6, item__state="reviewed")
    assert back.count() == n
    assert violations(page) == []


def test_a_bad_range_in_the_address_is_explained(street: Street, page_of: PageOf, expected_errors: list[str]) -> None:
    expected_errors.append("422")
    page = page_of(street.alice)
    page.goto(f"/projects/{street.project.pk}/items?score=0.9..0.1")
    expect(page.get_by_role("alert").first).to_contain_text("the lower one first")


def test_the_dashboard_leads_to_the_items_behind_each_number(
    street: Street, scored: list[Item], page_of: PageOf
) -> None:
    page = page_of(street.alice)
    page.goto(f"/projects/{street.project.pk}")
    expect(page.get_by_text(re.compile(r"\(\d+ to \d+ a day\)"))).to_be_visible()
    expect(page.get_by_text("95 % sure: between")).to_be_visible()
    expect(page.get_by_text(re.compile("Computed"))).to_have_count(5)
    picture(page, "dashboard")
    page.get_by_role("link", name="Reported as a problem").click()
    expect(page.get_by_test_id("found")).to_contain_text("2 items")
    page.get_by_label("Search problems").fill("flare")
    expect(page.get_by_test_id("found")).to_contain_text("1 item")
    page.go_back()
    page.get_by_role("button", name="7 days").click()
    expect(page).to_have_url(re.compile("days=7"))
    page.get_by_role("link", name="Put off by somebody").click()
    expect(page.get_by_test_id("found")).to_contain_text("1 item")


def test_the_queue_page_says_who_holds_what(street: Street, scored: list[Item], page_of: PageOf) -> None:
    page = page_of(street.alice)
    page.goto(f"/projects/{street.project.pk}/queue")
    expect(page.get_by_role("link", name=LONG_NAME)).to_be_visible()
    picture(page, "queue")
    page.get_by_role("link", name="2 items", exact=True).click()
    expect(page.get_by_test_id("found")).to_contain_text("2 items")
    expect(page.get_by_role("button", name=re.compile("Held by one person"))).to_be_visible()

    other = page_of(street.bob)  # an annotator sees the queue, not the colleagues
    other.goto(f"/projects/{street.project.pk}/queue")
    expect(other.get_by_role("link", name="Uncertain")).to_be_visible()
    expect(other.get_by_text("In work now")).to_have_count(0)


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("zh-Hans", "dark")])
def test_every_state_is_accessible(
    street: Street, scored: list[Item], page_of: PageOf, language: str, scheme: str
) -> None:
    street.alice.locale = language
    street.alice.save()
    page = page_of(street.alice, color_scheme=scheme)
    base = f"/projects/{street.project.pk}"
    wanted = {
        "/items?score=0..0.6": "[data-testid=found]",
        "/items?view=table&order=score": "tr[data-row]",
        "/items?state=problem&reason=returned&q=nothing-like-it": "[data-testid=found]",
        "/queue": "li a",
        "": "figure",
    }
    found = []
    for path, there in wanted.items():
        page.goto(base + path)
        expect(page.locator(there).first).to_be_visible()
        expect(page.locator("[aria-busy=true]")).to_have_count(0)
        found += violations(page)
    assert found == []
