"""Who decides: the machine where it is certain, people elsewhere, and nothing of theirs is taken away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from annotator.models import Annotation, AuditEvent, Draft, Item, LabelClass, Prediction, QueueEntry
from annotator.services import queue
from annotator.services.annotations import revert_auto
from prelabel.core.routing import is_spot_check
from prelabel.services.predictions import Guessed, store_predictions
from prelabel.services.routing import reroute_project, route_predictions, thresholds_of


@pytest.fixture
def guess(project: Any, deployment: Any, picture: Callable[..., Any]) -> Callable[..., Any]:
    """Stores and routes a guess of cars with the given scores on a new item."""
    car = LabelClass.objects.get(project=project, name="car")

    def make(name: str, *scores: float, **fields: Any) -> Any:
        item = picture(project, name, (0, 0, len(name) % 256), **fields)
        objects = [
            {"id": f"p{i}", "bbox": [10 * i, 0, 10 * i + 8, 8], "class_id": car.pk, "score": score}
            for i, score in enumerate(scores)
        ]
        store_predictions(source=deployment.source, guessed=[Guessed(item, {"objects": objects})])
        item.refresh_from_db()
        return item

    return make


def _waiting(item: Any) -> tuple[str, float] | None:
    entry = QueueEntry.objects.filter(item=item, done=False).first()
    return (entry.reason, round(entry.priority, 4)) if entry else None


def test_both_thresholds_are_inclusive(guess: Callable[..., Any]) -> None:
    assert guess("at accept", 0.9).state == "auto_accepted"
    assert guess("under accept", 0.89999).state == "queued"
    shown = guess("at show", 0.9, 0.25)
    assert (shown.state, shown.confidence) == ("queued", 0.25)
    hidden = guess("under show", 0.9, 0.24999)
    assert (hidden.state, hidden.confidence) == ("auto_accepted", 0.9)


def test_a_class_has_its_own_thresholds_where_it_sets_them(project: Any, guess: Callable[..., Any]) -> None:
    LabelClass.objects.filter(project=project, name="car").update(accept_threshold=0.5)
    assert guess("a", 0.5).state == "auto_accepted"
    LabelClass.objects.filter(project=project, name="car").update(accept_threshold=None, show_threshold=0.95)
    assert guess("b", 0.94).state == "queued"
    assert _waiting(guess("bb", 0.94))[0] == "empty"
    thresholds = thresholds_of(project)
    assert list(thresholds.per_class.values()) == [(0.95, 0.95)]


def test_an_empty_guess_is_queued_and_a_test_item_is_never_accepted(guess: Callable[..., Any]) -> None:
    assert _waiting(guess("nothing")) == ("empty", 0.5)
    item = guess("for the test", 0.99, split="test")
    assert (item.state, _waiting(item)[0]) == ("queued", "test_item")
    assert not Annotation.objects.filter(item=item).exists()


def test_a_spot_check_stays_accepted_and_waits_for_a_person_too(project: Any, guess: Callable[..., Any]) -> None:
    project.spot_check_rate = 1.0
    project.save()
    item = guess("checked", 0.99)
    reason, priority = _waiting(item)
    assert (item.state, reason) == ("auto_accepted", "spot_check")
    assert 0.5 <= priority <= 1.0


def test_about_the_stated_share_is_checked_and_always_the_same(project: Any, guess: Callable[..., Any]) -> None:
    project.spot_check_rate = 0.3
    project.save()
    items = [guess("x" * (i + 1), 0.99, blob=f"{i:064x}") for i in range(30)]
    checked = {item.pk for item in items if _waiting(item)}
    assert checked == {item.pk for item in items if is_spot_check(item.blob, 0.3, str(project.pk))}
    assert 0 < len(checked) < 30
    reroute_project(actor=None, project_id=project.pk)
    assert {item.pk for item in items if _waiting(item)} == checked


def test_raising_accept_withdraws_auto_labels_and_lowering_it_takes_items_from_the_queue(
    project: Any, cast: Any, guess: Callable[..., Any]
) -> None:
    high, low = guess("high", 0.95), guess("loww", 0.7)
    project.accept_threshold = 0.97
    project.save()
    counts = reroute_project(actor=cast.alice, project_id=project.pk)
    assert (counts.auto, counts.queued) == (0, 2)
    high.refresh_from_db()
    assert (high.state, high.class_counts, _waiting(high)) == ("queued", {}, ("uncertain", 0.05))
    project.accept_threshold = 0.6
    project.save()
    counts = reroute_project(actor=cast.alice, project_id=project.pk)
    assert (counts.auto, counts.queued) == (2, 0)
    low.refresh_from_db()
    assert (low.state, _waiting(low), low.class_counts) == ("auto_accepted", None, {str(_car(project)): 1})
    assert AuditEvent.objects.filter(verb="project.reroute", actor=cast.alice).count() == 2


def _car(project: Any) -> int:
    return LabelClass.objects.get(project=project, name="car").pk


def test_rerouting_without_a_change_makes_no_new_revision(project: Any, guess: Callable[..., Any]) -> None:
    item = guess("same", 0.95)
    reroute_project(actor=None, project_id=project.pk)
    item.refresh_from_db()
    assert item.revision == 1
    # A lower show threshold adds an object to what is accepted: that is a change.
    other = guess("other", 0.95, 0.2)
    project.show_threshold, project.accept_threshold = 0.1, 0.15
    project.save()
    reroute_project(actor=None, project_id=project.pk)
    other.refresh_from_db()
    assert (other.revision, other.class_counts) == (2, {str(_car(project)): 2})


def test_what_a_person_decided_stands(project: Any, guess: Callable[..., Any]) -> None:
    items = {state: guess(state, 0.95) for state in ("reviewed", "skipped", "problem")}
    for state, item in items.items():
        Item.objects.filter(pk=item.pk).update(state=state)
    project.accept_threshold = 0.99
    project.save()
    reroute_project(actor=None, project_id=project.pk)
    assert {item.pk: Item.objects.get(pk=item.pk).state for item in items.values()} == {
        item.pk: state for state, item in items.items()
    }
    assert not QueueEntry.objects.filter(done=False).exists()


def test_what_a_person_has_open_has_begun_or_was_sent_is_left_in_the_queue(
    project: Any, cast: Any, guess: Callable[..., Any]
) -> None:
    open_now, begun, sent = guess("open", 0.7), guess("begun", 0.7), guess("sentt", 0.7)
    queue.lease_item(actor=cast.bob, item=open_now)
    Draft.objects.create(item=begun, user=cast.bob, document={"objects": []}, base_revision=0)
    QueueEntry.objects.filter(item=sent).update(reason="returned", priority=2.0)
    project.accept_threshold = 0.5
    project.save()
    counts = reroute_project(actor=None, project_id=project.pk)
    assert (counts.kept, counts.auto) == (3, 0)
    assert set(Item.objects.values_list("state", flat=True)) == {"queued"}
    assert _waiting(sent) == ("returned", 2.0)
    entry = QueueEntry.objects.get(item=open_now)
    assert (entry.lease_user, entry.done) == (cast.bob, False)


def test_a_guess_of_a_source_that_is_not_active_is_stored_but_routes_nothing(
    project: Any, deployment: Any, picture: Callable[..., Any]
) -> None:
    from annotator.models import PredictionSource

    other = PredictionSource.objects.create(project=project, kind="import", name="file")
    item = picture(project, "a", (0, 0, 0))
    counts = store_predictions(source=other, guessed=[Guessed(item, {"objects": []})])
    item.refresh_from_db()
    assert (Prediction.objects.count(), counts.queued, item.state) == (1, 0, "new")


def test_the_first_guess_of_a_source_is_never_overwritten(
    project: Any, deployment: Any, guess: Callable[..., Any]
) -> None:
    item = guess("once", 0.95)
    before = Prediction.objects.get(item=item).document
    store_predictions(source=deployment.source, guessed=[Guessed(item, {"objects": []})])
    assert Prediction.objects.get(item=item).document == before


def test_a_guess_with_a_class_of_another_project_is_refused_whole(
    project: Any, deployment: Any, picture: Callable[..., Any]
) -> None:
    from annotator.core.errors import InvalidDocument

    item = picture(project, "a", (0, 0, 0))
    wrong = {"objects": [{"id": "p1", "bbox": [0, 0, 5, 5], "class_id": 999_999, "score": 0.5}]}
    with pytest.raises(InvalidDocument):
        store_predictions(source=deployment.source, guessed=[Guessed(item, wrong)])
    assert not Prediction.objects.exists()


def test_auto_labels_of_a_source_reverted_at_once_go_to_people_whatever_the_model_says(
    project: Any, cast: Any, deployment: Any, guess: Callable[..., Any]
) -> None:
    item = guess("taken", 0.95)
    assert revert_auto(actor=cast.alice, project=project, source=deployment.source) == [item.pk]
    item.refresh_from_db()
    assert (item.state, item.class_counts) == ("queued", {})
    route_predictions(project=project, predictions=Prediction.objects.all())
    item.refresh_from_db()
    assert (item.state, item.queue_entry.reason, item.queue_entry.done) == ("queued", "returned", False)
