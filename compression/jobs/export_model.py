"""The export run: one variant to files for other runtimes, each compared with it on real pictures and registered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from annotator import storage
from annotator.core.errors import RunFailed
from annotator.jobs.context import RunContext
from annotator.models import Item, User
from annotator.services.versions import read_manifest
from compression.core.model import Model
from compression.core.target import Exported, TargetRequest
from compression.core.targets import load_target
from compression.jobs import stages
from prelabel.models import ModelVariant
from prelabel.services.registry import fetch_artifact, fetch_training_files, register_variant

_UNITS = 100  # of progress of one target
_PICTURES = 64  # the first of them for parity, all for a target that calibrates


def run(context: RunContext) -> dict[str, Any]:
    """Parameters ``variant_id``, ``targets``, ``precision``. What fails is told; with nothing made the run fails."""
    variant = stages.variant_of(context)
    model = _model(context, variant)
    pictures = pictures_of(variant)
    made: list[dict[str, Any]] = []
    refused: list[RunFailed] = []
    targets = list(context.params["targets"])
    for number, slug in enumerate(targets):
        context.progress(_UNITS * number, _UNITS * len(targets), f"export {slug}")
        try:
            made.append(_export(context, variant, model, slug, pictures))
        except RunFailed as error:
            refused.append(error)
            context.log(f"{slug}: {error.message}", code=error.code, target=slug)
            made.append({"target": slug, "error": {"code": error.code, "message": error.message}})
    context.progress(_UNITS * len(targets), _UNITS * len(targets))
    if len(refused) == len(targets):
        raise refused[0]
    return {"variant_id": variant.pk, "exports": made}


def _model(context: RunContext, variant: ModelVariant) -> Model:
    artifact = fetch_artifact(manifest=variant.manifest, folder=context.workdir / "artifact")
    trained = None
    if variant.version.training_files:
        trained = fetch_training_files(version=variant.version, folder=context.workdir / "trained")
    quantized: dict[str, Any] | None = None if variant.precision == "fp32" else {}
    return Model(artifact=artifact, trained=trained, quantized=quantized)


def pictures_of(variant: ModelVariant) -> list[Path]:
    """Real items to compare on: of the train split that it learned from, else the first of the project."""
    version = variant.version
    if version.dataset_version is not None:
        items = read_manifest(version.dataset_version)["items"]
        hashes = [item["sha256"] for item in items if item["split"] == "train"][:_PICTURES]
    else:
        rows = Item.objects.filter(project_id=version.project_id, media_type="image").order_by("pk")
        hashes = list(rows.values_list("blob", flat=True)[:_PICTURES])
    return [storage.blob_path(sha256) for sha256 in hashes]


def _export(
    context: RunContext, variant: ModelVariant, model: Model, slug: str, pictures: list[Path]
) -> dict[str, Any]:
    """One target; what an earlier try finished is taken as it is."""
    out = context.workdir / "exports" / slug
    record = _finished(out)
    if record is None:
        done = _convert(context, model, slug, pictures, out)
        record = {"seconds": done.seconds}
    # A free batch makes another ONNX file than the one that is judged and deployed: it must not replace it.
    kept = register_variant(
        actor=User.objects.filter(pk=context.actor_id).first() if context.actor_id else None,
        version=variant.version,
        artifact_folder=out,
        format="onnx_dynamic" if slug == "onnx" else slug,
        own=True,
    )
    record = kept.manifest["export"]
    parity = record.get("parity")
    agreed = f", {100 * parity['agreement']:.1f} % of the answers agree" if parity else ""
    context.log(f"{slug}: {kept.size_bytes} bytes{agreed}", target=slug, export=record)
    return {
        "target": slug, "variant_id": kept.pk, "format": kept.format, "precision": kept.precision,
        "size_bytes": kept.size_bytes, "export": record,
    }  # fmt: skip


def _finished(out: Path) -> dict[str, Any] | None:
    """The export record of a try that got to its end before the worker was killed."""
    try:
        stored = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return stored.get("export") or None


def _convert(context: RunContext, model: Model, slug: str, pictures: list[Path], out: Path) -> Exported:
    number = list(context.params["targets"]).index(slug)
    total = _UNITS * len(context.params["targets"])

    def on_progress(share: float) -> None:
        context.progress(_UNITS * number + int((_UNITS - 1) * share), total)

    request = TargetRequest(
        model=model,
        out=out,
        pictures=pictures,
        precision=context.params.get("precision") or "fp32",
        on_progress=on_progress,
    )
    return load_target(slug).export(request)
