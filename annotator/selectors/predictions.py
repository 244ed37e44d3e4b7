"""Reads of guesses, seen through the project's thresholds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Case, OuterRef, QuerySet, When

from annotator.models import Item, LabelClass, Prediction, Project


def current_prediction(item: Item) -> Prediction | None:
    """What the project's active source guessed, else the latest guess of any source."""
    guesses = Prediction.objects.filter(item=item).select_related("source")
    active = item.project.active_source_id
    found = guesses.filter(source_id=active).first() if active else None
    return found or guesses.order_by("-pk").first()


def guesses_of_item(active_source_id: int | None) -> QuerySet[Prediction]:
    """`current_prediction` as a subquery of rows with an ``item``: the first of these."""
    return Prediction.objects.filter(item=OuterRef("item")).order_by(
        Case(When(source_id=active_source_id or 0, then=0), default=1), "-pk"
    )


def shown_by(project: Project) -> Callable[[Prediction | None], dict[str, Any]]:
    """A function that gives a prediction's shown objects; thresholds are read once, for many predictions."""
    shows = dict(
        LabelClass.objects.filter(project=project, show_threshold__isnull=False).values_list("pk", "show_threshold")
    )
    floor = project.show_threshold

    def shown(prediction: Prediction | None) -> dict[str, Any]:
        objects = prediction.document["objects"] if prediction else []
        return {"objects": [one for one in objects if one["score"] >= shows.get(one["class_id"], floor)]}

    return shown


def shown_objects(project: Project, prediction: Prediction | None) -> dict[str, Any]:
    """The prediction's objects that reach their class's ``show`` threshold, as a document."""
    return shown_by(project)(prediction)
