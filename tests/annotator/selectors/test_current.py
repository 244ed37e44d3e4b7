"""What a project's truth and counts are: numbers that can be counted by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from annotator.models import Item
from annotator.selectors.items import current_annotation
from annotator.selectors.predictions import current_prediction, shown_objects
from annotator.selectors.projects import counts_of
from annotator.services import annotations
from tests.annotator.documents import BOX

pytestmark = pytest.mark.django_db


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
