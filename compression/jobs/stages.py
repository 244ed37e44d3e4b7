"""Stages that a retrain and a compression have in common: data, start, training, judging, promotion.

Each leaves its result in the run's folder or checkpoint; a run taken up after kill -9 repeats at most one.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.conf import settings

from annotator import storage
from annotator.core.errors import Conflict, NotFound, Unprocessable
from annotator.jobs.context import RunContext
from annotator.models import DatasetVersion, User
from annotator.services.versions import read_manifest
from compression.core.judging.judge import Judged
from compression.core.snapshot import Snapshot, materialize
from compression.core.trainer import EpochReport, Trained, TrainRequest
from compression.core.trainers import load_trainer, trainer_for_arch
from compression.core.training.presets import Preset, preset_for
from compression.core.training.tracking import tracked
from compression.services.reports import Measured
from compression.services.starts import Start, choose_start, shipped_start
from prelabel.jobs.base_weights import fetch_base_weights
from prelabel.models import Deployment, ModelVariant
from prelabel.selectors.registry import active_deployment
from prelabel.services.deployments import deploy_variant

TICKS = 1000  # units of progress of a training
ARTIFACT = "artifacts/fp32"


def dataset_of(context: RunContext) -> DatasetVersion:
    """The frozen version of the run. Raises NotFound."""
    found = DatasetVersion.objects.select_related("project").filter(
        pk=context.params["version_id"], project_id=context.project_id
    ).first()  # fmt: skip
    if found is None:
        raise NotFound("The dataset version of this run is gone.")
    return found


def variant_of(context: RunContext) -> ModelVariant:
    """The variant of the run, with its version, project and parent. Raises NotFound."""
    found: ModelVariant | None = ModelVariant.objects.select_related("version__project", "version__parent").filter(
        pk=context.params["variant_id"], version__project_id=context.project_id
    ).first()  # fmt: skip
    if found is None:
        raise NotFound("The model variant of this run is gone.")
    return found


def take_snapshot(context: RunContext, version: DatasetVersion, *, to_train: bool = True) -> Snapshot:
    """Lay the data out; says in the log what is missing in it. Raises Unprocessable where it is too little."""
    context.progress(0, 1, "snapshot")
    snapshot = materialize(read_manifest(version), context.workdir / "snapshot", storage.blob_path, to_train=to_train)
    context.log("Images: " + ", ".join(f"{n} {split}" for split, n in snapshot.counts().items()),
                counts=snapshot.counts())  # fmt: skip
    for split, missing in missing_classes(snapshot).items():
        effect = "cannot be learned" if split == "train" else "cannot be judged"
        context.log(f"Classes without an example in {split} {effect}: {', '.join(missing)}", missing=missing)
    context.progress(1, 1, "snapshot")
    return snapshot


def missing_classes(snapshot: Snapshot) -> dict[str, list[str]]:
    """Split → the classes that do not occur in it, for train and test; splits that have all are left out."""
    found = {}
    for split in ("train", "test"):
        counts = snapshot.objects_per_class(split)
        missing = [name for name, n in zip(snapshot.classes, counts, strict=True) if n == 0]
        if missing:
            found[split] = missing
    return found


def start_of(context: RunContext, version: DatasetVersion, base: str | None) -> Start:
    """What to train from; chosen once: a resumed run must not take up what was registered or deployed meanwhile."""
    start = choose_start(
        project=version.project, base=context.checkpoint.get("start") or base, folder=context.workdir / "init"
    )
    if start.parent is not None:
        context.save_checkpoint(start=str(start.parent.pk))
    return _fetched(context, start, named=bool(base))


def _fetched(context: RunContext, start: Start, *, named: bool) -> Start:
    """With the base model's weights, where they can be had; a base that a person named must be had.

    Without network and without a name the weights that ship with Winnow are the start: on 48 blood pictures they led to
    mAP50 .857 in the two CPU minutes after which yolo11n from scratch still found nothing.
    """
    if start.to_fetch is None:
        return start
    folder = fetch_base_weights(context, start.to_fetch, required=named)
    if folder is None and named:  # weights that are never downloaded; the kind of network is what was asked for
        return replace(start, to_fetch=None, story=f"{start.story}, from nothing")
    if folder is None:
        return shipped_start(start)
    return replace(start, folder=folder, story=f"{start.story}, from the weights of {start.to_fetch.label}")


def preset_of(params: Mapping[str, Any], start: Start, snapshot: Snapshot) -> Preset:
    """The preset that ``params`` name; a model that goes on with its own classes keeps its picture size.

    At 320 px instead of its own 416 the shipped road model lost .08 mAP50, and the first retrain could only be refused.
    """
    preset = preset_for(params.get("preset") or "normal", snapshot.task_type, params)
    own = _picture_size(start) if not params.get("image_size") and _can_keep(start, snapshot) else None
    return replace(preset, image_size=own) if own else preset


def _picture_size(start: Start) -> int | None:
    """Longer side in pixels that the start was trained for, None where nothing tells it."""
    if start.parent is not None:
        variant = start.parent.variants.first()
        recorded = (start.parent.record or {}).get("image_size")
        return int(recorded) if recorded else _longer_side(variant.manifest) if variant else None
    manifest = start.folder / "manifest.json" if start.folder is not None else None
    if manifest is None or not manifest.exists():
        return None
    return _longer_side(json.loads(manifest.read_text(encoding="utf-8")))


def _longer_side(manifest: Mapping[str, Any]) -> int:
    return max(int(manifest["input"]["width"]), int(manifest["input"]["height"]))


def train(context: RunContext, snapshot: Snapshot, preset: Preset, start: Start, device: str = "cpu") -> Trained:
    """Train, or go on from the last checkpoint in the run's folder."""
    context.log(start.story)
    request = TrainRequest(
        snapshot=snapshot,
        workdir=context.workdir / "training",
        arch=start.arch,
        init=start.folder,
        keep_start=_can_keep(start, snapshot),
        epochs=preset.epochs,
        image_size=preset.image_size,
        batch=preset.batch,
        seed=int(context.params.get("seed") or 0),
        device=device,
        minutes=preset.minutes,
        on_epoch=epoch_reporter(context, "train"),
        on_tick=lambda fraction: context.progress(int(TICKS * fraction), TICKS, "train"),
        options=preset.options,
    )
    name = f"{start.arch} run {context.run_id}"
    with tracked(request, settings.MLFLOW_URI, name, context.log) as told:
        return load_trainer(trainer_for_arch(start.arch)).train(told)


def _can_keep(start: Start, snapshot: Snapshot) -> bool:
    """Whether the start already knows just these classes: then it may stay the best, as epoch 0."""
    if start.folder is None or not (start.folder / "architecture.json").exists():
        return False
    described = json.loads((start.folder / "architecture.json").read_text(encoding="utf-8"))
    return list(described.get("classes") or ()) == list(snapshot.classes) and described.get("arch") == start.arch


def epoch_reporter(context: RunContext, stage: str) -> Any:
    """Turns an epoch's report into a point of the run's curves and the checkpoint that counts as progress."""

    def on_epoch(report: EpochReport) -> None:
        context.metric(epoch=float(report.epoch), **report.metrics)
        context.save_checkpoint(
            stage=stage, epoch=report.epoch, epochs=report.epochs, checkpoint_sha256=report.checkpoint_sha256
        )

    return on_epoch


def deployed_before(context: RunContext) -> ModelVariant | None:
    """What the project uses now; remembered, so that a resumed run compares with the same model."""
    if "deployed_variant_id" not in context.checkpoint:
        active = active_deployment(context.project_id)
        context.save_checkpoint(deployed_variant_id=active.variant_id if active else None)
    found: ModelVariant | None = ModelVariant.objects.filter(pk=context.checkpoint["deployed_variant_id"]).first()
    return found


def measured(context: RunContext, judged: Judged) -> Measured:
    """What was found of one artifact, as the registry takes it."""
    return Measured(
        folder=judged.folder,
        latency=judged.latency,
        size_bytes=judged.size_bytes,
        gate=_gate_with_ids(context, judged.gate),
        evaluations={
            split: (judged.metrics[split], [image.to_json() for image in judged.images[split]])
            for split in judged.metrics
        },
        details=judged.details,
    )


def _gate_with_ids(context: RunContext, gate: dict[str, Any] | None) -> dict[str, Any] | None:
    if gate is None:
        return None
    deployed_id = context.checkpoint.get("deployed_variant_id")
    return {**gate, "deployed_variant_id": deployed_id} | (
        {"parent_variant_id": deployed_id} if gate["parent"] == "deployed" else {}
    )


def deploy_first_passed(context: RunContext, variants: Mapping[str, ModelVariant]) -> Deployment | None:
    """Promote the first variant that the gate passed; nothing is promoted on an unclear verdict without a person."""
    existing = Deployment.objects.filter(
        variant__in=list(variants.values()), reason=f"passed the gate of run {context.run_id}"
    ).first()
    if existing is not None:
        return existing  # a retry after the promotion
    for name, variant in variants.items():
        gate = variant.gate
        if gate is not None and gate["verdict"] != "pass":
            context.log(f"{name} is not promoted: the gate says {gate['verdict']}")
            continue
        try:
            reason = f"passed the gate of run {context.run_id}"
            deployment, _ = deploy_variant(actor=actor_of(context), variant=variant, reason=reason)
        except Conflict as refused:
            context.log(f"{name} is not promoted: {refused.message}")
            continue
        context.log(f"{name} is deployed; unreviewed items are predicted again")
        return deployment
    return None


def actor_of(context: RunContext) -> User | None:
    """Who started the run."""
    return User.objects.filter(pk=context.actor_id).first() if context.actor_id else None


def plain(metrics: Mapping[str, Any]) -> dict[str, float]:
    """The numbers of a metric's result."""
    return {key: value for key, value in metrics.items() if isinstance(value, int | float)}


def tidy(context: RunContext, *names: str) -> None:
    """Drop what is large and no longer needed; what a repeated try would ask for stays."""
    for name in ("training/pictures", "training/checkpoints", "training/ultralytics", "snapshot", *names):
        shutil.rmtree(context.workdir / name, ignore_errors=True)


def check_teacher_classes(theirs: list[str], ours: list[str]) -> None:
    """Raises Unprocessable (different_classes)."""
    if theirs != ours:
        raise Unprocessable(
            f"Teacher and student know different classes: {', '.join(theirs)} against {', '.join(ours)}.",
            code="different_classes",
            field="teacher_version_id",
        )
