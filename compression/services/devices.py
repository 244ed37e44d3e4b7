"""Writes what workers say of their machines, and how fast variants were on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from annotator.models import Run, User
from annotator.services import audit
from annotator.services.runs import storable
from compression.models import DeviceProfile, LatencyMeasurement
from prelabel.models import ModelVariant

ONLINE = timedelta(seconds=120)  # a device not heard of for longer has no living worker


@transaction.atomic
def see_device(*, name: str, profile: Mapping[str, Any], queues: Iterable[str]) -> DeviceProfile:
    """Store or renew a machine's profile; queues of its other living workers stay listed."""
    now, own = timezone.now(), set(queues)
    before = DeviceProfile.objects.select_for_update().filter(name=name).first()
    if before is not None and before.last_seen > now - ONLINE:
        own |= set(before.queues)
    values = {**storable(dict(profile)), "queues": sorted(own), "last_seen": now}
    device, _ = DeviceProfile.objects.update_or_create(name=name, defaults=values)
    return device


def renew_device(*, device_id: int) -> None:
    """A worker of this machine is alive."""
    DeviceProfile.objects.filter(pk=device_id).update(last_seen=timezone.now())


@transaction.atomic
def record_latency(
    *, actor: User | None, variant: ModelVariant, device: DeviceProfile, run: Run | None, measured: Mapping[str, Any]
) -> LatencyMeasurement:
    """Keep what a benchmark found; one row per variant and device, the newest."""
    made, _ = LatencyMeasurement.objects.update_or_create(
        variant=variant,
        device=device,
        defaults={
            "run": run,
            "runtime": measured["runtime"],
            "threads": measured["threads"],
            "p20_ms": measured["p20_ms"],
            "p50_ms": measured["p50_ms"],
            "p95_ms": measured["p95_ms"],
            "result": storable(dict(measured)),
        },
    )
    after = {"device": device.name, "runtime": made.runtime, "p20_ms": made.p20_ms, "p50_ms": made.p50_ms}
    audit.record(
        actor=actor, verb="model.benchmark", target=variant, project_id=variant.version.project_id, after=after
    )
    return made
