"""Writes what a training run made: the model version, its variants, what was measured of them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction

from annotator import storage
from annotator.models import DatasetVersion, Run, User
from annotator.services import audit
from compression.core.judging import schema
from compression.models import EvaluationReport
from prelabel.models import ModelVariant, ModelVersion
from prelabel.services import found_thresholds, registry


@dataclass(frozen=True)
class Measured:
    """One variant as a run leaves it: its folder and all that was measured."""

    folder: Path
    latency: dict[str, Any]
    size_bytes: int
    gate: dict[str, Any] | None
    # split → (metrics, per-image results as JSON)
    evaluations: dict[str, tuple[dict[str, Any], list[dict[str, Any]]]] = field(default_factory=dict)
    # split → what compression.core.judging.report.describe made of it: intervals, curves, worst images, influences
    details: dict[str, dict[str, Any]] = field(default_factory=dict)


@transaction.atomic
def register_training(
    *,
    actor: User | None,
    run: Run,
    dataset_version: DatasetVersion,
    record: registry.VersionRecord,
    variants: dict[str, Measured],
) -> tuple[ModelVersion, dict[str, ModelVariant]]:
    """Register a version with its variants, reports and gate verdicts, all or nothing; the same run again is a no-op.

    A gate's ``parent`` names another variant of this call; it is stored as ``parent_variant_id``.
    """
    version = registry.register_version(actor=actor, project=run.project, record=record)
    return version, add_measured(
        actor=actor, run=run, dataset_version=dataset_version, version=version, variants=variants
    )


@transaction.atomic
def add_measured(
    *,
    actor: User | None,
    run: Run,
    dataset_version: DatasetVersion,
    version: ModelVersion,
    variants: dict[str, Measured],
) -> dict[str, ModelVariant]:
    """Add variants to a version with their reports and gate verdicts; the same again is a no-op."""
    made = {
        name: registry.register_variant(actor=actor, version=version, artifact_folder=measured.folder)
        for name, measured in variants.items()
    }
    for name, measured in variants.items():
        gate = measured.gate
        if gate is not None and gate.get("parent") in made:
            gate = {**gate, "parent_variant_id": made[gate["parent"]].pk}
        test = measured.evaluations.get("test")
        # The row as stored: a deployment asks the returned variant's gate.
        made[name] = registry.record_measurements(
            variant=made[name], metrics=test[0] if test else {}, latency=measured.latency, gate=gate
        )
        record_measured(variant=made[name], dataset_version=dataset_version, run=run, measured=measured)
    return made


@transaction.atomic
def record_measured(
    *, variant: ModelVariant, dataset_version: DatasetVersion, run: Run | None, measured: Measured
) -> None:
    """Store the reports of a variant, one for each split that it was evaluated on, and what val says of its scores."""
    for split, (metrics, images) in measured.evaluations.items():
        record_evaluation(
            variant=variant,
            dataset_version=dataset_version,
            run=run,
            split=split,
            metrics=metrics,
            images=images,
            details=measured.details.get(split),
        )
    calibration = measured.details.get("val", {}).get("calibration")
    if calibration:
        found_thresholds.record_calibration(
            variant=variant, calibration={**calibration, "dataset_version": dataset_version.number}
        )


@transaction.atomic
def record_evaluation(
    *,
    variant: ModelVariant,
    dataset_version: DatasetVersion,
    run: Run | None,
    split: str,
    metrics: dict[str, Any],
    images: list[dict[str, Any]],
    details: dict[str, Any] | None = None,
) -> EvaluationReport:
    """Store a report, its per-image results and its details as blobs; one per variant, version and split.

    ``images`` are ``ImageResult.to_json()`` each, ``details`` is what ``judging.report.describe`` returns.
    """
    report, made = EvaluationReport.objects.update_or_create(
        variant=variant,
        dataset_version=dataset_version,
        split=split,
        defaults={
            "run": run,
            "metrics": metrics,
            "intervals": details["intervals"] if details else {},
            "per_image_sha256": _store({"schema": schema.IMAGES, "images": images}),
            "details_sha256": _store(details) if details else "",
        },
    )
    after = {
        "variant_id": variant.pk,
        "dataset_version_id": dataset_version.pk,
        "split": split,
        "again": not made,
        "metrics": {key: value for key, value in metrics.items() if isinstance(value, int | float)},
    }
    audit.record(actor=None, verb="model.evaluate", target=report, project_id=variant.version.project_id, after=after)
    return report


def _store(value: dict[str, Any]) -> str:
    return storage.put_bytes(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode())
