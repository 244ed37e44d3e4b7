"""Predicts a project's items with the deployed variant and routes them. Resumable: what is stored is not done again.

Any number of workers share a run: `run` is what its holder does, `help_out` what the others do.
"""

from __future__ import annotations

import os
from dataclasses import asdict, fields
from functools import partial
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from annotator.core.errors import RunFailed
from annotator.jobs import sharing
from annotator.jobs.context import RunContext
from annotator.models import Item, LabelClass, Prediction, Run
from annotator.models.items import ItemState
from annotator.selectors.shards import Tally, shard_results, shard_tally, workers_done
from annotator.services.shards import drop_shards
from prelabel.core.documents import ClassMap, map_classes
from prelabel.core.predictor import Predictor
from prelabel.jobs import predict_shards
from prelabel.jobs.deployed_model import open_deployed, open_variant
from prelabel.jobs.features import describe_missing
from prelabel.jobs.guessing import as_chosen
from prelabel.jobs.order_queue import put_in_order
from prelabel.jobs.predict_shards import Work
from prelabel.jobs.triggers import observe_run
from prelabel.models import Deployment
from prelabel.selectors.registry import active_deployment
from prelabel.services.routing import RoutingCounts, reroute_project

SCOPES = {
    "new": (ItemState.NEW,),
    "unreviewed": (ItemState.NEW, ItemState.QUEUED, ItemState.AUTO_ACCEPTED),
}


def run(context: RunContext) -> dict[str, Any]:
    """Predict, route, and look whether that is a reason to train again.

    Parameters: ``scope`` new | unreviewed, ``dataset_id`` or null.
    """
    deployment = active_deployment(context.project_id)
    if deployment is None:
        raise RunFailed("No model is deployed in this project; train or import one first.", code="nothing_deployed")
    before, cut = _cut(context, deployment)
    current = _do_shards(context, deployment, before) if cut.left else True
    done = _results(context)
    if before and current:
        # Guesses of an earlier deployment of this variant (a rollback), or of a run that was cancelled.
        rerouted = reroute_project(
            actor=None,
            project_id=context.project_id,
            progress=lambda done, all_items: context.progress(done, all_items, stage="route"),
        )
        done |= asdict(rerouted)
    rule = _finish(context, deployment, before + cut.units) if current else None
    context.log(
        f"{done['predicted']} predicted, {done['auto']} accepted automatically ({done['spot_checks']} of them also "
        f"spot checks), {done['queued']} queued ({done['empty']} empty), {done['problems']} unreadable"
    )
    return {
        "variant_id": deployment.variant_id,
        "source_id": deployment.source_id,
        "predicted": done["predicted"],
        "already_predicted": before,
        "objects": done["objects"],
        "problems": done["problems"],
        "auto_accepted": done["auto"],
        "spot_checks": done["spot_checks"],
        "queued": done["queued"],
        "empty": done["empty"],
        "kept": done["kept"],
        "workers": max(1, workers_done(context.run_id)),
        "superseded": not current,
        "retrain": rule,
    }


def help_out(context: RunContext) -> None:
    """Do shards of a run that another worker holds, with the same model."""
    deployment = active_deployment(context.project_id)
    if deployment is not None and deployment.source_id == context.checkpoint.get("source_id"):
        _do_shards(context, deployment, int(context.checkpoint["before"]))


def _cut(context: RunContext, deployment: Deployment) -> tuple[int, Tally]:
    """How many items were guessed before this run, and the shards of those that were not."""
    known = context.checkpoint.get("source_id") == deployment.source_id
    if not known or not shard_tally(context.run_id).units:
        # A first try, or one that begins anew: after a person's retry, or with another model than its first.
        drop_shards(run_id=context.run_id, lease_token=context.lease_token)
        before = _scope(context).count() - _missing(context, deployment).count()
        context.save_checkpoint(source_id=deployment.source_id, before=before)
    ids = list(_missing(context, deployment).order_by("pk").values_list("pk", flat=True))
    return int(context.checkpoint["before"]), sharing.cut(context, ids, predict_shards.SIZE)


def _do_shards(context: RunContext, deployment: Deployment, before: int) -> bool:
    """False when another model was deployed meanwhile."""
    classes = _class_map(context, deployment)
    work = Work(deployment, classes, _missing(context, deployment), before)

    def load() -> Predictor:
        another = partial(open_variant, context, streams=predict_threads())
        return as_chosen(context, deployment, _load(context, deployment), another)

    current = predict_shards.do_shards(context, work, load, predict_threads())
    if not current and context.holds:
        context.log("another model was deployed meanwhile; its own run predicts the rest")
    return current


def _results(context: RunContext) -> dict[str, int]:
    """Counts over all shards that are done, whoever did them."""
    total = dict.fromkeys(("predicted", "objects", "problems", *(one.name for one in fields(RoutingCounts))), 0)
    for result in shard_results(context.run_id):
        for name in total:
            total[name] += result[name]
    return total


def _finish(context: RunContext, deployment: Deployment, total: int) -> dict[str, Any]:
    """What is done once, by the holder, when all is guessed."""
    described = describe_missing(context, deployment, lambda: _load(context, deployment), predict_threads())
    if described:
        context.log(f"{described} items described that were guessed or reviewed before")
    context.progress(total, total, stage="order")
    put_in_order(context)
    return observe_run(Run.objects.get(pk=context.run_id), deployment)


def _missing(context: RunContext, deployment: Deployment) -> QuerySet[Item]:
    guessed = Prediction.objects.filter(item=OuterRef("pk"), source=deployment.source)
    return _scope(context).exclude(Exists(guessed))


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
    if classes.unmapped and context.holds:
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
