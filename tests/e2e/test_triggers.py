"""When to train again, by a real browser: set, proposed, put aside, proposed again and started."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from annotator.models import Annotation, AuditEvent, Item, Run
from prelabel.services.triggers import check_all
from tests.e2e.leads import add_scored
from tests.e2e.pictures import snap
from tests.e2e.street import Street

PageOf = Callable[..., Page]


def review(street: Street, items: list[Item]) -> None:
    """What people would have submitted meanwhile; and the clock strikes."""
    document = {"objects": [{"id": "m-1", "bbox": [1, 1, 9, 9], "class_id": street.classes["vehicle"]}]}
    Annotation.objects.bulk_create(
        Annotation(item=item, revision=1, document=document, origin="human", author=street.bob) for item in items
    )
    Item.objects.filter(pk__in=[item.pk for item in items]).update(state="reviewed", revision=1)
    check_all()


def test_twenty_newly_reviewed_are_proposed_put_aside_proposed_again_and_started(
    street: Street, page_of: PageOf
) -> None:
    items = add_scored(street, 45)
    page = page_of(street.alice)
    page.goto(f"/projects/{street.project.pk}/settings?tab=retrain")
    page.get_by_label("Items", exact=True).fill("20")
    snap(page, "triggers-settings")
    page.get_by_role("button", name="Save").scroll_into_view_if_needed()
    snap(page, "triggers-settings-end")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved")).to_be_visible()
    review(street, items[:19])
    overview = f"/projects/{street.project.pk}"
    page.goto(overview)
    expect(page.get_by_text("19 of 20 items")).to_be_visible()
    expect(page.get_by_text("Time to retrain")).to_have_count(0)

    review(street, items[19:20])
    page.reload()
    expect(page.get_by_role("heading", name="Time to retrain")).to_be_visible()
    expect(page.get_by_text("20 of 20 items").first).to_be_visible()
    snap(page, "triggers-proposed")
    aside = page.get_by_role("button", name="Put aside")
    aside.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Time to retrain")).to_have_count(0)
    expect(page.get_by_text("put aside by Alice")).to_be_visible()
    check_all()
    page.reload()
    expect(page.get_by_text("0 of 20 items")).to_be_visible()
    expect(page.get_by_text("since it was put aside")).to_be_visible()
    expect(page.get_by_role("heading", name="Time to retrain")).to_have_count(0)

    review(street, items[20:40])
    page.reload()
    page.get_by_role("link", name="Retrain").click()
    page.get_by_role("dialog").get_by_role("button", name="Start").click()
    expect(page).to_have_url(re.compile(r"/runs/\d+$"))
    run = Run.objects.get(kind="retrain")
    assert run.params["triggers"] == ["reviewed"]
    assert AuditEvent.objects.get(verb="run.retrain").after["params"]["triggers"] == ["reviewed"]
    page.goto(overview)
    expect(page.get_by_role("link", name=re.compile(f"Alice started training {run.pk}"))).to_be_visible()
    expect(page.get_by_text("since it was put aside")).to_have_count(0)
    expect(page.get_by_text(f"Run {run.pk} is under way.")).to_be_visible()
    expect(page.get_by_role("heading", name="Time to retrain")).to_have_count(0)
    page.get_by_role("heading", name="Training again").scroll_into_view_if_needed()
    snap(page, "triggers-started")


def test_the_triggers_in_chinese_and_in_the_dark(street: Street, page_of: PageOf) -> None:
    review(street, add_scored(street, 210))
    street.alice.locale = "zh-Hans"
    street.alice.save()
    page = page_of(street.alice, color_scheme="dark", timezone_id="Asia/Shanghai")
    page.goto(f"/projects/{street.project.pk}")
    expect(page.get_by_role("heading", name="建议重新训练")).to_be_visible()
    expect(page.get_by_text("210 / 200 条数据").first).to_be_visible()
    page.get_by_role("heading", name="再次训练").scroll_into_view_if_needed()
    snap(page, "triggers-zh-dark")
    page.goto(f"/projects/{street.project.pk}/settings?tab=retrain")
    expect(page.get_by_label("时间")).to_have_value("11:00")  # 03:00 UTC
    snap(page, "triggers-settings-zh-dark")
