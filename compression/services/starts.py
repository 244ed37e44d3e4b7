"""Chooses what a training starts from: a base model, a model version of the project, or what is deployed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from annotator.core.errors import NotFound, Unprocessable
from annotator.models import Project
from prelabel.core.base_models import BASE_MODELS, BaseModel, base_models_for
from prelabel.models import ModelVersion
from prelabel.selectors.registry import active_deployment
from prelabel.services.registry import fetch_training_files


@dataclass(frozen=True)
class Start:
    """``folder`` holds weights to start from, None = from scratch; ``story`` says in words what was chosen and why."""

    arch: str
    folder: Path | None
    parent: ModelVersion | None
    story: str
    # Weights of a base model that are not on this machine yet; only the job may fetch them.
    to_fetch: BaseModel | None = None


def choose_start(*, project: Project, base: str | None, folder: Path) -> Start:
    """``base`` is a slug of BASE_MODELS, the id of a model version, or None: go on from the deployed model, else the
    newest trainable one, else the default base. Weights are laid out in ``folder``.

    Raises NotFound, or Unprocessable where the choice does not fit the project.
    """
    if base and str(base).isdigit():
        version = ModelVersion.objects.filter(pk=int(base), project=project).first()
        if version is None:
            raise NotFound("There is no such model version in this project.")
        if not version.training_files:
            raise Unprocessable("This model came without weights to train on; choose another base.", field="base")
        return _from_version(version, folder)
    if base:
        return _from_base(str(base), project)
    version = _newest_trainable(project)
    return _from_version(version, folder) if version else _from_base(_default_base(project), project)


def shipped_start(start: Start) -> Start:
    """What to train from when the weights of ``start`` cannot be had: shipped ones of its task type, else none."""
    assert start.to_fetch is not None
    for entry in BASE_MODELS.values():
        if entry.task_type == start.to_fetch.task_type and entry.shipped and entry.folder is not None:
            described = json.loads((entry.folder / "architecture.json").read_text(encoding="utf-8"))
            story = f"Starts from {entry.label}, shipped with Winnow: the weights of {start.arch} could not be had"
            return Start(str(described["arch"]), entry.folder, None, story)
    return Start(start.arch, None, None, f"{start.story}, from scratch: its weights could not be had")


def _newest_trainable(project: Project) -> ModelVersion | None:
    active = active_deployment(project.pk)
    if active is not None and active.variant.version.training_files:
        return active.variant.version
    rows = ModelVersion.objects.filter(project=project).exclude(training_files={})
    found: ModelVersion | None = rows.order_by("-number").first()
    return found


def _from_version(version: ModelVersion, folder: Path) -> Start:
    fetched = fetch_training_files(version=version, folder=folder)
    return Start(version.arch, fetched, version, f"Starts from {version} ({version.arch})")


def _default_base(project: Project) -> str:
    return base_models_for(project.task_type)[0].slug


def _from_base(slug: str, project: Project) -> Start:
    entry = BASE_MODELS.get(slug)
    if entry is None or entry.task_type != project.task_type:
        raise Unprocessable(f"There is no base model {slug!r} for {project.task_type}.", field="base")
    if entry.folder is not None and (entry.folder / "weights.safetensors").is_file():
        described = json.loads((entry.folder / "architecture.json").read_text(encoding="utf-8"))
        return Start(str(described["arch"]), entry.folder, None, f"Starts from {entry.label}, shipped with Winnow")
    return Start(entry.arch, None, None, f"Starts as {entry.arch}", to_fetch=entry if entry.file_name else None)
