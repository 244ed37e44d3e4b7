"""Submits, drafts, skips, auto-accepts: what may be written when, and that nothing is lost or written twice."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from annotator.core.errors import InvalidDocument, LeaseLost, StaleRevision, Unprocessable
from annotator.models import Annotation, Draft, Item, QueueEntry
from annotator.services import annotations, items, queue
from annotator.services.annotations import Submission
from tests.annotator.documents import BOX, one_box

pytestmark = pytest.mark.django_db


@pytest.fixture
def leased(cast: Any, project: Any, make_item: Callable[..., Any]) -> tuple[Any, uuid.UUID]:
    """An item that bob has open, and his token."""
    item = make_item(project)
    entry = queue.lease_next(actor=cast.bob, project_id=project.pk)
    assert entry is not None and entry.lease_token is not None
    return item, entry.lease_token


def submit(actor: Any, item: Any, token: uuid.UUID, document: dict[str, Any], **fields: Any) -> Annotation:
    seen = fields.pop("seen_revision", 0)
    return annotations.submit_annotation(
        actor=actor, item_id=item.pk, submission=Submission(document, seen, token, **fields)
    )


def test_a_submit_makes_the_next_revision_and_ends_the_work(cast: Any, leased: Any, labels: dict[str, int]) -> None:
    item, token = leased
    annotations.save_draft(
        actor=cast.bob, item_id=item.pk, document=one_box(labels["car"]), seen_revision=0, lease_token=token
    )

    made = submit(cast.bob, item, token, one_box(labels["person"]), duration_ms=1200)

    item.refresh_from_db()
    entry = QueueEntry.objects.get(item=item)
    assert (made.revision, made.author, made.origin, made.duration_ms) == (1, cast.bob, "human", 1200)
    assert (item.state, item.revision, item.class_counts) == ("reviewed", 1, {str(labels["person"]): 1})
    assert entry.done and entry.lease_token is None
    assert not Draft.objects.exists()


def test_a_submit_says_what_was_changed_of_the_shown_guesses(
    cast: Any, project: Any, leased: Any, labels: dict[str, int], make_prediction: Callable[..., Any]
) -> None:
    item, token = leased
    car, person = labels["car"], labels["person"]
    guess = make_prediction(item, (0.9, car, BOX), (0.6, person, [30, 4, 40, 20]), (0.1, car, [1, 1, 3, 3]))
    kept = one_box(car, id="p1", origin="accepted", prediction_id="p1")

    made = submit(cast.bob, item, token, kept)

    assert made.source_prediction == guess
    changes = {key: made.changes[key] for key in ("accepted", "edited", "relabelled", "deleted", "added")}
    # the third guess is under `show` and counts nowhere
    assert changes == {"accepted": 1, "edited": 0, "relabelled": 0, "deleted": 1, "added": 0}


def test_changes_are_counted_against_the_guess_that_the_person_saw(
    cast: Any, project: Any, leased: Any, labels: dict[str, int], make_prediction: Callable[..., Any]
) -> None:
    item, token = leased
    seen = make_prediction(item, (0.9, labels["car"], BOX), source="1")
    newer = make_prediction(item, (0.9, labels["person"], BOX), source="2")  # deployed while the person worked
    project.active_source = newer.source
    project.save()
    kept = one_box(labels["car"], id="p1", origin="accepted", prediction_id="p1")

    with pytest.raises(Unprocessable):
        submit(cast.bob, item, token, kept, prediction_id=10**6)
    made = submit(cast.bob, item, token, kept, prediction_id=seen.pk)

    assert (made.source_prediction, made.changes["accepted"], made.changes["relabelled"]) == (seen, 1, 0)


def test_the_same_idempotency_key_answers_what_the_first_sending_made(
    cast: Any, leased: Any, labels: dict[str, int]
) -> None:
    item, token = leased
    key = uuid.uuid4()
    first = submit(cast.bob, item, token, one_box(labels["car"]), idempotency_key=key)

    again = submit(cast.bob, item, token, one_box(labels["car"]), idempotency_key=key)

    assert again.pk == first.pk
    assert Annotation.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_double_click_in_four_tabs_is_one_annotation(cast: Any, leased: Any, labels: dict[str, int]) -> None:
    item, token = leased
    key, start, made = uuid.uuid4(), threading.Barrier(4), []

    def click() -> None:
        try:
            start.wait()
            made.append(submit(cast.bob, item, token, one_box(labels["car"]), idempotency_key=key).pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(made) == 4 and len(set(made)) == 1
    assert Annotation.objects.count() == 1


def test_a_key_of_another_item_is_refused(
    cast: Any, project: Any, leased: Any, labels: dict[str, int], make_item: Callable[..., Any]
) -> None:
    item, token = leased
    key = uuid.uuid4()
    submit(cast.bob, item, token, one_box(labels["car"]), idempotency_key=key)
    other = make_item(project, 1)
    entry = queue.lease_item(actor=cast.bob, item=other)
    assert entry.lease_token is not None
    with pytest.raises(Unprocessable):
        submit(cast.bob, other, entry.lease_token, one_box(labels["car"]), idempotency_key=key)


def test_a_stale_revision_is_refused_with_what_is_current(cast: Any, leased: Any, labels: dict[str, int]) -> None:
    item, token = leased
    submit(cast.bob, item, token, one_box(labels["car"]))
    entry = queue.lease_item(actor=cast.carol, item=item)
    assert entry.lease_token is not None

    with pytest.raises(StaleRevision) as refusal:
        submit(cast.carol, item, entry.lease_token, one_box(labels["person"]), seen_revision=0)

    current = refusal.value.details["current"]
    assert current["revision"] == 1
    assert current["document"]["objects"][0]["class_id"] == labels["car"]


def test_without_the_lease_nothing_is_written(cast: Any, leased: Any, labels: dict[str, int]) -> None:
    item, token = leased
    with pytest.raises(LeaseLost):
        submit(cast.carol, item, token, one_box(labels["car"]))
    with pytest.raises(LeaseLost):
        annotations.save_draft(
            actor=cast.carol, item_id=item.pk, document=one_box(labels["car"]), seen_revision=0, lease_token=token
        )
    assert not Annotation.objects.exists() and not Draft.objects.exists()


def test_an_invalid_document_names_its_path_and_changes_nothing(cast: Any, leased: Any, labels: dict[str, int]) -> None:
    item, token = leased
    with pytest.raises(InvalidDocument) as refusal:
        submit(cast.bob, item, token, one_box(labels["car"], [10, 10, 5, 20]))
    item.refresh_from_db()
    assert refusal.value.details["path"] == "objects[0].bbox"
    assert (item.state, item.revision) == ("queued", 0)


def test_a_class_of_another_project_is_unknown_here(cast: Any, leased: Any, classification_project: Any) -> None:
    item, token = leased
    foreign = classification_project.classes.first().pk
    with pytest.raises(InvalidDocument):
        submit(cast.bob, item, token, one_box(foreign))


def test_there_is_one_draft_for_each_person_and_item(cast: Any, leased: Any, labels: dict[str, int]) -> None:
    item, token = leased
    for name in ("car", "person"):
        annotations.save_draft(
            actor=cast.bob, item_id=item.pk, document=one_box(labels[name]), seen_revision=0, lease_token=token
        )
    draft = Draft.objects.get()
    assert draft.document["objects"][0]["class_id"] == labels["person"]


def test_a_draft_on_a_stale_revision_is_refused(cast: Any, leased: Any, labels: dict[str, int]) -> None:
    item, token = leased
    with pytest.raises(StaleRevision):
        annotations.save_draft(
            actor=cast.bob, item_id=item.pk, document=one_box(labels["car"]), seen_revision=3, lease_token=token
        )


def test_a_draft_remembers_which_guesses_were_rejected_and_what_lies_above_what(
    cast: Any, leased: Any, labels: dict[str, int]
) -> None:
    item, token = leased
    notes = {"review": {"rejected": ["p2", "p3"]}}

    def save(document: dict[str, Any]) -> None:
        annotations.save_draft(actor=cast.bob, item_id=item.pk, document=document, seen_revision=0, lease_token=token)

    save(one_box(labels["car"]) | notes)
    assert Draft.objects.get().document["review"] == notes["review"]
    with pytest.raises(InvalidDocument) as refusal:
        save(one_box(labels["car"]) | {"review": {"rejected": ["p2", 7]}})
    assert refusal.value.details["path"] == "review.rejected[1]"
    ordered = {"review": {"rejected": [], "order": ["p2", "b1"]}}
    save(one_box(labels["car"]) | ordered)
    assert Draft.objects.get().document["review"] == ordered["review"]
    for wrong, path in (({"order": "p2"}, "review.order"), ({"order": [""]}, "review.order[0]"), ([], "review")):
        with pytest.raises(InvalidDocument) as refusal:
            save(one_box(labels["car"]) | {"review": wrong})
        assert refusal.value.details["path"] == path
    submit(cast.bob, item, token, one_box(labels["car"]) | notes)
    assert "review" not in Annotation.objects.get().document


def test_a_submit_leaves_another_persons_draft(cast: Any, leased: Any, labels: dict[str, int]) -> None:
    item, token = leased
    Draft.objects.create(item=item, user=cast.carol, document={"objects": []}, base_revision=0)
    submit(cast.bob, item, token, one_box(labels["car"]))
    assert Draft.objects.get().user == cast.carol


@pytest.mark.parametrize(("pass_over", "state"), [("skip_item", "skipped"), ("report_item", "problem")])
def test_a_skip_takes_the_item_out_of_the_queue(cast: Any, leased: Any, pass_over: str, state: str) -> None:
    item, token = leased

    getattr(annotations, pass_over)(actor=cast.bob, item_id=item.pk, lease_token=token, reason="too dark")

    item.refresh_from_db()
    assert item.state == state
    assert item.problem == ("too dark" if state == "problem" else "")
    assert QueueEntry.objects.get(item=item).done


def test_a_report_keeps_the_region_it_is_pinned_to_until_the_item_is_no_problem_any_more(
    cast: Any, leased: Any, labels: dict[str, int]
) -> None:
    item, token = leased
    region = {"id": "p3", "class_id": labels["car"], "bbox": [10.0, 5.0, 90.0, 20.0]}

    annotations.report_item(actor=cast.bob, item_id=item.pk, lease_token=token, reason="a van?", region=region)

    item.refresh_from_db()
    assert item.problem_region == region | {"bbox": [10.0, 5.0, 64.0, 20.0]}  # clipped to the picture
    queue.change_state(item=item, state="queued")
    item.refresh_from_db()
    assert (item.problem, item.problem_region) == ("", None)


def test_a_region_outside_of_the_picture_is_refused_and_nothing_is_reported(cast: Any, leased: Any) -> None:
    item, token = leased
    region = {"id": "p3", "bbox": [900.0, 5.0, 910.0, 20.0]}
    with pytest.raises(InvalidDocument):
        annotations.report_item(actor=cast.bob, item_id=item.pk, lease_token=token, reason="?", region=region)


def test_a_postponed_item_keeps_its_draft_and_gives_its_lease_back(
    cast: Any, project: Any, leased: Any, labels: dict[str, int]
) -> None:
    item, token = leased

    annotations.postpone_item(
        actor=cast.bob, item_id=item.pk, lease_token=token, document=one_box(labels["car"]), seen_revision=0
    )

    item.refresh_from_db()
    assert item.state == "queued"
    assert Draft.objects.get().document == one_box(labels["car"])
    entry = queue.lease_next(actor=cast.carol, project_id=project.pk)
    assert entry is not None and entry.item_id == item.pk  # to everybody else it waits as before


def test_returned_items_wait_again_and_reviewed_ones_keep_their_truth(
    cast: Any, project: Any, leased: Any, labels: dict[str, int]
) -> None:
    item, token = leased
    submit(cast.bob, item, token, one_box(labels["car"]))

    assert items.return_items(actor=cast.alice, project=project, item_ids=[item.pk]) == 1

    item.refresh_from_db()
    entry = queue.lease_next(actor=cast.carol, project_id=project.pk)
    assert (item.state, item.revision) == ("reviewed", 1)
    assert entry is not None and (entry.item_id, entry.reason) == (item.pk, "returned")


def test_items_of_another_project_are_not_returned(
    cast: Any, project: Any, classification_project: Any, make_item: Callable[..., Any]
) -> None:
    other = make_item(classification_project, state="skipped")
    assert items.return_items(actor=cast.alice, project=project, item_ids=[other.pk]) == 0
    other.refresh_from_db()
    assert other.state == "skipped"


def test_certain_guesses_become_an_auto_annotation(
    project: Any, labels: dict[str, int], make_item: Callable[..., Any], make_prediction: Callable[..., Any]
) -> None:
    item = make_item(project)
    guess = make_prediction(item, (0.95, labels["car"], BOX), (0.1, labels["person"], BOX))

    taken = annotations.accept_predictions(project=project, prediction_ids=[guess.pk])

    item.refresh_from_db()
    made = Annotation.objects.get()
    assert taken == [item.pk]
    assert (item.state, item.revision, item.class_counts) == ("auto_accepted", 1, {str(labels["car"]): 1})
    assert (made.origin, made.author, made.source_prediction) == ("auto", None, guess)
    assert made.document["objects"] == [
        {"id": "p1", "bbox": BOX, "class_id": labels["car"], "origin": "accepted", "prediction_id": "p1"}
    ]


@pytest.mark.parametrize("fields", [{"state": "reviewed"}, {"state": "skipped"}, {"split": "test"}])
def test_test_items_and_what_people_decided_are_never_auto_accepted(
    project: Any,
    labels: dict[str, int],
    make_item: Callable[..., Any],
    make_prediction: Callable[..., Any],
    fields: dict[str, str],
) -> None:
    item = make_item(project, **fields)
    guess = make_prediction(item, (0.99, labels["car"], BOX))
    assert annotations.accept_predictions(project=project, prediction_ids=[guess.pk]) == []


def test_what_a_person_has_open_is_not_auto_accepted_under_their_hands(
    cast: Any, project: Any, leased: Any, labels: dict[str, int], make_prediction: Callable[..., Any]
) -> None:
    item, token = leased
    guess = make_prediction(item, (0.99, labels["car"], BOX))

    assert annotations.accept_predictions(project=project, prediction_ids=[guess.pk]) == []

    assert submit(cast.bob, item, token, one_box(labels["person"])).revision == 1


def test_reverting_a_source_undoes_its_unreviewed_labels_and_no_others(
    cast: Any,
    project: Any,
    labels: dict[str, int],
    make_item: Callable[..., Any],
    make_prediction: Callable[..., Any],
) -> None:
    old, both, reviewed = (make_item(project, number, state="new") for number in range(3))
    first = [make_prediction(item, (0.99, labels["car"], BOX), source="5") for item in (old, both, reviewed)]
    annotations.accept_predictions(project=project, prediction_ids=[one.pk for one in first])
    newer = make_prediction(both, (0.97, labels["car"], BOX), source="6")
    annotations.accept_predictions(project=project, prediction_ids=[newer.pk])
    entry = queue.lease_item(actor=cast.bob, item=Item.objects.get(pk=reviewed.pk))
    assert entry.lease_token is not None
    submit(cast.bob, reviewed, entry.lease_token, one_box(labels["car"]), seen_revision=1)

    reverted = annotations.revert_auto(actor=cast.alice, project=project, source=first[0].source)

    states = dict(Item.objects.values_list("pk", "state"))
    assert reverted == [old.pk]
    assert states == {old.pk: "queued", both.pk: "auto_accepted", reviewed.pk: "reviewed"}
    assert Annotation.objects.filter(item=old).count() == 1  # the history stays
