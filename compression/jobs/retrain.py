"""The retrain run: snapshot → train → export → quantize → evaluate → benchmark → gate → register → deploy.

Every stage leaves files in the run's folder, so that a run taken up after kill -9 repeats at most one epoch or stage.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from typing import Any

from annotator import storage
from annotator.core.errors import Conflict, NotFound
from annotator.jobs.context import RunContext
from annotator.models import DatasetVersion, Run, User
from annotator.services.versions import read_manifest
from compression.core.pipeline import Judged, Pipeline
from compression.core.presets import Preset, preset_for
from compression.core.snapshot import Snapshot, materialize
from compression.core.trainer import EpochReport, Trained, TrainRequest
from compression.services.reports import Measured, register_training
from compression.services.starts import Start, choose_start, shipped_start
from prelabel.jobs.base_weights import fetch_base_weights
from prelabel.models import Deployment, ModelVariant, ModelVersion
from prelabel.selectors.registry import active_deployment
from prelabel.services.deployments import deploy_variant
from prelabel.services.registry import VersionRecord, fetch_artifact

_TICKS = 1000  # units of progress of a training


def run(context: RunContext) -> dict[str, Any]:
    """Train a model on a frozen version, compress it, judge it and register it; deploy it if asked and passed."""
    version = DatasetVersion.objects.select_related("project").filter(
        pk=context.params["version_id"], project_id=context.project_id
    ).first()  # fmt: skip
    if version is None:
        raise NotFound("The dataset version of this run is gone.")
    context.progress(0, 1, "snapshot")
    snapshot = materialize(read_manifest(version), context.workdir / "snapshot", storage.blob_path)
    _report_data(context, snapshot)
    context.progress(1, 1, "snapshot")
    preset = preset_for(context.params.get("preset") or "normal", snapshot.task_type, context.params)
    start = _start(context, version)
    context.log(start.story)
    pipeline = Pipeline(snapshot, context.workdir, context.progress)
    trained = pipeline.train(_request(context, snapshot, preset, start))
    judged, tried = _compress(context, pipeline, start, trained, version)
    model, variants = _register(context, version, start, trained, judged, tried)
    deployment = _deploy(context, variants) if context.params.get("deploy_if_passed") else None
    _tidy(context)
    return _result(model, variants, judged, trained, deployment)


def _start(context: RunContext, version: DatasetVersion) -> Start:
    """Chosen once: a resumed run must not take up weights that were registered or deployed meanwhile."""
    base = context.checkpoint.get("start") or context.params.get("base")
    start = choose_start(project=version.project, base=base, folder=context.workdir / "init")
    if start.parent is not None:
        context.save_checkpoint(start=str(start.parent.pk))
    return _fetched(context, start)


def _fetched(context: RunContext, start: Start) -> Start:
    """With the base model's weights, where they can be had; a base that a person named must be had.

    Without network and without a name the weights that ship with Winnow are the start: on 48 blood pictures they led to
    mAP50 .857 in the two CPU minutes after which yolo11n from scratch still found nothing.
    """
    if start.to_fetch is None:
        return start
    folder = fetch_base_weights(context, start.to_fetch, required=bool(context.params.get("base")))
    if folder is None:
        return shipped_start(start)
    return replace(start, folder=folder, story=f"{start.story}, from the weights of {start.to_fetch.label}")


def _report_data(context: RunContext, snapshot: Snapshot) -> None:
    counts = snapshot.counts()
    context.log("Images: " + ", ".join(f"{count} {split}" for split, count in counts.items()), counts=counts)
    for split in ("train", "test"):
        missing = [name for name, n in zip(snapshot.classes, snapshot.objects_per_class(split), strict=True) if n == 0]
        if missing:
            effect = "cannot be learned" if split == "train" else "cannot be judged"
            context.log(f"Classes without an example in {split} {effect}: {', '.join(missing)}", missing=missing)


def _request(context: RunContext, snapshot: Snapshot, preset: Preset, start: Start) -> TrainRequest:
    def on_epoch(report: EpochReport) -> None:
        context.metric(epoch=float(report.epoch), **report.metrics)
        context.save_checkpoint(
            stage="train", epoch=report.epoch, epochs=report.epochs, checkpoint_sha256=report.checkpoint_sha256
        )

    return TrainRequest(
        snapshot=snapshot,
        workdir=context.workdir / "training",
        arch=start.arch,
        init=start.folder,
        epochs=preset.epochs,
        image_size=preset.image_size,
        batch=preset.batch,
        seed=int(context.params.get("seed") or 0),
        minutes=preset.minutes,
        on_epoch=on_epoch,
        on_tick=lambda fraction: context.progress(int(_TICKS * fraction), _TICKS, "train"),
        options=preset.options,
    )


def _compress(
    context: RunContext, pipeline: Pipeline, start: Start, trained: Trained, version: DatasetVersion
) -> tuple[dict[str, Judged], list[dict[str, Any]]]:
    """Export, quantize, evaluate, time and judge; ``deployed`` is among the judged where there is a deployment."""
    seed = int(context.params.get("seed") or 0)
    fp32 = pipeline.export(start.arch, trained, f"{start.arch}-v{version.number}-run{context.run_id}")
    int8, tried = pipeline.quantize(fp32, seed)
    context.log(
        "INT8 variants on val: " + ", ".join(f"{row['name']} {100 * row['drop']:+.2f} % drop" for row in tried),
        tried=tried,
    )
    folders = {"fp32": fp32, "int8": int8}
    splits: dict[str, tuple[str, ...]] = {"fp32": ("val", "test"), "int8": ("val", "test")}
    deployed = _deployed_before(context)
    if deployed is not None:
        folders["deployed"] = fetch_artifact(manifest=deployed.manifest, folder=context.workdir / "deployed")
        splits["deployed"] = ("test",)
    judged = pipeline.judge(folders, splits)
    pipeline.benchmark(judged)
    pipeline.gate(judged, seed)
    for name in ("fp32", "int8"):
        gate = judged[name].gate
        if gate is not None:
            context.log(f"Gate of {name}: {gate['verdict']}. " + " ".join(gate["reasons"]), gate=gate)
    return judged, tried


def _deployed_before(context: RunContext) -> ModelVariant | None:
    """What the project uses now; remembered, so that a resumed run compares with the same model."""
    if "deployed_variant_id" not in context.checkpoint:
        active = active_deployment(context.project_id)
        context.save_checkpoint(deployed_variant_id=active.variant_id if active else None)
    found: ModelVariant | None = ModelVariant.objects.filter(pk=context.checkpoint["deployed_variant_id"]).first()
    return found


def _register(
    context: RunContext,
    version: DatasetVersion,
    start: Start,
    trained: Trained,
    judged: dict[str, Judged],
    tried: list[dict[str, Any]],
) -> tuple[ModelVersion, dict[str, ModelVariant]]:
    context.progress(0, 1, "register")
    record = json.loads((trained.folder / "training.json").read_text(encoding="utf-8"))
    measured = {
        name: Measured(
            folder=judged[name].folder,
            latency=judged[name].latency,
            size_bytes=judged[name].size_bytes,
            gate=_gate_with_ids(context, judged[name].gate),
            evaluations={
                split: (judged[name].metrics[split], [image.to_json() for image in judged[name].images[split]])
                for split in judged[name].metrics
            },
        )
        for name in ("fp32", "int8")
    }
    made = register_training(
        actor=_actor(context),
        run=Run.objects.select_related("project").get(pk=context.run_id),
        dataset_version=version,
        record=VersionRecord(
            name=start.arch,
            arch=start.arch,
            parent=start.parent,
            dataset_version=version,
            run=Run.objects.get(pk=context.run_id),
            training_folder=trained.folder,
            record={**record, "quantize": tried, "start": start.story},
        ),
        variants=measured,
    )
    context.progress(1, 1, "register")
    return made


def _gate_with_ids(context: RunContext, gate: dict[str, Any] | None) -> dict[str, Any] | None:
    if gate is None:
        return None
    deployed_id = context.checkpoint.get("deployed_variant_id")
    return {**gate, "deployed_variant_id": deployed_id} | (
        {"parent_variant_id": deployed_id} if gate["parent"] == "deployed" else {}
    )


def _deploy(context: RunContext, variants: dict[str, ModelVariant]) -> Deployment | None:
    """Promote the smallest variant that the gate passed; nothing is promoted on an unclear verdict without a person."""
    existing = Deployment.objects.filter(variant__in=list(variants.values())).first()
    if existing is not None:
        return existing  # a retry after the promotion
    for name in ("int8", "fp32"):
        gate = variants[name].gate
        if gate is not None and gate["verdict"] != "pass":
            context.log(f"{name} is not promoted: the gate says {gate['verdict']}")
            continue
        try:
            reason = f"passed the gate of run {context.run_id}"
            deployment, _ = deploy_variant(actor=_actor(context), variant=variants[name], reason=reason)
        except Conflict as refused:
            context.log(f"{name} is not promoted: {refused.message}")
            continue
        context.log(f"{name} is deployed; unreviewed items are predicted again")
        return deployment
    return None


def _actor(context: RunContext) -> User | None:
    return User.objects.filter(pk=context.actor_id).first() if context.actor_id else None


def _result(
    model: ModelVersion,
    variants: dict[str, ModelVariant],
    judged: dict[str, Judged],
    trained: Trained,
    deployment: Deployment | None,
) -> dict[str, Any]:
    record = json.loads((trained.folder / "training.json").read_text(encoding="utf-8"))
    return {
        "model_version_id": model.pk,
        "number": model.number,
        "epochs": len(record["history"]),
        "best_epoch": record["best_epoch"],
        "variants": {
            name: {
                "id": variant.pk,
                "size_bytes": judged[name].size_bytes,
                "latency": judged[name].latency,
                "metrics": _plain(judged[name].metrics["test"]),
                "val_metrics": _plain(judged[name].metrics["val"]),
                "gate": judged[name].gate,
            }
            for name, variant in variants.items()
        },
        "deployed_before": _plain(judged["deployed"].metrics["test"]) if "deployed" in judged else None,
        "deployment_id": deployment.pk if deployment else None,
        "deployed_variant_id": deployment.variant_id if deployment else None,
    }


def _tidy(context: RunContext) -> None:
    """Drop what is large and no longer needed; what a repeated try would ask for stays."""
    for name in ("training/pictures", "training/checkpoints", "training/ultralytics", "snapshot"):
        shutil.rmtree(context.workdir / name, ignore_errors=True)


def _plain(metrics: dict[str, Any]) -> dict[str, float]:
    return {key: value for key, value in metrics.items() if isinstance(value, int | float)}
