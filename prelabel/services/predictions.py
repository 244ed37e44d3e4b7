"""Writes guesses. A prediction is immutable and there is one for each (item, source)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction

from annotator.core.errors import Conflict
from annotator.core.tasktypes import TASK_TYPES
from annotator.models import Item, LabelClass, Prediction, PredictionSource, Project, RunShard
from annotator.models.items import ItemState
from annotator.services import queue, shards
from annotator.services.items import mark_problem
from prelabel.core.routing import route
from prelabel.models import Deployment
from prelabel.services.embeddings import Features, store_embeddings
from prelabel.services.routing import RoutingCounts, route_predictions, thresholds_of


@dataclass(frozen=True)
class Guessed:
    """One item and the document that a source guessed for it."""

    item: Item
    document: dict[str, Any]


@dataclass(frozen=True)
class ShardGuesses:
    """What a shard of a predict run gave: guesses, features by item id, and reasons of what could not be read."""

    guessed: list[Guessed]
    features: Mapping[int, Features]
    unread: list[tuple[Item, str]]


@transaction.atomic
def store_shard(*, deployment: Deployment, shard: RunShard, found: ShardGuesses) -> list[Item]:
    """Store all that a shard gave and mark it done, in one transaction: a worker killed before its end has done
    nothing, one killed after it everything.

    Returns the unread items that a person has decided about meanwhile, and that stay. Raises LeaseLost when the shard
    is another worker's by now.
    """
    held = shards.hold_shard(shard=shard)
    store_embeddings(variant=deployment.variant, features=found.features)
    counts = store_predictions(source=deployment.source, guessed=found.guessed)
    stayed = []
    for item, reason in found.unread:
        if item.state == ItemState.REVIEWED:
            continue  # guessed for the thresholds only; a person's word on it stands
        try:
            mark_problem(actor=None, item_id=item.pk, reason=reason)
        except Conflict:
            stayed.append(item)
    result = {
        "predicted": len(found.guessed),
        "objects": sum(len(one.document["objects"]) for one in found.guessed),
        "problems": len(found.unread),
        **asdict(counts),
    }
    shards.finish_shard(shard=held, result=result)
    return stayed


@transaction.atomic
def store_predictions(*, source: PredictionSource, guessed: Iterable[Guessed]) -> RoutingCounts:
    """Store documents and route their items in one transaction; an item this source has guessed already keeps that.

    Nothing is routed when the project listens to another source by now. Raises InvalidDocument.
    """
    wanted = list(guessed)
    ids = [one.item.pk for one in wanted]
    # Locked, so that nobody stores another guess of this source between the look for one and the insert.
    list(Item.objects.filter(pk__in=ids).order_by("pk").select_for_update().values_list("pk"))
    stored = list(Prediction.objects.filter(source=source, item__in=ids))
    before = {row.item_id for row in stored}
    project = Project.objects.get(pk=source.project_id)
    fresh = _rows(project, source, [one for one in wanted if one.item.pk not in before])
    Prediction.objects.bulk_create(fresh, batch_size=500)
    if project.active_source_id != source.pk:
        # Still the latest guess where the active source has none.
        queue.note_guesses(project_id=project.pk, item_ids=ids)
        return RoutingCounts()
    return route_predictions(project=project, predictions=stored + fresh)


def _rows(project: Project, source: PredictionSource, guessed: Iterable[Guessed]) -> list[Prediction]:
    """Checked documents as rows, with the scores that routing would write a moment later."""
    class_ids = set(LabelClass.objects.filter(project=project).values_list("pk", flat=True))
    check, thresholds = TASK_TYPES[project.task_type].validate, thresholds_of(project)
    rows = []
    for one in guessed:
        size = {"width": one.item.width, "height": one.item.height}
        document = check(one.document, **size, class_ids=class_ids, kind="prediction")
        found = route(document, thresholds, one.item.split)
        rows.append(
            Prediction(
                item=one.item, source=source, document=document, object_count=len(document["objects"]),
                confidence=found.confidence, uncertainty=found.uncertainty,
            )
        )  # fmt: skip
    return rows
