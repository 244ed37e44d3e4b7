"""The grid: what waits of one predicted class, to be looked through many at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import BigIntegerField, Case, Count, Exists, F, FloatField, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.utils import timezone

from annotator.core.errors import Unprocessable
from annotator.models import (
    Annotation,
    Draft,
    LabelClass,
    Postponement,
    Prediction,
    Project,
    QueueEntry,
    Suggestion,
    User,
)
from annotator.models.items import ItemState

TASK_TYPE = "image_classification"
ITEM_FIELDS = ("id", "name", "width", "height", "split", "state", "revision")


# How far the counts look: a guess is looked into for each, and people ask for them all the time.
LOOK_AHEAD = 20_000
_CLASS = Cast(KT("document__objects__0__class_id"), BigIntegerField())
_SCORE = Cast(KT("document__objects__0__score"), FloatField())


def require_grid(project: Project) -> None:
    """Raises Unprocessable for a project whose pictures have more than one class each."""
    if project.task_type != TASK_TYPE:
        raise Unprocessable(
            f"the grid shows pictures of one class each; this project is {project.task_type}, review it one by one",
            code="no_grid",
        )


def waiting_for(*, project: Project, user: User) -> QuerySet[QueueEntry]:
    """What this person's grid may show, with ``guess_id`` of the current guess.

    Left to the single mode, since each needs a look of its own: what this person put off or began, what has a
    suggestion, and what a lead sent back with a person's answer on it. Left out as well: what others have under a live
    lease.
    """
    guesses = Prediction.objects.filter(item=OuterRef("item")).order_by(
        # What the project's active source guessed, else the latest guess of any: as `current_prediction` has it.
        Case(When(source_id=project.active_source_id or 0, then=0), default=1),
        "-pk",
    )
    drafts = Draft.objects.filter(item=OuterRef("item"), user=user)
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=timezone.now()) | Q(lease_user=user)
    return (
        QueueEntry.objects.filter(free, project=project, done=False)
        .exclude(item__state=ItemState.REVIEWED)
        .exclude(Exists(Postponement.objects.filter(entry=OuterRef("pk"), user=user)))
        .exclude(Exists(drafts))
        .exclude(Exists(Suggestion.objects.filter(item=OuterRef("item"), state=Suggestion.State.OPEN)))
        .annotate(guess_id=Subquery(guesses.values("pk")[:1]))
    )


def of_class(
    waiting: QuerySet[QueueEntry], class_id: int, *, min_score: float = 0.0, max_score: float = 1.0
) -> QuerySet[QueueEntry]:
    """Those whose guess is this class with a score from ``min_score`` to ``max_score``, both inclusive."""
    wanted = Prediction.objects.annotate(class_id=_CLASS, score=_SCORE).filter(
        pk=OuterRef("guess_id"), class_id=class_id, score__gte=min_score, score__lte=max_score
    )
    return waiting.filter(Exists(wanted))


def queue_of(project: Project) -> QuerySet[QueueEntry]:
    """All that waits, in the queue's order."""
    return QueueEntry.objects.filter(project=project, done=False).order_by("-priority", "id")


def classes_waiting(*, project: Project, user: User, ahead: int = LOOK_AHEAD) -> dict[str, Any]:
    """How many pictures wait for this person's grid by predicted class, and how many only for the single mode.

    Counted are the first ``ahead`` of the queue; ``partial`` says that more wait behind them.
    """
    first = queue_of(project).values("pk")[:ahead]
    guess = Prediction.objects.filter(pk=OuterRef("guess_id")).annotate(class_id=_CLASS)
    waiting = waiting_for(project=project, user=user).filter(pk__in=first)
    counted = waiting.annotate(guess_class=Subquery(guess.values("class_id"))).values("guess_class").order_by()
    rows = {row["guess_class"]: row["n"] for row in counted.annotate(n=Count("pk"))}
    # A class that is no longer in use wants another one chosen, which the single mode asks for.
    in_use = list(LabelClass.objects.filter(project=project, archived=False).values_list("pk", flat=True))
    classes = [{"class_id": class_id, "items": rows[class_id]} for class_id in in_use if class_id in rows]
    others = Q(lease_until__gte=timezone.now()) & ~Q(lease_user=user)
    reachable = QueueEntry.objects.filter(pk__in=first).exclude(others).count()
    return {
        "classes": classes,
        "single": max(0, reachable - sum(row["items"] for row in classes)),
        "partial": queue_of(project)[ahead : ahead + 1].exists(),
    }


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
