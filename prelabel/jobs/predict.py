"""Predicts a project's items with the deployed variant and routes them. Resumable: what is stored is not done again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from annotator.core.errors import BadPicture, Conflict, NotFound, RunFailed
from annotator.jobs.context import RunContext
from annotator.models import Item, LabelClass, Prediction, Project, Run
from annotator.models.items import ItemState
from annotator.services.items import mark_problem
from prelabel.core.documents import ClassMap, map_classes, prediction_document
from prelabel.core.predictor import Predictor
from prelabel.jobs.deployed_model import open_deployed
from prelabel.jobs.features import Looked, describe_missing, look_at
from prelabel.jobs.lookahead import one_ahead, short_turns
from prelabel.jobs.order_queue import put_in_order
from prelabel.models import Deployment
from prelabel.selectors.registry import active_deployment
from prelabel.services.embeddings import Features, store_embeddings
from prelabel.services.predictions import Guessed, store_predictions
from prelabel.services.retrain_rule import apply_retrain_rule
from prelabel.services.routing import RoutingCounts, reroute_project

BATCH = 64  # items in a transaction: what a killed worker loses at most, two seconds of work
SCOPES = {
    "new": (ItemState.NEW,),
    "unreviewed": (ItemState.NEW, ItemState.QUEUED, ItemState.AUTO_ACCEPTED),
}


@dataclass
class _Tally:
    predicted: int = 0
    objects: int = 0
    problems: int = 0
    superseded: bool = False


def run(context: RunContext) -> dict[str, Any]:
    """Predict, route, and ask the retrain rule. Parameters: ``scope`` new | unreviewed, ``dataset_id`` or null."""
    deployment = active_deployment(context.project_id)
    if deployment is None:
        raise RunFailed("No model is deployed in this project; train or import one first.", code="nothing_deployed")
    items = _scope(context)
    total = items.count()
    missing = items.exclude(Exists(Prediction.objects.filter(item=OuterRef("pk"), source=deployment.source)))
    done_before = total - missing.count()
    tally, counts = _Tally(), RoutingCounts()
    if done_before < total:
        tally, counts = _predict(context, deployment, missing, done_before=done_before, total=total)
    if done_before and not tally.superseded:
        # Guesses of an earlier deployment of this variant (a rollback), or of a try that was killed.
        counts = reroute_project(
            actor=None,
            project_id=context.project_id,
            progress=lambda done, all_items: context.progress(done, all_items, stage="route"),
        )
    rule = None
    if not tally.superseded:
        described = describe_missing(context, deployment, lambda: _load(context, deployment), predict_threads())
        if described:
            context.log(f"{described} items described that were guessed or reviewed before")
        context.progress(total, total, stage="order")
        put_in_order(context)
        rule = apply_retrain_rule(run=Run.objects.get(pk=context.run_id), source=deployment.source)
    context.log(
        f"{tally.predicted} predicted, {counts.auto} accepted automatically ({counts.spot_checks} of them also spot "
        f"checks), {counts.queued} queued ({counts.empty} empty), {tally.problems} unreadable"
    )
    return {
        "variant_id": deployment.variant_id,
        "source_id": deployment.source_id,
        "predicted": tally.predicted,
        "already_predicted": done_before,
        "objects": tally.objects,
        "problems": tally.problems,
        "auto_accepted": counts.auto,
        "spot_checks": counts.spot_checks,
        "queued": counts.queued,
        "empty": counts.empty,
        "kept": counts.kept,
        "superseded": tally.superseded,
        "retrain": rule,
    }


def _predict(
    context: RunContext, deployment: Deployment, missing: QuerySet[Item], *, done_before: int, total: int
) -> tuple[_Tally, RoutingCounts]:
    """Batch after batch: read, predict, store and route; stops when another model was deployed meanwhile."""
    tally, counts = _Tally(), RoutingCounts()
    classes = _class_map(context, deployment)
    predictor = _load(context, deployment)
    # One thread more than streams: it decodes while all networks are busy. With it, 200 pictures took 12 % less time.
    with ThreadPoolExecutor(predict_threads() + 1, thread_name_prefix="predict") as pool, short_turns():
        looking = lambda batch: [pool.submit(look_at, predictor, item.blob) for item in batch]  # noqa: E731
        for batch, futures in one_ahead(_batches(missing), looking):
            if not _still_active(deployment):
                tally.superseded = True
                context.log("another model was deployed meanwhile; its own run predicts the rest")
                pool.shutdown(wait=True, cancel_futures=True)
                break
            seen = done_before + tally.predicted + tally.problems
            try:
                pending = list(zip(batch, futures, strict=True))
                guessed, features = _gather(context, classes, pending, seen=seen, total=total)
            except BaseException:
                pool.shutdown(wait=True, cancel_futures=True)
                raise
            store_embeddings(variant=deployment.variant, features=features)
            counts.add(store_predictions(source=deployment.source, guessed=guessed))
            tally.predicted += len(guessed)
            tally.problems += len(batch) - len(guessed)
            tally.objects += sum(len(one.document["objects"]) for one in guessed)
            context.progress(seen + len(batch), total, stage="predict")
    return tally, counts


def _scope(context: RunContext) -> QuerySet[Item]:
    scope = context.params.get("scope") or "unreviewed"
    if scope not in SCOPES:
        raise RunFailed(f"scope must be one of {', '.join(SCOPES)}, not {scope!r}.", code="bad_params")
    wanted = Q(state__in=SCOPES[scope])
    if context.params.get("dataset_id"):
        wanted &= Q(dataset_id=context.params["dataset_id"])
    # Reviewed val items are guessed too, never routed: thresholds are estimated from guesses of this very model.
    wanted |= Q(state=ItemState.REVIEWED, split="val")
    return Item.objects.filter(wanted, project_id=context.project_id, media_type="image")


def _batches(missing: QuerySet[Item]) -> Iterator[list[Item]]:
    """Batches by id; an item that could not be read is behind the cursor and is not met again."""
    last = 0
    while batch := list(missing.filter(pk__gt=last).order_by("pk")[:BATCH]):
        yield batch
        last = batch[-1].pk


def _class_map(context: RunContext, deployment: Deployment) -> ClassMap:
    labels = LabelClass.objects.filter(project_id=context.project_id, archived=False).values_list("name", "pk")
    names = deployment.variant.manifest["classes"]
    classes = map_classes(names, dict(labels))
    if not classes.ids:
        raise RunFailed(
            f"The model knows {', '.join(names[:8])}{'…' if len(names) > 8 else ''}; the project has no class of such "
            "a name. Add one, or deploy another model.",
            code="no_common_class",
        )
    if classes.unmapped:
        shown = ", ".join(classes.unmapped[:20]) + ("…" if len(classes.unmapped) > 20 else "")
        context.log(f"{len(classes.unmapped)} classes of the model are not in the project and are dropped: {shown}")
    return classes


def _load(context: RunContext, deployment: Deployment) -> Predictor:
    context.progress(0, 1, stage="load")
    return open_deployed(context, deployment, predict_threads())


def predict_threads() -> int:
    """One request per core, decoding on its thread, is the measured best; ``WINNOW_PREDICT_THREADS`` overrides."""
    given = os.environ.get("WINNOW_PREDICT_THREADS", "")
    return max(1, int(given)) if given.isdigit() else min(4, len(os.sched_getaffinity(0)))


def _still_active(deployment: Deployment) -> bool:
    active = Project.objects.values_list("active_source_id", flat=True).get(pk=deployment.project_id)
    return active == deployment.source_id


def _gather(
    context: RunContext, classes: ClassMap, pending: list[tuple[Item, Future[Looked]]], *, seen: int, total: int
) -> tuple[list[Guessed], dict[int, Features]]:
    """Documents and features of the items that could be read; the others become problems with the reason."""
    guessed, features = [], {}
    for index, (item, future) in enumerate(pending):
        try:
            looked = future.result()
            document = prediction_document(looked.guesses, classes, width=item.width, height=item.height)
            guessed.append(Guessed(item, document))
            features[item.pk] = looked.features
        except (BadPicture, NotFound) as error:
            _report_problem(context, item, error.message)
        context.progress(seen + index, total, stage="predict")
    return guessed, features


def _report_problem(context: RunContext, item: Item, reason: str) -> None:
    context.log(f"{item.name} cannot be read: {reason}", item_id=item.pk)
    if item.state == ItemState.REVIEWED:
        return  # guessed for the thresholds only; a person's word on it stands
    try:
        mark_problem(actor=None, item_id=item.pk, reason=reason)
    except Conflict:
        context.log(f"{item.name} was decided by a person meanwhile and stays", item_id=item.pk)
