"""Starts exports and benchmarks of a variant after checking what they need."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from annotator.core.errors import Conflict, NotFound, Unprocessable
from annotator.models import Run, User
from annotator.services import runs
from compression.core.targets import TARGETS
from compression.models import DeviceProfile
from compression.services.devices import ONLINE
from prelabel.core.artifact import RUNNABLE_TARGETS
from prelabel.models import ModelVariant


@transaction.atomic
def start_export(
    *,
    actor: User | None,
    variant: ModelVariant,
    targets: Sequence[str],
    precision: str = "fp32",
    idempotency_key: uuid.UUID | None = None,
) -> Run:
    """Queue a run that writes the variant for other runtimes. ``precision`` fp32 keeps the variant's own.

    Raises Unprocessable for an unknown target, a precision that a target lacks, a target that needs weights which the
    model did not bring, or a variant that is itself an export.
    """
    if variant.manifest.get("target", "onnx") != "onnx":
        raise Unprocessable("this variant is an export itself; export the ONNX variant of its version")
    for number, slug in enumerate(targets):
        _check_target(variant, slug, precision, f"targets.{number}")
    return runs.create_run(
        actor=actor,
        project=variant.version.project,
        kind="export_model",
        params={"variant_id": variant.pk, "targets": list(dict.fromkeys(targets)), "precision": precision},
        idempotency_key=idempotency_key,
        queue=_queue_for(targets),
    )


def _queue_for(targets: Sequence[str]) -> str | None:
    """That of a machine with every converter, where the machines that train differ in it (TensorRT: the GPU's host)."""
    fresh = DeviceProfile.objects.filter(last_seen__gte=timezone.now() - ONLINE).order_by("pk")
    trainers = [one for one in fresh if {"train", "train_gpu"} & set(one.queues)]
    able = [one for one in trainers if all(one.targets.get(slug, "") is None for slug in targets)]
    return able[0].queue if able and len(able) < len(trainers) else None


def _check_target(variant: ModelVariant, slug: str, precision: str, field: str) -> None:
    if slug not in TARGETS:
        raise Unprocessable(f"there is no target “{slug}”; choose of {', '.join(TARGETS)}", field=field)
    info = TARGETS[slug]
    if precision not in info.precisions:
        raise Unprocessable(f"{info.label} is not written in {precision}", field="precision")
    if info.needs == "weights" and not variant.version.training_files:
        raise Unprocessable(
            f"{info.label} is made of the network's weights, and this model came as a file alone", field=field
        )


@transaction.atomic
def start_benchmark(
    *, actor: User | None, variant: ModelVariant, device_id: int, idempotency_key: uuid.UUID | None = None
) -> Run:
    """Queue a measurement on one device, in the queue that only its workers listen to.

    Raises NotFound, Conflict ``device_offline``, Unprocessable for a file that predictors do not open.
    """
    device = DeviceProfile.objects.filter(pk=device_id).first()
    if device is None:
        raise NotFound("there is no such device")
    if device.last_seen < timezone.now() - ONLINE:
        raise Conflict(
            f"no worker on {device.name} is running; start one there, or choose another device", code="device_offline"
        )
    if variant.manifest.get("target", "onnx") not in RUNNABLE_TARGETS:
        raise Unprocessable("only ONNX and OpenVINO files are measured by a worker; others on their own devices")
    return runs.create_run(
        actor=actor,
        project=variant.version.project,
        kind="benchmark",
        params={"variant_id": variant.pk, "device_id": device.pk},
        idempotency_key=idempotency_key,
        queue=device.queue,
    )
