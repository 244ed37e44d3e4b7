"""Enough was reviewed to learn from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prelabel.core.trigger import Evidence, Mode, TriggerState


class Reviewed:
    """Items that people submitted since the last training."""

    slug = "reviewed"
    label = "Newly reviewed items"
    schema: Mapping[str, Any] = {
        "type": "object",
        "properties": {"items": {"type": "integer", "minimum": 1, "maximum": 1_000_000}},
        "required": ["items"],
        "additionalProperties": False,
    }
    defaults: Mapping[str, Any] = {"items": 200}
    mode: Mode = "propose"
    lapses = False

    def measure(self, evidence: Evidence, options: Mapping[str, Any]) -> TriggerState:
        """``value`` = items."""
        limit = int(options["items"])
        return TriggerState(evidence.reviewed >= limit, evidence.reviewed, limit)
