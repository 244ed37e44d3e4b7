"""Starts evaluations of a variant after checking what they need."""

from __future__ import annotations

import uuid

from django.db import transaction

from annotator.core.errors import NotFound, Unprocessable
from annotator.models import DatasetVersion, Project, Run, User
from annotator.services import runs, versions
from prelabel.core.artifact import RUNNABLE_TARGETS
from prelabel.models import ModelVariant


@transaction.atomic
def start_evaluation(
    *,
    actor: User | None,
    variant: ModelVariant,
    version_id: int | None = None,
    idempotency_key: uuid.UUID | None = None,
) -> Run:
    """Queue a run that judges the variant on val and test of a dataset version; without one, on the newest.

    The newest and not a fresh one: models can be compared only where they saw the same pictures. Where nothing was
    frozen yet, what is reviewed now is. Raises NotFound, Unprocessable for a file that predictors do not open and for a
    version with nothing to judge by.
    """
    project = variant.version.project
    existing = runs.run_of_key(project=project, kind="evaluate", idempotency_key=idempotency_key)
    if existing is not None:  # before anything is frozen for it a second time
        return existing
    if variant.manifest.get("target", "onnx") not in RUNNABLE_TARGETS:
        raise Unprocessable("only ONNX and OpenVINO files can be evaluated here; others run on their own devices")
    version = _version(actor, project, version_id)
    lacking = [split for split in ("val", "test") if not version.counts.get(split)]
    if lacking:
        raise Unprocessable(
            f"data v{version.number} has no reviewed {' and no '.join(lacking)} items to judge by; review some, "
            "freeze a new version and evaluate again",
            field="version_id",
            code="nothing_to_judge_by",
        )
    return runs.create_run(
        actor=actor,
        project=project,
        kind="evaluate",
        params={"variant_id": variant.pk, "version_id": version.pk},
        idempotency_key=idempotency_key,
    )


def _version(actor: User | None, project: Project, version_id: int | None) -> DatasetVersion:
    rows = DatasetVersion.objects.filter(project=project)
    if version_id is not None:
        version = rows.filter(pk=version_id).first()
        if version is None:
            raise NotFound("there is no such version in this project", field="version_id")
        return version
    newest = rows.order_by("-number").first()
    return newest or versions.freeze_version(actor=actor, project=project, note="frozen for an evaluation")
