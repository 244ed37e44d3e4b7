"""What a lead reads off the dashboard: numbers that can be counted by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from annotator.core.errors import Unprocessable
from annotator.models import Annotation, PredictionSource, QueueEntry
from annotator.selectors.dashboard import TILES, Look, dashboard, holders
from annotator.services import annotations, queue
from tests.annotator.documents import BOX, one_box
from tests.annotator.selectors.submits import submit
from tests.world import add_items, review

pytestmark = pytest.mark.django_db
NOTHING = dict.fromkeys(("accepted", "edited", "relabelled", "deleted", "added"), 0)


def tile(project: Any, name: str, **look: Any) -> Any:
    return dashboard(Look(project.pk, **look), [name])[name]


def ago(annotation_ids: list[int], days: int) -> None:
    """As if these had been submitted at noon so many days ago."""
    noon = timezone.now().replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=days)
    Annotation.objects.filter(pk__in=annotation_ids).update(created_at=noon)


def test_what_people_did_to_guesses_is_summed_per_class(
    cast: Any,
    project: Any,
    labels: dict[str, int],
    make_item: Callable[..., Any],
    make_prediction: Callable[..., Any],
) -> None:
    car, person = labels["car"], labels["person"]
    kept, renamed, silent = (make_item(project, number) for number in range(3))
    for item in (kept, renamed):
        make_prediction(item, (0.9, car, BOX), (0.8, person, [30, 4, 40, 20]))
    submit(cast.bob, kept, one_box(car, id="p1", prediction_id="p1"))
    submit(cast.bob, renamed, one_box(person, id="p1", prediction_id="p1"))
    submit(cast.bob, silent, one_box(car))  # no guess was shown: nothing to accept or refuse

    assert tile(project, "acceptance") == [
        {"class_id": car} | NOTHING | {"accepted": 1, "relabelled": 1},
        {"class_id": person} | NOTHING | {"deleted": 2},
    ]
    assert [day["n"] for day in tile(project, "throughput")] == [3]
    assert tile(project, "progress")["counts"]["reviewed"] == 3
    assert tile(project, "waiting") == {}


def test_days_and_source_narrow_what_is_summed(
    cast: Any,
    project: Any,
    labels: dict[str, int],
    make_item: Callable[..., Any],
    make_prediction: Callable[..., Any],
) -> None:
    car = labels["car"]
    old, new = make_item(project, 0), make_item(project, 1)
    first = make_prediction(old, (0.9, car, BOX), source="1").source
    second = make_prediction(new, (0.9, car, BOX), source="2").source
    submit(cast.bob, old, one_box(car, id="p1", prediction_id="p1"))
    submit(cast.bob, new, {"objects": []})
    ago([Annotation.objects.get(item=old).pk], 40)

    accepted, deleted = NOTHING | {"accepted": 1}, NOTHING | {"deleted": 1}
    assert tile(project, "acceptance", days=30) == [{"class_id": car} | deleted]
    both = NOTHING | {"accepted": 1, "deleted": 1}
    assert tile(project, "acceptance", days=90) == [{"class_id": car} | both]
    assert tile(project, "acceptance", days=90, source_id=first.pk) == [{"class_id": car} | accepted]
    assert tile(project, "acceptance", days=30, source_id=first.pk) == []
    assert [day["n"] for day in tile(project, "throughput", days=90)] == [1, 1]
    assert [day["n"] for day in tile(project, "throughput", days=90, source_id=second.pk)] == [1]
    assert {one["id"] for one in tile(project, "sources")} == {first.pk, second.pk}


def test_a_source_of_another_project_is_refused(project: Any, classification_project: Any) -> None:
    foreign = PredictionSource.objects.create(project=classification_project, kind="model", name="theirs")
    with pytest.raises(Unprocessable, match="no such source"):
        dashboard(Look(project.pk, source_id=foreign.pk), list(TILES))


def test_spot_checks_say_how_often_the_model_was_right_and_how_sure_that_is(
    cast: Any,
    project: Any,
    labels: dict[str, int],
    make_item: Callable[..., Any],
    make_prediction: Callable[..., Any],
) -> None:
    assert tile(project, "spot_checks") is None
    items = [make_item(project, number) for number in range(4)]
    for item in items:
        guess = make_prediction(item, (0.95, labels["car"], BOX))
        annotations.accept_predictions(project=project, prediction_ids=[guess.pk])
    QueueEntry.objects.update(reason="spot_check")
    for item in items[:2]:
        submit(cast.bob, item, one_box(labels["car"], id="p1", prediction_id="p1"))
    submit(cast.bob, items[2], {"objects": []})
    found = tile(project, "spot_checks")
    assert (found["n"], found["kept"], found["precision"]) == (3, 2, 2 / 3)
    # 2 of 3 by Wilson, as by hand: centre (2/3 + z²/6) / (1 + z²/3), z = 1.96
    assert found["low"] == pytest.approx(0.2077, abs=1e-4)
    assert found["high"] == pytest.approx(0.9385, abs=1e-4)


def test_the_forecast_needs_three_worked_days_that_are_over(cast: Any, project: Any, labels: dict[str, int]) -> None:
    done = add_items(project, 60, start=1000, state="reviewed")
    made = [review(item, cast.bob, labels["car"]).pk for item in done]
    add_items(project, 30)
    ago(made[:10], 4)
    ago(made[10:30], 3)
    found = tile(project, "progress")  # 30 more are of today
    assert (found["forecast"], found["worked_days"]) == (None, 2)

    ago(made[30:], 1)  # 10, 20, 0, 30 in four days
    found = tile(project, "progress")
    # Quartiles of 10, 20, 30 are 15 and 25; worked on 3 of 4 days: 11.25 and 18.75 a day for 30 that wait.
    assert found["worked_days"] == 3
    assert found["forecast"] == {"fast_days": 2, "slow_days": 3, "fast_pace": 18.75, "slow_pace": 11.25}


def test_what_is_stuck_is_counted_by_kind(cast: Any, project: Any) -> None:
    back, later, _, skipped, broken = add_items(project, 5)
    QueueEntry.objects.filter(item=back).update(reason="returned")
    queue.postpone_entry(entry=QueueEntry.objects.get(item=later), actor=cast.bob)
    queue.postpone_entry(entry=QueueEntry.objects.get(item=later), actor=cast.carol)
    for item, state in ((skipped, "skipped"), (broken, "problem")):
        item.state = state
        item.save()
        queue.dequeue_items(item_ids=[item.pk])
    assert tile(project, "stuck") == {"returned": 1, "postponed": 1, "skipped": 1, "problem": 1}


def test_who_holds_what_names_live_leases_only(cast: Any, project: Any) -> None:
    first, second, third, ran_out = add_items(project, 4)
    for actor, item in ((cast.bob, first), (cast.bob, second), (cast.carol, third), (cast.carol, ran_out)):
        queue.lease_item(actor=actor, item=item)
    QueueEntry.objects.filter(item=ran_out).update(lease_until=timezone.now() - timedelta(minutes=1))
    found = holders(project.pk)
    assert [(one["user"], one["held"], [item["id"] for item in one["items"]]) for one in found] == [
        ({"id": cast.bob.pk, "name": "Bob"}, 2, [first.pk, second.pk]),
        ({"id": cast.carol.pk, "name": "Carol"}, 1, [third.pk]),
    ]
