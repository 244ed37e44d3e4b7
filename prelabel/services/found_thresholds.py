"""Puts thresholds that reviewed items support in the place of those set by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from annotator.core.errors import Conflict, Unprocessable
from annotator.models import LabelClass, Project, User
from annotator.services import audit
from annotator.services.predictions import ask_for_guesses
from prelabel.core.found_thresholds import TARGETS
from prelabel.models import Deployment, ModelVariant
from prelabel.selectors.registry import active_deployment


@transaction.atomic
def use_found_thresholds(*, actor: User, project_id: int, target: float) -> dict[str, Any]:
    """Accept from now on by what reviewed items support at ``target``, and route again.

    Returns {target, classes: class id → {threshold, reason, n, right, bound, coverage, guesses}}. A class without a
    threshold is left to people. Raises Conflict ``not_calibrated`` where the deployed model was never judged.
    """
    if target not in TARGETS:
        raise Unprocessable(f"target must be one of {', '.join(map(str, TARGETS))}", field="target")
    project = Project.objects.select_for_update().get(pk=project_id)
    deployment = active_deployment(project_id)
    if deployment is None or not deployment.variant.calibration:
        raise Conflict(
            "no thresholds are found yet: deploy a model and evaluate it on reviewed items, then ask again",
            code="not_calibrated",
        )
    before = {"accept_found": project.accept_found, "target_precision": project.target_precision}
    if not project.accept_found:
        by_hand = LabelClass.objects.filter(project=project).values_list("pk", "accept_threshold")
        accept = {str(pk): threshold for pk, threshold in by_hand}
        project.accept_by_hand = {"accept": accept, "calibrated": project.thresholds_calibrated}
    project.accept_found, project.target_precision, project.thresholds_calibrated = True, target, True
    project.revision += 1
    project.save(
        update_fields=["accept_found", "target_precision", "thresholds_calibrated", "accept_by_hand", "revision"]
    )
    classes = _apply(actor, project, deployment.variant, before)
    ask_for_guesses(actor=actor, project=project)
    return {"target": target, "classes": classes}


@transaction.atomic
def renew_thresholds(*, project_id: int, variant: ModelVariant) -> None:
    """What a project that accepts by found thresholds needs when another model decides: the scores are that model's.

    Of a model that was never judged nothing is known, and all is left to people. Elsewhere nothing changes.
    """
    project = Project.objects.select_for_update().get(pk=project_id)
    if project.accept_found:
        _apply(None, project, variant, {})


@transaction.atomic
def record_calibration(*, variant: ModelVariant, calibration: dict[str, Any]) -> None:
    """Keep what val pictures say of a variant's scores; where it decides already, its thresholds move with it."""
    locked = ModelVariant.objects.select_for_update().select_related("version").get(pk=variant.pk)
    locked.calibration = variant.calibration = calibration
    locked.save(update_fields=["calibration"])
    after = {key: calibration.get(key) for key in ("kind", "reason", "guesses", "dataset_version")}
    project_id = locked.version.project_id
    audit.record(actor=None, verb="model.calibrate", target=locked, project_id=project_id, after=after)
    if Deployment.objects.filter(variant=locked, active=True).exists():
        project = Project.objects.select_for_update().get(pk=project_id)
        if project.accept_found:
            _apply(None, project, locked, {})
            ask_for_guesses(actor=None, project=project)


def _apply(
    actor: User | None, project: Project, variant: ModelVariant, before: Mapping[str, Any]
) -> dict[int, dict[str, Any] | None]:
    """Write each class's threshold; None where there is none: thresholds_of then never accepts the class."""
    found = (variant.calibration or {}).get("thresholds", {}).get(f"{project.target_precision:g}", {})
    old, new, rows = {}, {}, {}
    labels = list(LabelClass.objects.filter(project=project).select_for_update())
    for label in labels:
        rows[label.pk] = row = found.get(label.name)
        old[label.name] = label.accept_threshold
        label.accept_threshold = new[label.name] = _inside(label, project, row)
    LabelClass.objects.bulk_update(labels, ["accept_threshold"])
    audit.record(
        actor=actor,
        verb="project.find_thresholds",
        target=project,
        project_id=project.pk,
        before={**before, "accept": old},
        after={"target_precision": project.target_precision, "variant_id": variant.pk, "accept": new},
    )
    return rows


def _inside(label: LabelClass, project: Project, row: Mapping[str, Any] | None) -> float | None:
    """Not below the show threshold of the class: what is not shown is not accepted."""
    if row is None or row["threshold"] is None:
        return None
    show = label.show_threshold if label.show_threshold is not None else project.show_threshold
    return max(float(row["threshold"]), float(show))
