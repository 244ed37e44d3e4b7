"""Starts a train-and-compress run after checking what it needs."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction

from annotator.core.errors import NotFound, Unprocessable
from annotator.models import DatasetVersion, Project, Run, User
from annotator.services import runs, versions
from prelabel.core.base_models import BASE_MODELS
from prelabel.models import ModelVersion
from prelabel.services import triggers


@transaction.atomic
def start_retrain(
    *, actor: User | None, project: Project, params: dict[str, Any], idempotency_key: uuid.UUID | None = None
) -> Run:
    """Queue a retrain on a frozen version; without one, what is reviewed now is frozen first.

    Raises NotFound for a version or base model of elsewhere, Unprocessable when there is nothing to learn from,
    Conflict ``under_way`` beside another retrain.
    """
    existing = runs.run_of_key(project=project, kind="retrain", idempotency_key=idempotency_key)
    if existing is not None:  # before anything is frozen for it a second time
        return existing
    # What proposed it is told with the start, and in its audit event.
    proposed = Project.objects.values_list("retrain", flat=True).get(pk=project.pk).get("triggers", [])
    base = params.get("base")
    if base is not None:
        check_base(project, str(base))
    if params.get("version_id"):
        version = DatasetVersion.objects.filter(pk=params["version_id"], project=project).first()
        if version is None:
            raise NotFound("there is no such version in this project")
    else:
        version = versions.freeze_version(actor=actor, project=project, note="frozen for a retrain")
    if not version.counts["train"]:
        raise Unprocessable("this version has no training items; review some items of the train split first")
    run = runs.create_run(
        actor=actor,
        project=project,
        kind="retrain",
        params={**params, "version_id": version.pk, "triggers": proposed},
        idempotency_key=idempotency_key,
    )
    triggers.note_start(actor=actor, project=project, run=run)
    return run


def check_base(project: Project, base: str, *, field: str = "base") -> None:
    """``base`` is the slug of a base model, or the id of a model version of this project.

    Raises NotFound, Unprocessable with ``field``.
    """
    if base.isascii() and base.isdecimal():
        found = ModelVersion.objects.filter(pk=int(base[:18]), project=project).first()
        if found is None:
            raise NotFound("there is no such model version in this project", field=field)
        if not found.training_files:
            raise Unprocessable("this model came without weights to train on; choose another base", field=field)
    elif base not in BASE_MODELS or BASE_MODELS[base].task_type != project.task_type:
        names = ", ".join(slug for slug, one in BASE_MODELS.items() if one.task_type == project.task_type)
        raise Unprocessable(f"base “{base}” is unknown; choose one of {names}, or a model version", field=field)
