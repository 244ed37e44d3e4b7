"""Starts jobs the way a worker does, without a broker."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from annotator import storage
from annotator.jobs import JOBS
from annotator.jobs.context import RunContext
from annotator.jobs.runner import load_job
from annotator.models import Run
from annotator.services import runs


def zip_folder(folder: Path, target: Path) -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder))
    return target


def import_params(source: Path, settings: Any, **changes: Any) -> dict[str, Any]:
    """Parameters as the API makes them: a zip goes to the storage, a folder is named below the import root."""
    if source.is_dir():
        settings.IMPORT_ROOT = str(source.parent)
        place = {"folder": source.name, "name": source.name}
    else:
        place = {"zip_sha256": storage.put_file(source), "name": source.name}
    params = {
        "source": place, "dataset": source.stem, "format": "auto", "labels": "truth", "split": "keep",
        "create_classes": None, "dry_run": False,
    }  # fmt: skip
    return params | changes


def start(project: Any, actor: Any, kind: str, params: dict[str, Any]) -> RunContext:
    """A run claimed by this process."""
    run = runs.create_run(actor=actor, project=project, kind=kind, params=params)
    claimed = runs.claim_run(run_id=run.pk, worker="test")
    assert claimed is not None
    return RunContext(claimed)


def do(project: Any, actor: Any, kind: str, params: dict[str, Any]) -> dict[str, Any]:
    """Run a job to its end and return its result."""
    return load_job(JOBS[kind])(start(project, actor, kind, params))


def again(run_id: int) -> RunContext:
    """The same run, taken over by a worker after the first one died."""
    Run.objects.filter(pk=run_id).update(lease_until="2000-01-01T00:00:00Z")
    claimed = runs.claim_run(run_id=run_id, worker="second")
    assert claimed is not None
    return RunContext(claimed)
