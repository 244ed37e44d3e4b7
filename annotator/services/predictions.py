"""Asks the machine that guesses; nothing here knows how it does so."""

from __future__ import annotations

import uuid

from annotator.models import PredictionSource, Project, Run, User
from annotator.services import runs


def ask_for_guesses(*, actor: User | None, project: Project, idempotency_key: uuid.UUID | None = None) -> Run | None:
    """Queue a run that predicts what has no guess yet and routes all unreviewed items; None when no model is deployed.

    Items that have their guess are only routed again, so that this is also what follows a moved threshold.
    """
    source = project.active_source
    if source is None or source.kind != PredictionSource.Kind.MODEL:
        return None
    params = {"scope": "unreviewed", "dataset_id": None}
    return runs.create_run(actor=actor, project=project, kind="predict", params=params, idempotency_key=idempotency_key)
