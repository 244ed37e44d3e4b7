"""What a predict run leaves for the retrain triggers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from annotator.models import Prediction, Project, Run
from prelabel.core.routing import Thresholds
from prelabel.core.score_drift import ALL, compare, mean_scores
from prelabel.core.triggers.drift import MINIMUM
from prelabel.models import Deployment, ScoreReference
from prelabel.selectors.triggers import guesses_of_run, last_learned, latest, shown_counts, triggers_of
from prelabel.services.routing import thresholds_of
from prelabel.services.triggers import check_triggers, keep_reference, record_observations

MOST_REFERENCE = 2000  # pictures; more would not tell finer
NEWEST = 500  # pictures compared with them: a longer window would dilute what began last week


def observe_run(run: Run, deployment: Deployment) -> dict[str, Any]:
    """Count and compare what was guessed, keep it, and look at the triggers: their answer, with what was counted."""
    at = timezone.now()
    project = Project.objects.get(pk=run.project_id)
    thresholds = thresholds_of(project)
    started = last_learned(project.pk).started
    since = {row.slug: latest(started, row.aside_at) for row in triggers_of(project.pk)}
    counts = shown_counts(guesses_of_run(run, deployment.source_id), thresholds, since["ratio"])
    seen: dict[str, Mapping[str, Any]] = {
        "ratio": {**counts, "run_id": run.pk},
        "drift": _drift(deployment, thresholds, since["drift"]),
    }
    record_observations(project_id=project.pk, seen=seen, source_id=deployment.source_id, at=at)
    answer = check_triggers(project_id=project.pk)
    return {"low": counts["low"], "high": counts["high"], "due": bool(answer["standing"]), **answer}


def _drift(deployment: Deployment, thresholds: Thresholds, since: datetime | None) -> dict[str, Any]:
    reference = _reference(deployment, thresholds)
    if reference is None:
        return {"reference": False, "newest": 0, "shifts": []}
    begin = latest(reference.until, since)
    newest = mean_scores(_documents(_guesses(deployment).filter(created_at__gt=begin), NEWEST), thresholds)
    shifts = compare(reference.scores, newest)
    return {
        "reference": True,
        "newest": len(newest.get(ALL, ())),
        "shifts": [shift.to_json() for shift in shifts],
    }


def _reference(deployment: Deployment, thresholds: Thresholds) -> ScoreReference | None:
    """What is kept, taken first where there is none or where other scores are shown now; None of too few pictures.

    Val pictures where there are enough: hash chose them, and the reviewed ones are guessed too. What else is guessed at
    a deployment is what nobody has reviewed yet, easier than what comes in.
    """
    kept = ScoreReference.objects.filter(deployment=deployment).first()
    shown = _shown_from(thresholds)
    if kept is not None and kept.thresholds == shown:
        return kept
    guesses = _guesses(deployment)
    if kept is not None:
        guesses = guesses.filter(created_at__lte=kept.until)
    for part in (guesses.filter(item__split="val"), guesses):
        scores = mean_scores(_documents(part, MOST_REFERENCE), thresholds)
        pictures = len(scores.get(ALL, ()))
        if pictures >= MINIMUM:
            return keep_reference(deployment=deployment, scores=scores, pictures=pictures, thresholds=shown)
    return None


def _guesses(deployment: Deployment) -> QuerySet[Prediction]:
    return Prediction.objects.filter(source_id=deployment.source_id).order_by("-pk")


def _documents(guesses: QuerySet[Prediction], most: int) -> Any:
    return guesses.values_list("document", flat=True)[:most].iterator(chunk_size=500)


def _shown_from(thresholds: Thresholds) -> dict[str, Any]:
    own = {str(class_id): show for class_id, (show, _) in thresholds.per_class.items() if show != thresholds.show}
    return {"show": thresholds.show, "per_class": own}
