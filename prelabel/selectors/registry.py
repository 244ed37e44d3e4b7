"""Reads of models and of what is deployed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prelabel.core.promotion import worst_gate
from prelabel.models import Deployment, ModelVariant, ModelVersion

RUNTIME_SHOWN = ("runtime", "precision", "streams", "images_per_s", "measured_at")


def variant_row(variant: ModelVariant, *, deployed_id: int | None) -> dict[str, Any]:
    """A variant as the API shows it."""
    return {
        "id": variant.pk,
        "format": variant.format,
        "precision": variant.precision,
        "size_bytes": variant.size_bytes,
        "latency": variant.latency,
        "metrics": variant.metrics,
        "gate": variant.gate,
        "runtime": [
            {"machine": machine} | {key: found.get(key) for key in RUNTIME_SHOWN}
            for machine, found in sorted(variant.runtime.items())
        ],
        "input": variant.manifest.get("input"),
        "deployed": variant.pk == deployed_id,
        "created_at": variant.created_at,
    }


def gate_of(variant: ModelVariant) -> Mapping[str, Any] | None:
    """What the gate said. An export that was not judged itself answers for what it was made of: the worst of those."""
    if variant.gate or not variant.manifest.get("export"):
        gate: Mapping[str, Any] | None = variant.gate
        return gate
    siblings = ModelVariant.objects.filter(version=variant.version_id).exclude(pk=variant.pk)
    parent = variant.manifest.get("parent")
    return worst_gate(one.gate for one in siblings if one.manifest.get("name") == parent)


def active_deployment(project_id: int) -> Deployment | None:
    """What predicts in the project now."""
    return (
        Deployment.objects.filter(project_id=project_id, active=True)
        .select_related("variant__version", "source", "previous__variant__version")
        .first()
    )


def model_rows(project_id: int) -> list[dict[str, Any]]:
    """The model versions of a project with their variants, newest first."""
    active = active_deployment(project_id)
    deployed_id = active.variant_id if active else None
    versions = (
        ModelVersion.objects.filter(project_id=project_id)
        .select_related("dataset_version")
        .prefetch_related("variants")
        .order_by("-number")
    )
    return [
        {
            "id": version.pk,
            "number": version.number,
            "name": version.name,
            "arch": version.arch,
            "trainable": bool(version.training_files),
            "parent_id": version.parent_id,
            "dataset_version": version.dataset_version
            and {"id": version.dataset_version.pk, "number": version.dataset_version.number},
            "run_id": version.run_id,
            "created_at": version.created_at,
            "variants": [variant_row(variant, deployed_id=deployed_id) for variant in version.variants.all()],
        }
        for version in versions
    ]


def rollback_target(project_id: int) -> str | None:
    """Name of what a rollback would bring back; None where nothing was deployed before."""
    active = active_deployment(project_id)
    return str(active.previous.variant) if active is not None and active.previous is not None else None


def deployment_row(deployment: Deployment) -> dict[str, Any]:
    """A deployment as the API shows it."""
    return {
        "id": deployment.pk,
        "variant_id": deployment.variant_id,
        "name": str(deployment.variant.version),
        "previous_id": deployment.previous_id,
        "reason": deployment.reason,
        "active": deployment.active,
        "deployed_at": deployment.created_at,
    }
