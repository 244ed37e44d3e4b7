"""What a lead reads off: numbers that can be counted by hand."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from annotator.models import Item, QueueEntry
from annotator.selectors.dashboard import dashboard
from annotator.selectors.items import ItemFilter, current_annotation, item_page
from annotator.selectors.predictions import current_prediction, shown_objects
from annotator.selectors.projects import counts_of, reviewed_since_freeze
from annotator.services import annotations, queue, versions
from annotator.services.annotations import Submission
from tests.annotator.documents import BOX, one_box

pytestmark = pytest.mark.django_db


def submit(actor: Any, item: Any, document: dict[str, Any]) -> None:
    entry = queue.lease_item(actor=actor, item=item)
    assert isinstance(entry.lease_token, uuid.UUID)
    seen = Item.objects.get(pk=item.pk).revision
    annotations.submit_annotation(
        actor=actor, item_id=item.pk, submission=Submission(document, seen, entry.lease_token)
    )


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

    found = dashboard(project.pk)

    nothing = dict.fromkeys(("accepted", "edited", "relabelled", "deleted", "added"), 0)
    assert found["acceptance"] == [
        {"class_id": car} | nothing | {"accepted": 1, "relabelled": 1},
        {"class_id": person} | nothing | {"deleted": 2},
    ]
    assert [day["n"] for day in found["reviewed_per_day"]] == [3]
    assert found["counts"]["reviewed"] == 3 and found["waiting"] == {}


def test_spot_checks_say_how_often_the_model_was_right(
    cast: Any,
    project: Any,
    labels: dict[str, int],
    make_item: Callable[..., Any],
    make_prediction: Callable[..., Any],
) -> None:
    assert dashboard(project.pk)["spot_checks"] is None
    items = [make_item(project, number) for number in range(4)]
    for item in items:
        guess = make_prediction(item, (0.95, labels["car"], BOX))
        annotations.accept_predictions(project=project, prediction_ids=[guess.pk])
    QueueEntry.objects.update(reason="spot_check")
    for item in items[:2]:
        submit(cast.bob, item, one_box(labels["car"], id="p1", prediction_id="p1"))
    submit(cast.bob, items[2], {"objects": []})
    assert dashboard(project.pk)["spot_checks"] == {"n": 3, "kept": 2, "precision": 2 / 3}


def test_the_active_sources_guess_is_shown_else_the_latest(
    project: Any, labels: dict[str, int], make_item: Callable[..., Any], make_prediction: Callable[..., Any]
) -> None:
    item = make_item(project)
    assert current_prediction(item) is None
    old = make_prediction(item, (0.9, labels["car"], BOX), source="1")
    new = make_prediction(item, (0.9, labels["car"], BOX), source="2")
    assert current_prediction(item) == new
    project.active_source = old.source
    project.save()
    assert current_prediction(Item.objects.select_related("project").get(pk=item.pk)) == old


def test_objects_are_shown_from_their_class_threshold_on_inclusive(
    project: Any, labels: dict[str, int], make_item: Callable[..., Any], make_prediction: Callable[..., Any]
) -> None:
    project.classes.filter(name="person").update(show_threshold=0.5)
    guess = make_prediction(
        make_item(project),
        (0.25, labels["car"], BOX),
        (0.2499, labels["car"], BOX),
        (0.5, labels["person"], BOX),
        (0.49, labels["person"], BOX),
    )
    assert [one["id"] for one in shown_objects(project, guess)["objects"]] == ["p1", "p3"]
    assert shown_objects(project, None) == {"objects": []}


def test_a_reverted_auto_label_is_no_current_annotation(
    cast: Any,
    project: Any,
    labels: dict[str, int],
    make_item: Callable[..., Any],
    make_prediction: Callable[..., Any],
) -> None:
    item = make_item(project)
    guess = make_prediction(item, (0.95, labels["car"], BOX))
    annotations.accept_predictions(project=project, prediction_ids=[guess.pk])
    item.refresh_from_db()
    assert current_annotation(item) is not None
    annotations.revert_auto(actor=cast.alice, project=project)
    item.refresh_from_db()
    assert current_annotation(item) is None


def test_counts_hold_every_state_also_the_empty_ones(project: Any, make_item: Callable[..., Any]) -> None:
    for number, state in enumerate(("queued", "queued", "reviewed")):
        make_item(project, number, state=state)
    assert counts_of([project.pk])[project.pk] == {
        "total": 3, "new": 0, "queued": 2, "auto_accepted": 0, "reviewed": 1, "skipped": 0, "problem": 0, "waiting": 2,
    }  # fmt: skip


def test_reviews_after_the_last_freeze_are_counted(
    cast: Any, project: Any, labels: dict[str, int], make_item: Callable[..., Any]
) -> None:
    first, second = make_item(project, 1), make_item(project, 2)
    submit(cast.bob, first, one_box(labels["car"]))
    assert reviewed_since_freeze(project.pk) == 1
    versions.freeze_version(actor=cast.alice, project=project)
    assert reviewed_since_freeze(project.pk) == 0
    submit(cast.bob, second, one_box(labels["car"]))
    assert reviewed_since_freeze(project.pk) == 1


def test_pages_join_without_a_gap_or_a_repeat(project: Any, make_item: Callable[..., Any]) -> None:
    made = [make_item(project, number).pk for number in range(7)]
    seen, after = [], 0
    while True:
        page, following = item_page(project_id=project.pk, wanted=ItemFilter(), after=after, limit=3)
        seen += [row["id"] for row in page]
        if following is None:
            break
        after = following
    assert seen == made
