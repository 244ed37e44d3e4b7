"""Writes guesses. A prediction is immutable and there is one for each (item, source)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from annotator.core.tasktypes import TASK_TYPES
from annotator.models import Item, LabelClass, Prediction, PredictionSource, Project
from annotator.services import queue
from prelabel.services.routing import RoutingCounts, route_predictions


@dataclass(frozen=True)
class Guessed:
    """One item and the document that a source guessed for it."""

    item: Item
    document: dict[str, Any]


@transaction.atomic
def store_predictions(*, source: PredictionSource, guessed: Iterable[Guessed]) -> RoutingCounts:
    """Store documents and route their items in one transaction; an item this source has guessed already keeps that.

    Nothing is routed when the project listens to another source by now. Raises InvalidDocument.
    """
    wanted = list(guessed)
    project = Project.objects.get(pk=source.project_id)
    class_ids = set(LabelClass.objects.filter(project=project).values_list("pk", flat=True))
    check = TASK_TYPES[project.task_type].validate
    rows = []
    for one in wanted:
        size = {"width": one.item.width, "height": one.item.height}
        document = check(one.document, **size, class_ids=class_ids, kind="prediction")
        rows.append(Prediction(item=one.item, source=source, document=document, object_count=len(document["objects"])))
    # The unique key is what makes a run that was killed and does a batch again harmless.
    Prediction.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    if project.active_source_id != source.pk:
        # Still the latest guess where the active source has none.
        queue.note_guesses(project_id=project.pk, item_ids=[one.item.pk for one in wanted])
        return RoutingCounts()
    stored = Prediction.objects.filter(source=source, item__in=[one.item.pk for one in wanted])
    return route_predictions(project=project, predictions=stored)
