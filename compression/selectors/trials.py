"""What the search of a run tried."""

from __future__ import annotations

from typing import Any

from compression.models import CompressionTrial


def trial_rows(run_id: int) -> list[dict[str, Any]]:
    """The trials of a run in their order."""
    return [
        {
            "id": one.pk,
            "number": one.number,
            "state": one.state,
            "plan": one.plan,
            "size_bytes": one.size_bytes,
            "metric": one.metric,
            "latency_p20_ms": one.latency.get("p20_ms"),
            "on_front": one.on_front,
            "seconds": one.seconds,
            "variant_id": one.variant_id,
            "error": one.error or None,
        }
        for one in CompressionTrial.objects.filter(run_id=run_id).order_by("number")
    ]
