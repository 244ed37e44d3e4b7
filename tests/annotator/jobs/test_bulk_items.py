"""One action for all items that fit a filter: once each, also over a crash, and nothing that came later."""

from __future__ import annotations

from typing import Any

import pytest

from annotator.core.errors import RunCancelled, Unprocessable
from annotator.jobs import bulk_items
from annotator.models import AuditEvent, Item, QueueEntry, Run
from annotator.services import runs
from tests.annotator.jobs.runs import again, do, start
from tests.world import add_items

pytestmark = pytest.mark.django_db


def params(action: str, until: Item, **words: str) -> dict[str, Any]:
    return {"action": action, "filter": words, "until": until.pk}


@pytest.fixture
def scored(project: Any) -> list[Item]:
    """Seven reviewed items with scores 0.0, 0.1 … 0.6; none waits."""
    items = add_items(project, 7, state="reviewed")
    for number, item in enumerate(items):
        item.confidence = number / 10
    Item.objects.bulk_update(items, ["confidence"])
    return items


def waiting() -> set[int]:
    return set(QueueEntry.objects.filter(done=False, reason="returned").values_list("item_id", flat=True))


def test_what_fits_goes_to_people_again_and_nothing_else(
    cast: Any, project: Any, classification_project: Any, scored: list[Item], monkeypatch: Any
) -> None:
    monkeypatch.setattr(bulk_items, "BATCH", 2)
    foreign = add_items(classification_project, 1, start=100, state="reviewed")[0]
    Item.objects.filter(pk=foreign.pk).update(confidence=0.1)
    found = do(project, cast.alice, "bulk_items", params("return", foreign, score="0..0.5"))
    assert found == {"action": "return", "items": 5, "matched": 5}
    assert waiting() == {item.pk for item in scored[:5]}
    events = AuditEvent.objects.filter(verb="items.return").order_by("pk")
    assert [(event.actor_name, event.after["items"]) for event in events] == [("Alice", 2), ("Alice", 2), ("Alice", 1)]


def test_auto_labels_are_reverted_though_each_stops_fitting_at_once(
    cast: Any, project: Any, scored: list[Item], monkeypatch: Any
) -> None:
    monkeypatch.setattr(bulk_items, "BATCH", 2)
    Item.objects.filter(pk__in=[item.pk for item in scored[:5]]).update(state="auto_accepted")
    found = do(project, cast.alice, "bulk_items", params("revert", scored[-1], state="auto_accepted"))
    assert found["items"] == found["matched"] == 5
    assert Item.objects.filter(state="queued").count() == 5 and Item.objects.filter(state="reviewed").count() == 2


def test_reverting_leaves_what_a_person_reviewed(cast: Any, project: Any, scored: list[Item]) -> None:
    found = do(project, cast.alice, "bulk_items", params("revert", scored[-1]))
    assert (found["items"], found["matched"]) == (0, 7)
    assert waiting() == set()


def test_items_that_came_after_the_question_are_left_alone(cast: Any, project: Any, scored: list[Item]) -> None:
    later = add_items(project, 1, start=50, state="reviewed")[0]
    do(project, cast.alice, "bulk_items", params("return", scored[-1]))
    assert len(waiting()) == 7 and later.pk not in waiting()


def test_a_second_worker_goes_on_where_the_first_died(
    cast: Any, project: Any, scored: list[Item], monkeypatch: Any
) -> None:
    monkeypatch.setattr(bulk_items, "BATCH", 3)
    context = start(project, cast.alice, "bulk_items", params("return", scored[-1]))
    done: list[int] = []

    def die_in_the_second_batch(actor: Any, project: Any, item_ids: list[int]) -> int:
        if done:
            raise KeyboardInterrupt
        done.extend(item_ids)
        return bulk_items._return(actor, project, item_ids)

    monkeypatch.setitem(bulk_items.ACTIONS, "return", die_in_the_second_batch)
    with pytest.raises(KeyboardInterrupt):
        bulk_items.run(context)
    seen: list[int] = []

    def watched(actor: Any, project: Any, item_ids: list[int]) -> int:
        seen.extend(item_ids)
        return bulk_items._return(actor, project, item_ids)

    monkeypatch.setitem(bulk_items.ACTIONS, "return", watched)
    assert bulk_items.run(again(context.run_id)) == {"action": "return", "items": 7, "matched": 7}
    assert done + seen == [item.pk for item in scored]


def test_a_cancelled_run_stops_between_batches(cast: Any, project: Any, scored: list[Item], monkeypatch: Any) -> None:
    monkeypatch.setattr(bulk_items, "BATCH", 2)
    monkeypatch.setattr("annotator.jobs.context.REPORT_EVERY_S", 0)
    context = start(project, cast.alice, "bulk_items", params("return", scored[-1]))
    runs.request_cancel(actor=cast.alice, run=Run.objects.get(pk=context.run_id))
    with pytest.raises(RunCancelled):
        bulk_items.run(context)
    assert len(waiting()) <= 2


def test_an_action_that_nobody_knows_is_refused(cast: Any, project: Any, scored: list[Item]) -> None:
    with pytest.raises(Unprocessable, match="return, revert"):
        do(project, cast.alice, "bulk_items", params("delete", scored[-1]))
