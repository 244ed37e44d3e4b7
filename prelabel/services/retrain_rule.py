"""The retrain rule: when too many shown objects of a predict run are doubtful, a retrain is proposed, or started."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction

from annotator.models import Prediction, PredictionSource, Project, Run
from annotator.models.items import ItemState
from annotator.models.runs import FINISHED
from annotator.selectors.projects import reviewed_since_freeze
from annotator.services import projects, runs, versions
from prelabel.core.routing import Thresholds, retrain_due
from prelabel.selectors.registry import active_deployment
from prelabel.services.routing import OPEN_STATES, thresholds_of

# Below this many new reviews a retrain would learn the same again, and a due rule would start one after another.
MIN_REVIEWED = 20
_NAMESPACE = uuid.UUID("7b5c3f0e-6f0c-4a2e-9a55-0d1f5f2a8a11")


def count_shown(*, source: PredictionSource, thresholds: Thresholds, run: Run) -> tuple[int, int]:
    """(low, high): shown objects under and at or above ``accept`` among what the run predicted or routed."""
    rows = Prediction.objects.filter(source=source)
    if run.params.get("dataset_id"):
        rows = rows.filter(item__dataset_id=run.params["dataset_id"])
    if run.params.get("scope") == "new":
        rows = rows.filter(created_at__gte=run.created_at).exclude(item__state=ItemState.REVIEWED, item__split="val")
    else:
        rows = rows.filter(item__state__in=OPEN_STATES)
    low = high = 0
    for document in rows.values_list("document", flat=True).iterator(chunk_size=500):
        for entry in document["objects"]:
            show, accept = thresholds.of(entry["class_id"])
            if entry["score"] >= accept:
                high += 1
            elif entry["score"] >= show:
                low += 1
    return low, high


@transaction.atomic
def apply_retrain_rule(*, run: Run, source: PredictionSource) -> dict[str, Any]:
    """Count, remember the proposal on the project, and start a retrain where the project says so.

    Returns {"low", "high", "due", "run_id", "started_run_id", "reason"}; ``reason`` says why a due one was not started.
    Calling it again for the same run starts nothing twice.
    """
    project = Project.objects.get(pk=run.project_id)
    low, high = count_shown(source=source, thresholds=thresholds_of(project), run=run)
    due = retrain_due(low, high, project.retrain_ratio)
    started, reason = None, ""
    if due and project.retrain_auto:
        started, reason = _start(project, run)
    elif due:
        reason = "proposed; this project leaves starting it to people"
    rule = {
        "low": low,
        "high": high,
        "due": due,
        "run_id": run.pk,
        "started_run_id": started.pk if started else None,
        "reason": reason,
    }
    projects.propose_retrain(project_id=project.pk, proposal=rule)
    return rule


def _start(project: Project, run: Run) -> tuple[Run | None, str]:
    key = uuid.uuid5(_NAMESPACE, f"retrain of predict run {run.pk}")
    before = Run.objects.filter(idempotency_key=key).first()
    if before is not None:
        return before, ""
    if Run.objects.filter(project=project, kind__in=("retrain", "compress")).exclude(state__in=FINISHED).exists():
        return None, "a retrain is under way already"
    reviewed = reviewed_since_freeze(project.pk)
    if reviewed < MIN_REVIEWED:
        return None, f"only {reviewed} items were reviewed since the last version; {MIN_REVIEWED} are needed"
    version = versions.freeze_version(actor=None, project=project, note="frozen by the retrain rule")
    if not version.counts["train"]:
        return None, "no reviewed item is in the train split"
    deployment = active_deployment(project.pk)
    trained = deployment.variant.version if deployment else None
    params = {
        "version_id": version.pk,
        "base": str(trained.pk) if trained and trained.training_files else None,
        "preset": "normal",
        "deploy_if_passed": False,  # what is deployed stays an admin's decision
    }
    return runs.create_run(actor=None, project=project, kind="retrain", params=params, idempotency_key=key), ""
