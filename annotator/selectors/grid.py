"""The grid: what waits of one predicted class, to be looked through many at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Count, F, QuerySet
from django.utils import timezone

from annotator.core.errors import Unprocessable
from annotator.models import (
    Annotation,
    LabelClass,
    Prediction,
    Project,
    QueueEntry,
    Suggestion,
    User,
)
from annotator.models.items import ItemState
from annotator.models.queue import QueueReason

TASK_TYPE = "image_classification"
ITEM_FIELDS = ("id", "name", "width", "height", "split", "state", "revision")


def require_grid(project: Project) -> None:
    """Raises Unprocessable for a project whose pictures have more than one class each."""
    if project.task_type != TASK_TYPE:
        raise Unprocessable(
            f"the grid shows pictures of one class each; this project is {project.task_type}, review it one by one",
            code="no_grid",
        )


def waiting_for(*, project: Project, user: User) -> QuerySet[QueueEntry]:
    """What this person's grid may show."""
    return _guessed(project).exclude(pk__in=_left_out(project, user))


def _guessed(project: Project) -> QuerySet[QueueEntry]:
    return QueueEntry.objects.filter(project=project, done=False, guess_class__isnull=False)


def _left_out(project: Project, user: User) -> QuerySet[QueueEntry, int]:
    """Keys of what waits and is not for this person's grid.

    Left to the single mode, since each needs a look of its own: what this person put off or began, what has a
    suggestion, and what a lead sent back with a person's answer on it. Left out as well: what others have under a live
    lease. Each of these sets is small, so that it is cheaper to look them up than to ask all that waits.
    """
    waiting = QueueEntry.objects.filter(project=project, done=False)
    put_off = waiting.filter(postponements__user=user)
    begun = waiting.filter(item__drafts__user=user)
    suggested = waiting.filter(item__suggestions__state=Suggestion.State.OPEN)
    answered = waiting.filter(reason=QueueReason.RETURNED, item__state=ItemState.REVIEWED)
    sets = (_with_others(project, user), put_off, begun, suggested, answered)
    first, *rest = (one.order_by().values_list("pk", flat=True) for one in sets)
    return first.union(*rest)


def _with_others(project: Project, user: User) -> QuerySet[QueueEntry]:
    held = QueueEntry.objects.filter(project=project, done=False, lease_user__isnull=False)
    return held.filter(lease_until__gte=timezone.now()).exclude(lease_user=user)


def of_class(
    waiting: QuerySet[QueueEntry], class_id: int, *, min_score: float = 0.0, max_score: float = 1.0
) -> QuerySet[QueueEntry]:
    """Those whose guess is this class with a score from ``min_score`` to ``max_score``, both inclusive."""
    return waiting.filter(guess_class=class_id, guess_score__gte=min_score, guess_score__lte=max_score)


def classes_waiting(*, project: Project, user: User) -> dict[str, Any]:
    """How many pictures wait for this person's grid by predicted class, and how many only for the single mode."""
    by_class = _guessed(project).order_by().values_list("guess_class")
    rows = dict(by_class.annotate(n=Count("*")))
    for class_id, n in by_class.filter(pk__in=_left_out(project, user)).annotate(n=Count("*")):
        rows[class_id] -= n
    # A class that is no longer in use wants another one chosen, which the single mode asks for.
    in_use = list(LabelClass.objects.filter(project=project, archived=False).values_list("pk", flat=True))
    classes = [{"class_id": class_id, "items": rows[class_id]} for class_id in in_use if rows.get(class_id)]
    waiting = QueueEntry.objects.filter(project=project, done=False).count()
    reachable = waiting - _with_others(project, user).count()
    return {"classes": classes, "single": max(0, reachable - sum(row["items"] for row in classes))}


def grid_rows(entries: Sequence[QueueEntry], guess_ids: Iterable[int]) -> list[dict[str, Any]]:
    """Each leased entry as the grid shows it, in the order given; ``answer`` is a person's class where there is one."""
    guesses = {one.item_id: one for one in Prediction.objects.filter(pk__in=list(guess_ids))}
    answers = {
        one.item_id: one.document["objects"][0]["class_id"]
        for one in Annotation.objects.filter(
            item__in=[entry.item_id for entry in entries],
            revision=F("item__revision"),
            item__state=ItemState.REVIEWED,
        )
        if one.document["objects"]
    }
    return [_row(entry, guesses[entry.item_id], answers.get(entry.item_id)) for entry in entries]


def _row(entry: QueueEntry, prediction: Prediction, answer: int | None) -> dict[str, Any]:
    guess = prediction.document["objects"][0]
    item = {name: getattr(entry.item, name) for name in ITEM_FIELDS}
    return {
        "item": item
        | {
            "thumbnail_url": f"/api/items/{entry.item_id}/thumbnail/",
            "image_url": f"/api/items/{entry.item_id}/image/",
        },
        "guess": {
            "prediction_id": prediction.pk,
            "class_id": guess["class_id"],
            "score": guess["score"],
            "top3": guess.get("top3", []),
        },
        "answer": answer,
        "lease": {"token": str(entry.lease_token), "until": entry.lease_until},
        "reason": entry.reason,
    }
