"""A toy model in a project, and runs that compress it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from annotator.jobs.runner import execute
from annotator.models import DatasetVersion, Run
from annotator.services import runs
from compression.core.trainer import Trained
from compression.jobs import JOBS
from prelabel.models import ModelVersion
from prelabel.services import registry
from tests.conftest import Cast

INT8 = {"step": "quantize", "options": {"scheme": "int8", "tries": 1, "images": 8}}
LOOSE = {"max_drop": 1.0}  # a toy finds little: what is tested is the way, not the model
PRUNE = {"step": "prune", "options": {"amount": 0.5, "epochs": 1}}


def register_toy(
    actor: Any, version: DatasetVersion, trained: Trained, fp32: Path, arch: str = "yolo11t"
) -> ModelVersion:
    """The toy model as a version of the project, with its fp32 file."""
    record = registry.VersionRecord("toy", arch, dataset_version=version, training_folder=trained.folder)
    made = registry.register_version(actor=actor, project=version.project, record=record)
    registry.register_variant(actor=actor, version=made, artifact_folder=fp32)
    return made


def start(source: ModelVersion, cast: Cast, *plan: dict[str, Any], **changes: Any) -> Run:
    params = {
        "version_id": source.dataset_version_id, "source": {"model_version_id": source.pk}, "plan": list(plan),
        "preset": None, "aim": "size", "search": None, "teacher_version_id": None, "budgets": LOOSE, "gates": LOOSE,
        "targets": [], "seed": 3, "minutes": None, "deploy_if_passed": False,
    } | changes  # fmt: skip
    return runs.create_run(actor=cast.dora, project=source.project, kind="compress", params=params)


def finish(run: Run) -> Run:
    execute(run.pk, JOBS["compress"])
    run.refresh_from_db()
    return run
