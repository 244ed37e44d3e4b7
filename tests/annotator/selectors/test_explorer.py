"""The explorer's filters, bars and pages against rows counted by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest
from django.utils import timezone

from annotator.core.errors import Unprocessable
from annotator.models import Annotation, Dataset, Item, QueueEntry
from annotator.selectors.filters import ItemFilter, read_filter
from annotator.selectors.pages import ORDERS, item_page
from annotator.selectors.scores import BINS, EDGES, review_time, score_histogram
from annotator.services import queue
from tests.world import add_items

pytestmark = pytest.mark.django_db
ABOVE, BELOW = math.nextafter(0.6, 1), math.nextafter(0.6, 0)


def scored(project: Any, *scores: float | None, start: int = 0) -> list[Item]:
    items = add_items(project, len(scores), start=start)
    for item, score in zip(items, scores, strict=True):
        item.confidence = score
        item.uncertainty = None if score is None else 1 - score
    Item.objects.bulk_update(items, ["confidence", "uncertainty"])
    return items


def histogram(project: Any, **words: str) -> dict[str, Any]:
    return score_histogram(project_id=project.pk, wanted=read_filter(words))


def ids(project: Any, words: dict[str, str], order: str = "oldest", limit: int = 100) -> list[int]:
    """All pages, one after another."""
    found: list[int] = []
    after: Any = ""
    while after is not None:
        page, after = item_page(
            project_id=project.pk, wanted=read_filter(words), order=order, after=str(after), limit=limit
        )
        found += [row["id"] for row in page]
    return found


def test_a_score_on_an_edge_belongs_to_the_bar_above_it(project: Any) -> None:
    scored(project, 0.0, 0.04, 0.05, BELOW, 0.6, ABOVE, 0.95, 1.0, None)
    found = histogram(project)
    bars = {number: bar["n"] for number, bar in enumerate(found["bins"]) if bar["n"]}
    assert bars == {0: 2, 1: 1, 11: 1, 12: 2, 19: 2}
    assert found["no_guess"] == {"n": 1, "waiting": 1}
    assert found["items"] == 9


def test_bars_and_filter_agree_at_every_edge(project: Any) -> None:
    around = [value for edge in EDGES for value in (math.nextafter(edge, 0), edge, math.nextafter(edge, 1))]
    scored(project, 0.0, *around, 1.0)
    bars = histogram(project)["bins"]
    for number in range(BINS):
        low, high = number / BINS, (number + 1) / BINS
        words = {"score": f"{low}..{high}"}
        assert len(ids(project, words)) == bars[number]["n"] == histogram(project, **words)["items"]


def test_the_bars_stay_whole_under_a_range_and_what_fits_is_counted_beside_them(project: Any) -> None:
    items = scored(project, 0.1, 0.3, 0.59, 0.6, 0.9, None)
    Item.objects.filter(pk__in=[items[1].pk, items[4].pk]).update(state="reviewed")
    found = histogram(project, score="0.0..0.6")
    assert (found["items"], found["waiting"]) == (3, 2)
    assert sum(bar["n"] for bar in found["bins"]) == 5
    none = histogram(project, score="none")
    assert (none["items"], none["waiting"]) == (1, 1)
    assert histogram(project, score="0.5..1")["items"] == 3  # the upper end 1 takes 1.0 in
    with_state = histogram(project, score="0..0.6", state="reviewed")
    assert (with_state["items"], with_state["waiting"], with_state["bins"][6]["n"]) == (1, 0, 1)


def test_of_the_queue_all_that_fits_waits(project: Any) -> None:
    """A spot check waits while its item stays auto-accepted: the state alone would say that nothing waits."""
    first, second = scored(project, 0.95, 0.97)
    Item.objects.update(state="auto_accepted")
    QueueEntry.objects.filter(item=first).update(reason="spot_check")
    QueueEntry.objects.filter(item=second).update(reason="spot_check", done=True)
    found = histogram(project, reason="spot_check")
    assert (found["items"], found["waiting"]) == (1, 1)
    assert ids(project, {"reason": "spot_check"}) == [first.pk]


def test_each_filter_finds_its_own(cast: Any, project: Any) -> None:
    one, two, three, four = scored(project, 0.2, 0.4, None, 0.9)
    QueueEntry.objects.filter(item=two).update(reason="returned")
    other = Dataset.objects.create(project=project, name="second delivery")
    Item.objects.filter(pk=three.pk).update(dataset=other, name="rainy night.png")
    Item.objects.filter(pk=four.pk).update(state="problem", problem="Blurred beyond use", class_counts={"7": 2})
    queue.lease_item(actor=cast.bob, item=one)
    queue.postpone_entry(entry=QueueEntry.objects.get(item=two), actor=cast.carol)
    expected = {
        ("reason", "returned"): [two],
        ("reason", "returned,uncertain"): [one, two, three, four],
        ("dataset", str(other.pk)): [three],
        ("q", "RAINY"): [three],
        ("state", "problem"): [four],
        ("problem", "blurred"): [four],
        ("problem", "dark"): [],
        ("class", "7"): [four],
        ("holder", str(cast.bob.pk)): [one],
        ("holder", str(cast.carol.pk)): [],
        ("postponed", "1"): [two],
        ("score", "none"): [three],
        ("score", "0.3..0.95"): [two, four],
    }
    for (word, value), items in expected.items():
        assert ids(project, {word: value}) == [item.pk for item in items], (word, value)
    QueueEntry.objects.filter(item=one).update(done=True)  # as with a reviewed item that somebody opened again
    assert ids(project, {"holder": str(cast.bob.pk)}) == [one.pk]
    QueueEntry.objects.filter(item=one).update(lease_until=timezone.now())
    assert ids(project, {"holder": str(cast.bob.pk)}) == []
    assert ids(project, {"score": "0.3..0.95", "state": "queued", "reason": "returned"}) == [two.pk]


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("score", "0.6..0.2"),
        ("score", "0.2"),
        ("score", "0.2..nan"),
        ("score", "-1..0.5"),
        ("score", "0.5..0.5"),
        ("score", "a..b"),
        ("score", "0..1e9"),
        ("reason", "because"),
        ("postponed", "yes"),
        ("holder", "bob"),
        ("dataset", "9" * 25),
        ("problem", "x" * 201),
        ("q", "a\x00b"),
        ("state", "queued,nonsense"),
    ],
)
def test_what_is_no_filter_is_refused_with_its_name(word: str, value: str) -> None:
    with pytest.raises(Unprocessable, match=word) as refused:
        read_filter({word: value})
    assert refused.value.details["field"] == word


def test_nothing_asked_is_no_filter() -> None:
    assert read_filter({}) == read_filter({"state": "", "score": "", "class": "0"}) == ItemFilter()


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
@pytest.mark.parametrize("order", ORDERS)
def test_pages_join_without_a_gap_or_a_repeat(project: Any, order: str, limit: int) -> None:
    """Also where many share a score, and over the border to those without one."""
    items = scored(project, 0.5, None, 0.2, 0.5, 0.9, None, 0.5, 0.2)
    a, b, c, d, e, f, g, h = (item.pk for item in items)
    expected = {
        "oldest": [a, b, c, d, e, f, g, h],
        "newest": [h, g, f, e, d, c, b, a],
        "score": [c, h, a, d, g, e, b, f],
        "uncertainty": [c, h, a, d, g, e, b, f],  # 1 - score: the same, from the other end
    }
    assert ids(project, {}, order, limit) == expected[order]
    assert ids(project, {"score": "0.3..1"}, order, limit) == [one for one in expected[order] if one in {a, d, e, g}]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("after", ["x", "1_x", "_", "9" * 20, "nan_z", "none_-3"])
def test_a_key_that_no_page_gave_is_refused(project: Any, order: str, after: str) -> None:
    with pytest.raises(Unprocessable, match="after"):
        item_page(project_id=project.pk, wanted=ItemFilter(), order=order, after=after)


def test_a_row_says_why_it_waits_only_while_it_does(project: Any) -> None:
    first, second = add_items(project, 2)
    QueueEntry.objects.filter(item=second).update(done=True)
    page, _ = item_page(project_id=project.pk, wanted=ItemFilter())
    assert [(row["id"], row["reason"]) for row in page] == [(first.pk, "uncertain"), (second.pk, None)]


def test_the_review_time_is_the_median_of_the_last_submits_of_people(cast: Any, project: Any) -> None:
    items = add_items(project, 11)

    def submitted(item: Item, duration_ms: int | None, origin: str = "human", revision: int = 1) -> None:
        Annotation.objects.create(
            item=item, revision=revision, document={"objects": []}, origin=origin, duration_ms=duration_ms
        )

    for item, seconds in zip(items[:9], (1, 2, 3, 4, 5, 6, 7, 8, 90), strict=True):
        submitted(item, seconds * 1000)
    submitted(items[9], None)  # imported work has no time
    submitted(items[10], 99_000, origin="auto")
    assert review_time(project.pk) == {"median_ms": None, "submits": 9, "needed": 10}
    submitted(items[9], 6000, revision=2)
    assert review_time(project.pk) == {"median_ms": 5500, "submits": 10, "needed": 10}
