"""How long the queues are, and whether anybody listens to the GPU's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Count
from django.utils import timezone

from annotator.models import Run
from annotator.models.runs import RunState
from compression.core.benchmarking.device import here_name
from compression.models import DeviceProfile

CPU, GPU = "train", "train_gpu"
QUEUES = {"cpu": CPU, "gpu": GPU}
_SEEN_S = 120


def queue_facts() -> dict[str, Any]:
    """Runs that wait or run in each queue for training."""
    rows = Run.objects.filter(queue__in=QUEUES.values(), state__in=(RunState.QUEUED, RunState.RUNNING))
    waiting = {one["queue"]: one["n"] for one in rows.values("queue").annotate(n=Count("id"))}
    return {
        "cpu": {"waiting": waiting.get(CPU, 0)},
        "gpu": {"waiting": waiting.get(GPU, 0), "online": gpu_online()},
    }


def gpu_online() -> bool:
    """Whether a worker that listens to the GPU queue was seen within the last two minutes."""
    fresh = timezone.now() - timedelta(seconds=_SEEN_S)
    return DeviceProfile.objects.filter(queues__contains=[GPU], last_seen__gte=fresh).exists()


def position(queue: str) -> int:
    """How many runs would be done before a new one."""
    return Run.objects.filter(queue=queue, state__in=(RunState.QUEUED, RunState.RUNNING)).count()


def device_rows() -> list[dict[str, Any]]:
    """The machines that workers run on."""
    fresh, here = timezone.now() - timedelta(seconds=_SEEN_S), here_name()
    return [
        {
            "id": one.pk,
            "name": one.name,
            "cpu": one.cpu,
            "cores": one.cores,
            "gpu": ", ".join(str(gpu.get("name", "")) for gpu in one.gpus),
            "last_seen": one.last_seen,
            "online": one.last_seen >= fresh,
            "here": one.name == here,
        }
        for one in DeviceProfile.objects.order_by("name")
    ]
