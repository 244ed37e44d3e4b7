"""What tests of the grid do over and over."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from typing import Any

from django.db import connection

from annotator.models import LabelClass, QueueEntry, User
from annotator.services import grid, queue
from annotator.services.grid import Decision, Wanted


def class_ids(project: Any) -> list[int]:
    return list(LabelClass.objects.filter(project=project).order_by("index").values_list("pk", flat=True))


def guess_class(make_prediction: Callable[..., Any], item: Any, class_id: int, score: float, source: str = "v1") -> Any:
    """A guess as a classifier stores it: one object, no box."""
    made = make_prediction(item, (score, class_id, []), source=source)
    made.document["objects"][0].pop("bbox")
    made.save()
    queue.note_guesses(project_id=item.project_id, item_ids=[item.pk])
    return made


def fill_closet(classification_project: Any, make_item: Callable[..., Any], make_prediction: Callable[..., Any]) -> Any:
    """Guesses by class: hat 0.9, 0.8 … 0.5 (the later the sooner in the queue), shoes 0.7, and one without a guess."""
    hat, shoes, _ = class_ids(classification_project)
    for number in range(5):
        item = make_item(classification_project, number)
        QueueEntry.objects.filter(item=item).update(priority=number / 10)
        guess_class(make_prediction, item, hat, 0.9 - number / 10)
    guess_class(make_prediction, make_item(classification_project, 5), shoes, 0.7)
    make_item(classification_project, 6)
    return classification_project


def names(leased: list[tuple[QueueEntry, int]]) -> list[str]:
    return [entry.item.name for entry, _ in leased]


def lease_hats(actor: Any, project: Any, **wanted: Any) -> list[tuple[QueueEntry, int]]:
    return grid.lease_grid(actor=actor, project=project, wanted=Wanted(class_ids(project)[0], **wanted))


def decide(leased: tuple[QueueEntry, int], class_id: int | None = None, kind: str = "submit", **more: Any) -> Decision:
    entry, guess_id = leased
    assert entry.lease_token is not None
    return Decision(
        entry.item_id, kind, entry.lease_token, entry.item.revision, class_id, guess_id, **({"reason": "x"} | more)
    )


def hand_in(actor: Any, project: Any, *decisions: Decision, key: uuid.UUID | None = None) -> list[str]:
    made = grid.hand_in(actor=actor, project=project, key=key or uuid.uuid4(), decisions=decisions)
    return [one.outcome for one in made]


def in_threads(people: list[User], work: Callable[[User], Any]) -> list[Any]:
    """Each person at the same moment, over a connection of their own."""
    start, made = threading.Barrier(len(people)), []

    def run(person: User) -> None:
        try:
            start.wait()
            made.append(work(person))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return made
