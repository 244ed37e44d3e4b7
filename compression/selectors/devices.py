"""The machines that workers run on, and what can be exported on them."""

from __future__ import annotations

from typing import Any

from compression.core.targets import TARGETS
from compression.models import DeviceProfile
from compression.selectors.queues import device_rows


def device_details() -> list[dict[str, Any]]:
    """Every machine with all that its workers said of it."""
    rows = {row["id"]: row for row in device_rows()}
    return [
        {
            **rows[one.pk],
            "memory_bytes": one.memory_bytes,
            "platform": one.platform,
            "flags": one.flags,
            "gpus": one.gpus,
            "runtimes": one.runtimes,
            "targets": one.targets,
            "queues": one.queues,
            "first_seen": one.first_seen,
        }
        for one in DeviceProfile.objects.filter(pk__in=rows).order_by("name")
    ]


def target_rows() -> list[dict[str, Any]]:
    """The targets; ``missing`` is None where some machine that trains can write it, or none has reported yet.

    Said by the workers: the web part has none of the converters, and may be another machine.
    """
    trainers = [one for one in DeviceProfile.objects.order_by("-last_seen") if {"train", "train_gpu"} & set(one.queues)]
    found = []
    for slug, info in TARGETS.items():
        said = [one.targets.get(slug) for one in trainers if slug in one.targets]
        missing = next((text for text in said if text), None) if said and all(said) else None
        found.append(
            {"slug": slug, "label": info.label, "needs": info.needs, "precisions": info.precisions, "missing": missing}
        )
    return found
