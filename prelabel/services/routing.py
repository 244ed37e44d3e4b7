"""Applies the routes: what the model is certain of is taken over, the rest waits for people, least certain first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from django.db import transaction
from django.utils import timezone

from annotator.core.acceptance import accepted_document
from annotator.models import Annotation, Draft, Item, LabelClass, Prediction, Project, QueueEntry, User
from annotator.models.bulk import update_rows
from annotator.models.items import ItemState
from annotator.models.queue import QueueReason
from annotator.services import audit, queue
from annotator.services.annotations import accept_predictions
from annotator.services.queue import Waiting
from prelabel.core.routing import NEVER, Route, Thresholds, is_spot_check, route, shown_objects, spot_priority

# What the machine may still decide about; a person's word (reviewed, skipped, problem) stands.
OPEN_STATES = (ItemState.NEW, ItemState.QUEUED, ItemState.AUTO_ACCEPTED)
BATCH = 500


@dataclass
class RoutingCounts:
    """Items by what became of them; ``spot_checks`` are among ``auto``, ``kept`` stay in people's hands."""

    auto: int = 0
    queued: int = 0
    empty: int = 0
    spot_checks: int = 0
    kept: int = 0

    def add(self, other: RoutingCounts) -> None:
        """Sum up."""
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))


@dataclass(frozen=True)
class _Routed:
    item: Item
    prediction: Prediction
    route: Route


def own_doubt(confidence: float | None) -> dict[str, Any]:
    """Why an item waits that no strategy chose: its own doubt alone."""
    return {"code": "nothing_seen"} if confidence is None else {"code": "unsure", "score": round(confidence, 3)}


def thresholds_of(project: Project) -> Thresholds:
    """The project's thresholds and its classes' own; a class that sets only one takes the other from the project.

    Where thresholds are found, a class without one is never accepted: for it the project's own says nothing. Scores are
    compared raw, here as in the browser.
    """
    show, accept = project.show_threshold, NEVER if project.accept_found else project.accept_threshold
    per_class = {}
    for label in LabelClass.objects.filter(project=project):
        if label.show_threshold is not None or label.accept_threshold is not None:
            own_show = label.show_threshold if label.show_threshold is not None else show
            own_accept = label.accept_threshold if label.accept_threshold is not None else accept
            # A class shown only from 0.95 on cannot be accepted at 0.90.
            per_class[label.pk] = (own_show, max(own_show, own_accept))
    return Thresholds(show, accept, per_class)


@transaction.atomic
def route_predictions(*, project: Project, predictions: Iterable[Prediction]) -> RoutingCounts:
    """Route items by stored predictions of the active source. Doing it again changes nothing that has not changed.

    Left alone: what a person decided; and what a person has open, has begun (a draft), or was sent by a lead.
    """
    by_item = {prediction.item_id: prediction for prediction in predictions}
    items = list(
        Item.objects.filter(pk__in=by_item, project=project, state__in=OPEN_STATES).select_for_update().order_by("pk")
    )
    thresholds = thresholds_of(project)
    routed = [
        _Routed(item, by_item[item.pk], route(by_item[item.pk].document, thresholds, item.split)) for item in items
    ]
    _store_scores(routed)
    # The project may listen to another source than when these were queued.
    queue.note_guesses(project_id=project.pk, item_ids=by_item)
    held = _held(items)
    free = [one for one in routed if one.item.pk not in held]
    counts = RoutingCounts(kept=len(routed) - len(free))
    counts.add(_accept(project, [one for one in free if one.route.auto], thresholds))
    counts.add(_enqueue(project, [one for one in free if not one.route.auto]))
    if routed:
        after = {one.name: getattr(counts, one.name) for one in fields(counts)}
        audit.record(actor=None, verb="items.route", target=project, project_id=project.pk, after=after)
    return counts


def reroute_project(
    *, actor: User | None, project_id: int, progress: Callable[[int, int], None] = lambda done, total: None
) -> RoutingCounts:
    """Route all open items again by the active source's stored guesses, after thresholds moved; no model runs.

    Works in batches, each in its own transaction; ``progress(done, total)`` is called between them and may raise.
    """
    project = Project.objects.get(pk=project_id)
    counts = RoutingCounts()
    if project.active_source_id is None:
        return counts
    stored = Prediction.objects.filter(
        source_id=project.active_source_id, item__project=project, item__state__in=OPEN_STATES
    ).order_by("item_id")
    total, done, last = stored.count(), 0, 0
    while batch := list(stored.filter(item_id__gt=last)[:BATCH]):
        counts.add(route_predictions(project=project, predictions=batch))
        done, last = done + len(batch), batch[-1].item_id
        progress(done, max(done, total))
    after = {one.name: getattr(counts, one.name) for one in fields(counts)}
    audit.record(actor=actor, verb="project.reroute", target=project, project_id=project.pk, after=after)
    return counts


def _store_scores(routed: Sequence[_Routed]) -> None:
    items, predictions = [], []
    for one in routed:
        scores = (one.route.confidence, one.route.uncertainty)
        if (one.item.confidence, one.item.uncertainty) != scores:
            one.item.confidence, one.item.uncertainty = scores
            items.append(one.item)
        if (one.prediction.confidence, one.prediction.uncertainty) != scores:
            one.prediction.confidence, one.prediction.uncertainty = scores
            predictions.append(one.prediction)
    update_rows(items, ["confidence", "uncertainty"])
    update_rows(predictions, ["confidence", "uncertainty"])


def _held(items: Sequence[Item]) -> set[int]:
    """Items in a person's hands: under a live lease, with a draft, or returned by a lead."""
    ids = [item.pk for item in items]
    waiting = QueueEntry.objects.filter(item_id__in=ids, done=False)
    held = set(waiting.filter(lease_until__gte=timezone.now()).values_list("item_id", flat=True))
    held |= set(waiting.filter(reason=QueueReason.RETURNED).values_list("item_id", flat=True))
    return held | set(Draft.objects.filter(item_id__in=ids).values_list("item_id", flat=True))


def _accept(project: Project, certain: Sequence[_Routed], thresholds: Thresholds) -> RoutingCounts:
    """Take the model's word, and send the sample to people as well."""
    as_before = _accepted_as_before(certain, thresholds)
    fresh = [one.prediction.pk for one in certain if one.item.pk not in as_before]
    taken = set(accept_predictions(project=project, prediction_ids=fresh)) if fresh else set()
    accepted = [one for one in certain if one.item.pk in taken or one.item.pk in as_before]
    salt = str(project.pk)
    checks = [one for one in accepted if is_spot_check(one.item.blob, project.spot_check_rate, salt)]
    sampled = {one.item.pk for one in checks}
    queue.dequeue_items(item_ids=[one.item.pk for one in accepted if one.item.pk not in sampled])
    queue.enqueue_items(
        project_id=project.pk,
        waiting=[Waiting(one.item.pk, QueueReason.SPOT_CHECK, spot_priority(one.item.blob, salt)) for one in checks],
    )
    return RoutingCounts(auto=len(accepted), spot_checks=len(checks))


def _accepted_as_before(certain: Sequence[_Routed], thresholds: Thresholds) -> set[int]:
    """Items whose current annotation is already these very objects of this very guess: no new revision is needed."""
    current = {
        annotation.item_id: annotation
        for annotation in Annotation.objects.filter(
            item_id__in=[one.item.pk for one in certain if one.item.state == ItemState.AUTO_ACCEPTED],
            origin=Annotation.Origin.AUTO,
        ).order_by("revision")
    }
    same = set()
    for one in certain:
        found = current.get(one.item.pk)
        if (
            found is not None
            and found.revision == one.item.revision
            and found.source_prediction_id == one.prediction.pk
            and found.document
            == accepted_document([dict(o) for o in shown_objects(one.prediction.document, thresholds)])
        ):
            same.add(one.item.pk)
    return same


def _enqueue(project: Project, doubtful: Sequence[_Routed]) -> RoutingCounts:
    """Put items before people; an auto-label that no longer holds is withdrawn."""
    withdrawn = [one.item.pk for one in doubtful if one.item.state == ItemState.AUTO_ACCEPTED]
    Item.objects.filter(pk__in=withdrawn).update(class_counts={})
    ids = [one.item.pk for one in doubtful]
    queue.enqueue_items(
        project_id=project.pk,
        waiting=[
            Waiting(one.item.pk, one.route.reason, one.route.uncertainty, own_doubt(one.route.confidence))
            for one in doubtful
        ],
    )
    queue.move_items(item_ids=ids, state=ItemState.QUEUED)
    return RoutingCounts(queued=len(ids), empty=sum(one.route.reason == QueueReason.EMPTY for one in doubtful))
