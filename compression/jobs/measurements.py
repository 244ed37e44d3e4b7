"""Keeps the benchmark of a run beside those of other runs on this machine."""

from __future__ import annotations

from collections.abc import Mapping

from annotator.jobs.context import RunContext
from annotator.models import Run
from compression.core.benchmarking.device import device_profile, here_name
from compression.core.judging.judge import Judged
from compression.jobs import stages
from compression.jobs.candidates import SOURCE, Registered
from compression.models import DeviceProfile
from compression.services.devices import record_latency, see_device


def keep_latencies(context: RunContext, registered: Registered, judged: Mapping[str, Judged]) -> None:
    """A row for each registered variant, and for the source, on this device."""
    device = DeviceProfile.objects.filter(name=here_name()).first()
    if device is None:  # the command line needs no worker
        device = see_device(name=here_name(), profile=device_profile(), queues=())
    run = Run.objects.get(pk=context.run_id)
    variants = dict(registered.variants)
    if registered.source is not None:
        variants[SOURCE] = registered.source
    for name, variant in variants.items():
        record_latency(
            actor=stages.actor_of(context), variant=variant, device=device, run=run, measured=judged[name].latency
        )
