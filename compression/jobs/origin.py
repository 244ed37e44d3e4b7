"""Where a compression starts: a registered version laid out on disk, or what was trained first; and its teacher."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annotator.core.errors import NotFound, RunFailed
from annotator.jobs.context import RunContext
from annotator.models import DatasetVersion
from compression.core.json_files import write_json
from compression.core.model import Model
from compression.core.snapshot import Snapshot
from compression.core.trainer import Trained
from compression.core.trainers import load_trainer, trainer_for_arch
from compression.jobs import stages
from compression.jobs.retrain import export
from compression.services.starts import Start
from prelabel.core.artifact import load_artifact
from prelabel.models import ModelVariant, ModelVersion
from prelabel.services.registry import fetch_artifact, fetch_training_files


@dataclass(frozen=True)
class Origin:
    """``version`` is None where the source was trained in this run and is registered at its end (from ``start``)."""

    model: Model
    arch: str
    image_size: int
    version: ModelVersion | None = None
    variant: ModelVariant | None = None
    start: Start | None = None


def origin_of(context: RunContext, version: DatasetVersion, snapshot: Snapshot, device: str) -> Origin:
    """The model to compress. Raises NotFound, BadArtifact for a file that is not the one registered, RunFailed."""
    source = context.params["source"]
    if source.get("train") is not None:
        return _trained(context, version, snapshot, dict(source["train"]), device)
    return _registered(context, int(source["model_version_id"]))


def _trained(
    context: RunContext, version: DatasetVersion, snapshot: Snapshot, recipe: dict[str, Any], device: str
) -> Origin:
    start = stages.start_of(context, version, recipe.get("base"))
    preset = stages.preset_of(recipe, start, snapshot)
    trained = stages.train(context, snapshot, preset, start, device)
    artifact = export(context, start.arch, trained, f"{start.arch}-v{version.number}-run{context.run_id}")
    return Origin(Model(artifact=artifact, trained=trained.folder), start.arch, preset.image_size, start=start)


def _registered(context: RunContext, version_id: int) -> Origin:
    version = ModelVersion.objects.filter(pk=version_id, project_id=context.project_id).first()
    if version is None:
        raise NotFound("The model version of this run is gone.")
    context.progress(0, 1, "source")
    folder = context.workdir / "source"
    trained = fetch_training_files(version=version, folder=folder / "trained") if version.training_files else None
    variant = version.variants.filter(format="onnx", precision="fp32").first() or version.variants.first()
    if trained is not None and variant is not None:
        _ensure_record(trained, variant.manifest)
    artifact = _artifact(version, variant, trained, folder)
    load_artifact(artifact)  # a file that was tampered with is refused here
    spec = load_artifact(artifact).manifest.input
    image_size = int((version.record or {}).get("image_size") or max(spec.width, spec.height))
    context.log(f"Starts from {version} ({version.arch})")
    context.progress(1, 1, "source")
    quantized = None if variant is None or variant.precision == "fp32" else {"scheme": variant.precision}
    model = Model(artifact=artifact, trained=trained, quantized=None if trained else quantized)
    return Origin(model, version.arch, image_size, version, variant)


def _ensure_record(trained: Path, manifest: Mapping[str, Any]) -> None:
    """Weights that ship with Winnow bring no training.json; the shape that steps and exports read is the manifest's."""
    if (trained / "training.json").exists():
        return
    width, height = int(manifest["input"]["width"]), int(manifest["input"]["height"])
    record = {"arch": manifest["arch"], "image_size": max(width, height), "input_shape": [width, height]}
    write_json(trained / "training.json", record)


def _artifact(version: ModelVersion, variant: ModelVariant | None, trained: Path | None, folder: Path) -> Path:
    """The fp32 file of the version; exported from its weights where only a quantized one was kept."""
    if variant is not None and (variant.precision == "fp32" or trained is None):
        return fetch_artifact(manifest=variant.manifest, folder=folder / "fp32")
    if trained is None:
        raise RunFailed(f"{version} has no file and no weights.", code="no_weights")
    exported = folder / "exported"
    if not (exported / "manifest.json").exists():
        load_trainer(trainer_for_arch(version.arch)).export(Trained(trained), exported)
    return exported


def teacher_of(context: RunContext, snapshot: Snapshot) -> Path | None:
    """The teacher's trained folder. Raises NotFound, Unprocessable (different_classes)."""
    teacher_id = context.params.get("teacher_version_id")
    if teacher_id is None:
        return None
    version = ModelVersion.objects.filter(pk=teacher_id, project_id=context.project_id).first()
    if version is None:
        raise NotFound("The teacher of this run is gone.")
    folder = fetch_training_files(version=version, folder=context.workdir / "teacher")
    described = json.loads((folder / "architecture.json").read_text(encoding="utf-8"))
    stages.check_teacher_classes([str(one) for one in described["classes"]], list(snapshot.classes))
    context.log(f"Learns from {version} ({version.arch})")
    return folder
