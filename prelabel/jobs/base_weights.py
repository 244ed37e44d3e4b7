"""Gets the weights of a base model for a run of the train worker; says clearly when there is no network."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from annotator.core.errors import RunFailed
from annotator.jobs.context import RunContext
from prelabel.core.base_models import BaseModel
from prelabel.core.base_weights import base_folder


def fetch_base_weights(context: RunContext, model: BaseModel, *, required: bool) -> Path | None:
    """Folder with ``weights.safetensors`` and ``architecture.json``, downloaded at most once for this installation.

    Without network: raises RunFailed (code offline) when a person chose this base (``required``), since training from
    nothing would give a much worse model than asked for; else logs why and returns None. So it does for weights that
    are never downloaded.
    """
    if not model.shipped and not model.url and not model.by_hand:
        return None
    cache = Path(settings.DATA_DIR) / "base_models"

    def report(size_bytes: int) -> None:
        # The size is not known before the end; the cap of the table stands for it.
        context.progress(min(size_bytes, model.max_bytes - 1), model.max_bytes, stage="download")

    try:
        folder = base_folder(model, cache, report=report)
    except RunFailed as error:
        if error.code != "no_weights" and (required or error.code != "offline"):
            raise
        context.log(f"{error.message} Training starts from nothing.")
        return None
    context.log(f"Weights of {model.label} ({model.licence}) are at hand")
    return folder
