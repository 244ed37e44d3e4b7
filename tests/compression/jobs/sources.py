"""A toy model in a project, and parameters of runs that compress it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from annotator.models import DatasetVersion
from compression.core.trainer import Trained
from prelabel.models import ModelVersion
from prelabel.services import registry

INT8 = {"step": "quantize", "options": {"scheme": "int8", "tries": 1, "images": 8}}
PRUNE = {"step": "prune", "options": {"amount": 0.5, "epochs": 1}}


def register_toy(actor: Any, version: DatasetVersion, trained: Trained, fp32: Path) -> ModelVersion:
    """The toy detector as a version of the project, with its fp32 file."""
    record = registry.VersionRecord("toy", "yolo11t", dataset_version=version, training_folder=trained.folder)
    made = registry.register_version(actor=actor, project=version.project, record=record)
    registry.register_variant(actor=actor, version=made, artifact_folder=fp32)
    return made
