"""The benchmark run: done by a worker on the device that it is about, in that device's own queue."""

from __future__ import annotations

from typing import Any

from annotator.core.errors import RunFailed
from annotator.jobs.context import RunContext
from annotator.models import Run, User
from compression.core.benchmarking.device import here_name
from compression.core.benchmarking.measurement import Contest, measure
from compression.jobs import stages
from compression.models import DeviceProfile
from compression.services.devices import record_latency
from prelabel.models import ModelVariant
from prelabel.services.registry import fetch_artifact, fetch_training_files


def run(context: RunContext) -> dict[str, Any]:
    """Parameters ``variant_id``, ``device_id``. Measures with the parent and both baselines in the same rounds."""
    device = DeviceProfile.objects.filter(pk=context.params["device_id"]).first()
    if device is None or device.name != here_name():
        raise RunFailed(
            f"This worker runs on {here_name()}, the measurement was asked for {device and device.name}.",
            code="wrong_device",
        )
    variant = stages.variant_of(context)
    measured = measure(_contest(context, variant))["variant"]
    baselines = ", ".join(f"{one['speed']} × {name}" for name, one in measured["baselines"].items())
    context.log(
        f"{measured['p20_ms']} ms (p20), {measured['p50_ms']} ms (p50) in {measured['runtime']} on {device.name}; "
        f"speed against {baselines or 'no baseline'}",
        measured=measured,
    )
    if measured["contention"]["busy"]:
        context.log(measured["contention"]["text"])
    kept = record_latency(
        actor=User.objects.filter(pk=context.actor_id).first() if context.actor_id else None,
        variant=variant,
        device=device,
        run=Run.objects.get(pk=context.run_id),
        measured=measured,
    )
    return {"variant_id": variant.pk, "device_id": device.pk, "latency_id": kept.pk, "measured": measured}


def _contest(context: RunContext, variant: ModelVariant) -> Contest:
    context.progress(0, 100, "benchmark")
    version = variant.version
    parent = parent_of(variant)
    artifact = fetch_artifact(manifest=variant.manifest, folder=context.workdir / "artifact")
    return Contest(
        {"variant": artifact},
        parent=fetch_artifact(manifest=parent.manifest, folder=context.workdir / "parent") if parent else None,
        trained=fetch_training_files(version=version, folder=context.workdir / "trained")
        if version.training_files
        else None,
        on_progress=lambda share: context.progress(int(100 * share), 100),
    )


def parent_of(variant: ModelVariant) -> ModelVariant | None:
    """What the variant was made from: the fp32 ONNX of its version, or of the version before it if it is that one."""
    rows = ModelVariant.objects.filter(format="onnx", precision="fp32").exclude(pk=variant.pk)
    own = rows.filter(version=variant.version).first()
    before = variant.version.parent
    found: ModelVariant | None = own or (rows.filter(version=before).first() if before else None)
    return found
