"""The predicted class beside the queue entry: it follows the guesses, and the grid reads nothing else."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotator.models import Item, QueueEntry
from annotator.selectors.grid import classes_waiting, of_class, waiting_for
from annotator.services import projects, queue
from prelabel.services.routing import reroute_project
from tests.annotator.services.grids import class_ids, fill_closet, guess_class, lease_hats

pytestmark = pytest.mark.django_db


@pytest.fixture
def closet(classification_project: Any, make_item: Callable[..., Any], make_prediction: Callable[..., Any]) -> Any:
    return fill_closet(classification_project, make_item, make_prediction)


def many_more(project: Any, class_ids: list[int], number: int = 4000) -> None:
    """Waiting pictures of these classes in turn, so many that the database picks a plan for many."""
    first = Item.objects.filter(project=project).first()
    assert first is not None
    made = Item.objects.bulk_create(
        Item(project=project, dataset=first.dataset, name=f"{n}.png", source_sha256=f"many-{n}", split="train")
        for n in range(number)
    )
    QueueEntry.objects.bulk_create(
        QueueEntry(
            item=item, project=project, reason="uncertain", priority=n / number,
            guess_id=n, guess_class=class_ids[n % len(class_ids)], guess_score=0.7,
        )
        for n, item in enumerate(made)
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE annotator_queueentry, annotator_item")


def test_neither_counts_nor_pages_read_a_guess_and_pages_walk_along_their_index(cast: Any, closet: Any) -> None:
    hat, shoes, shirt = class_ids(closet)
    many_more(closet, [shoes] * 30 + [shirt])
    waiting = waiting_for(project=closet, user=cast.bob)
    page = of_class(waiting, hat, min_score=0.6).order_by("-priority", "id")[:48]
    assert "queue_by_guess" in page.explain()
    with CaptureQueriesContext(connection) as captured:
        counted = classes_waiting(project=closet, user=cast.bob)
        leased = lease_hats(cast.bob, closet)
    assert [row["items"] for row in counted["classes"]] == [5, 3872, 129]
    assert len(leased) == 5
    assert not [query["sql"] for query in captured if '"annotator_prediction"' in query["sql"]]


# What is written beside the queue follows the guesses


def written(item: Any) -> tuple[int | None, int | None, float | None]:
    return QueueEntry.objects.values_list("guess_id", "guess_class", "guess_score").get(item=item)


def test_the_predicted_class_follows_another_source_also_under_a_lease(
    cast: Any, classification_project: Any, make_item: Callable[..., Any], make_prediction: Callable[..., Any]
) -> None:
    hat, shoes, _ = class_ids(classification_project)
    free, held = make_item(classification_project, 1), make_item(classification_project, 2)
    old = [guess_class(make_prediction, item, hat, 0.5, source="old") for item in (free, held)]
    new = [guess_class(make_prediction, item, shoes, 0.6, source="new") for item in (free, held)]
    queue.lease_item(actor=cast.bob, item=held)
    project_id = classification_project.pk
    for guesses, class_id, score in ((old, hat, 0.5), (new, shoes, 0.6), (old, hat, 0.5)):
        projects.use_source(actor=cast.alice, project_id=project_id, source=guesses[0].source)
        reroute_project(actor=None, project_id=project_id)
        assert [written(item) for item in (free, held)] == [(guess.pk, class_id, score) for guess in guesses]


def test_an_entry_that_is_written_already_is_left_alone(cast: Any, closet: Any) -> None:
    ids = list(Item.objects.filter(project=closet).values_list("pk", flat=True))
    QueueEntry.objects.update(guess_id=None, guess_class=None, guess_score=None)
    # The one without a guess is looked at each time, and stays empty.
    assert queue.note_guesses(project_id=closet.pk, item_ids=ids) == 7
    assert queue.note_guesses(project_id=closet.pk, item_ids=ids) <= 1
    assert QueueEntry.objects.filter(guess_class=None).count() == 1


def test_a_picture_of_boxes_has_no_predicted_class(
    project: Any, make_item: Callable[..., Any], make_prediction: Callable[..., Any], labels: dict[str, int]
) -> None:
    item = make_item(project, 1)
    make_prediction(item, (0.9, labels["car"], [1, 1, 9, 9]))
    assert queue.note_guesses(project_id=project.pk, item_ids=[item.pk]) == 0
    assert written(item) == (None, None, None)


def test_the_migration_writes_what_waits_already_batch_by_batch(
    cast: Any, closet: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = list(QueueEntry.objects.order_by("pk").values_list("guess_id", "guess_class", "guess_score"))
    QueueEntry.objects.update(guess_id=None, guess_class=None, guess_score=None)
    migration = import_module("annotator.migrations.0007_fill_queue_guess")
    monkeypatch.setattr(migration, "BATCH", 2)
    migration.fill(apps, None)
    assert list(QueueEntry.objects.order_by("pk").values_list("guess_id", "guess_class", "guess_score")) == before
    assert sum(guess is not None for guess, _, _ in before) == 6
