"""Remembers models: versions (one training or import each) and their variants (files to run)."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction

from annotator import storage
from annotator.models import DatasetVersion, Project, Run, User
from annotator.services import audit
from prelabel.core.artifact import load_artifact
from prelabel.models import ModelVariant, ModelVersion


@dataclass(frozen=True)
class VersionRecord:
    """What is known of a model version when it is registered."""

    name: str
    arch: str
    parent: ModelVersion | None = None
    dataset_version: DatasetVersion | None = None
    run: Run | None = None
    training_folder: Path | None = None  # weights.safetensors + architecture.json
    record: dict[str, Any] = field(default_factory=dict)
    key: str = ""  # which of a run's several versions this is; kept in the record


@transaction.atomic
def register_version(*, actor: User | None, project: Project, record: VersionRecord) -> ModelVersion:
    """Add a model version; registering for the same run (and key) again returns the one that is there."""
    Project.objects.select_for_update().get(pk=project.pk)
    if record.run is not None:
        same = ModelVersion.objects.filter(run=record.run, project=project)
        existing = (same.filter(record__key=record.key) if record.key else same).first()
        if existing is not None:
            return existing
    last = ModelVersion.objects.filter(project=project).order_by("-number").values_list("number", flat=True).first()
    version = ModelVersion.objects.create(
        project=project,
        number=(last or 0) + 1,
        name=record.name,
        arch=record.arch,
        parent=record.parent,
        dataset_version=record.dataset_version,
        run=record.run,
        training_files=_store_folder(record.training_folder) if record.training_folder else {},
        record=record.record | ({"key": record.key} if record.key else {}),
    )
    after = {"number": version.number, "name": version.name, "arch": version.arch}
    audit.record(actor=actor, verb="model.register", target=version, project_id=project.pk, after=after)
    return version


@transaction.atomic
def register_variant(
    *, actor: User | None, version: ModelVersion, artifact_folder: Path, format: str = "onnx", own: bool = False
) -> ModelVariant:
    """Add a variant from an artifact folder (manifest.json + files); its files become blobs. Idempotent.

    ``own``: an export of this installation, which may be of a kind that imports are refused. Raises BadArtifact when a
    file does not match the manifest.
    """
    artifact = load_artifact(artifact_folder, own=own)
    for name in artifact.manifest.files:
        storage.put_file(artifact.folder / name)
    manifest = artifact.manifest.to_json()
    size_bytes = artifact.manifest.size_bytes
    variant, created = ModelVariant.objects.update_or_create(
        version=version,
        format=format,
        precision=artifact.manifest.precision,
        defaults={"manifest": manifest, "size_bytes": size_bytes},
    )
    if created:
        after = {"precision": variant.precision, "size_bytes": size_bytes}
        audit.record(actor=actor, verb="model.add_variant", target=variant, project_id=version.project_id, after=after)
    return variant


@transaction.atomic
def record_measurements(
    *,
    variant: ModelVariant,
    metrics: dict[str, Any] | None = None,
    latency: dict[str, Any] | None = None,
    gate: dict[str, Any] | None = None,
) -> ModelVariant:
    """Store what was measured of a variant and what the gate said."""
    variant = ModelVariant.objects.select_for_update().get(pk=variant.pk)
    before = {"metrics": variant.metrics, "latency": variant.latency, "gate": variant.gate}
    variant.metrics = metrics if metrics is not None else variant.metrics
    variant.latency = latency if latency is not None else variant.latency
    variant.gate = gate if gate is not None else variant.gate
    variant.save(update_fields=["metrics", "latency", "gate"])
    after = {"metrics": variant.metrics, "latency": variant.latency, "gate": variant.gate}
    audit.record(
        actor=None, verb="model.measure", target=variant, project_id=variant.version.project_id, before=before,
        after=after,
    )  # fmt: skip
    return variant


@transaction.atomic
def record_runtime(*, variant: ModelVariant, machine: str, found: dict[str, Any]) -> ModelVariant:
    """Store how a kind of machine runs a variant best; what other machines found stays."""
    variant = ModelVariant.objects.select_for_update().get(pk=variant.pk)
    before = variant.runtime.get(machine)
    variant.runtime = variant.runtime | {machine: found}
    variant.save(update_fields=["runtime"])
    audit.record(
        actor=None, verb="model.choose_runtime", target=variant, project_id=variant.version.project_id,
        before={machine: before}, after={machine: found},
    )  # fmt: skip
    return variant


def _store_folder(folder: Path) -> dict[str, Any]:
    return {
        path.name: {"sha256": storage.put_file(path), "size_bytes": path.stat().st_size}
        for path in sorted(folder.iterdir())
        if path.suffix in {".safetensors", ".json"}
    }


def fetch_artifact(*, manifest: dict[str, Any], folder: Path) -> Path:
    """Lay a variant's files out as an artifact folder for a predictor."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, entry in manifest["files"].items():
        _link(storage.blob_path(entry["sha256"]), folder / name)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def fetch_training_files(*, version: ModelVersion, folder: Path) -> Path:
    """Lay a version's weights and architecture out in a folder, to train on from them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, entry in version.training_files.items():
        _link(storage.blob_path(entry["sha256"]), folder / name)
    return folder


def _link(source: Path, target: Path) -> None:
    """A hard link, since an artifact refuses symbolic ones; a copy where the data is on another disk."""
    target.unlink(missing_ok=True)
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, target)
