"""The retrain run: snapshot → train → export → quantize → evaluate → benchmark → gate → register → deploy.

Every stage leaves files in the run's folder, so that a run taken up after kill -9 repeats at most one epoch or stage.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from annotator.jobs.context import RunContext
from annotator.models import DatasetVersion, Run
from compression.core.json_files import write_json
from compression.core.judging.gate import GateLimits
from compression.core.judging.judge import BOTH, Judge, Judged
from compression.core.model import Model
from compression.core.snapshot import Snapshot
from compression.core.step import StepContext
from compression.core.steps import check_options, load_step
from compression.core.trainer import Trained
from compression.core.trainers import load_trainer, trainer_for_arch
from compression.jobs import stages
from compression.jobs.restarts import apply_restart
from compression.services.reports import register_training
from compression.services.starts import Start
from prelabel.models import Deployment, ModelVariant, ModelVersion
from prelabel.services.registry import VersionRecord, fetch_artifact

# What a retry from a stage throws away, with what all later stages left.
_LEFT_BY = {
    "train": ("training",),
    "export": ("artifacts/fp32",),
    "quantize": ("artifacts/int8",),
    "evaluate": ("evaluation-*.json",),
    "benchmark": ("latency.json",),
    "gate": ("gate-*.json",),
    "register": (),
}


def run(context: RunContext) -> dict[str, Any]:
    """Train a model on a frozen version, compress it, judge it and register it; deploy it if asked and passed."""
    apply_restart(context, _LEFT_BY)
    version = stages.dataset_of(context)
    snapshot = stages.take_snapshot(context, version)
    start = stages.start_of(context, version, context.params.get("base"))
    preset = stages.preset_of(context.params, start, snapshot)
    trained = stages.train(context, snapshot, preset, start)
    fp32 = export(context, start.arch, trained, f"{start.arch}-v{version.number}-run{context.run_id}")
    int8, tried = _quantize(context, snapshot, fp32)
    judged = _judge(context, snapshot, fp32, int8)
    model, variants = _register(context, version, start, trained, judged, tried)
    smallest_first = {name: variants[name] for name in ("int8", "fp32")}
    deployment = stages.deploy_first_passed(context, smallest_first) if context.params.get("deploy_if_passed") else None
    stages.tidy(context)
    return _result(model, variants, judged, trained, deployment)


def export(context: RunContext, arch: str, trained: Trained, name: str) -> Path:
    """The fp32 artifact of what was trained; ``name`` goes into its manifest."""
    context.progress(0, 1, "export")
    folder = context.workdir / stages.ARTIFACT
    if not (folder / "manifest.json").exists():
        load_trainer(trainer_for_arch(arch)).export(trained, folder)
        path = folder / "manifest.json"
        write_json(path, {**json.loads(path.read_text(encoding="utf-8")), "name": name})
    context.progress(1, 1, "export")
    return folder


def _quantize(context: RunContext, snapshot: Snapshot, fp32: Path) -> tuple[Path, list[dict[str, Any]]]:
    """The int8 artifact folder and the variants tried on val."""
    step = StepContext(
        snapshot=snapshot,
        out=context.workdir / "artifacts" / "int8",
        options=check_options("quantize", {"scheme": "int8"}),
        seed=int(context.params.get("seed") or 0),
        threads=1,
        on_progress=lambda done: context.progress(round(100 * done), 100, "quantize"),
        log=context.log,
    )
    result = load_step("quantize").apply(Model(artifact=fp32), step)
    tried = list(result.history[-1]["tried"])
    said = ", ".join(f"{row['name']} {100 * row['drop']:+.2f} % drop" for row in tried)
    context.log(f"INT8 variants on val: {said}", tried=tried)
    return result.artifact, tried


def _judge(context: RunContext, snapshot: Snapshot, fp32: Path, int8: Path) -> dict[str, Judged]:
    """Evaluate, time and judge; ``deployed`` is among the judged where there is a deployment."""
    judge = Judge(snapshot, context.workdir, context.progress, int(context.params.get("seed") or 0))
    folders = {"fp32": fp32, "int8": int8}
    splits: dict[str, tuple[str, ...]] = {"fp32": BOTH, "int8": BOTH}
    deployed = stages.deployed_before(context)
    if deployed is not None:
        folders["deployed"] = fetch_artifact(manifest=deployed.manifest, folder=context.workdir / "deployed")
        splits["deployed"] = ("test",)
    judged = judge.evaluate(folders, splits)
    judge.compare(judged)
    others = ("deployed",) if deployed is not None else ()
    judge.gate(judged, {"fp32": others, "int8": ("fp32", *others)}, GateLimits())
    for name in ("fp32", "int8"):
        gate = judged[name].gate
        if gate is not None:
            context.log(f"Gate of {name}: {gate['verdict']}. " + "; ".join(gate["reasons"]), gate=gate)
    return judged


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
    run_row = Run.objects.select_related("project").get(pk=context.run_id)
    made = register_training(
        actor=stages.actor_of(context),
        run=run_row,
        dataset_version=version,
        record=VersionRecord(
            name=start.arch,
            arch=start.arch,
            parent=start.parent,
            dataset_version=version,
            run=run_row,
            training_folder=trained.folder,
            record={**record, "quantize": tried, "start": start.story},
        ),
        variants={name: stages.measured(context, judged[name]) for name in ("fp32", "int8")},
    )
    context.progress(1, 1, "register")
    return made


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
                "metrics": stages.plain(judged[name].metrics["test"]),
                "val_metrics": stages.plain(judged[name].metrics["val"]),
                "gate": judged[name].gate,
            }
            for name, variant in variants.items()
        },
        "deployed_before": stages.plain(judged["deployed"].metrics["test"]) if "deployed" in judged else None,
        "deployment_id": deployment.pk if deployment else None,
        "deployed_variant_id": deployment.variant_id if deployment else None,
    }
