"""Too much of what the model saw is doubtful."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prelabel.core.trigger import Evidence, Mode, TriggerState

MINIMUM = 50  # shown objects: of fewer a share says nothing


class Ratio:
    """Doubtful shown objects of the last predict run over certain ones. ``observed``: ``low`` and ``high`` of the whole
    run, ``fresh_low`` and ``fresh_high`` of the guesses made since ``since``: only those are a reason."""

    slug = "ratio"
    label = "Doubtful over certain objects"
    schema: Mapping[str, Any] = {
        "type": "object",
        "properties": {"ratio": {"type": "number", "minimum": 0.0, "maximum": 1.0}},
        "required": ["ratio"],
        "additionalProperties": False,
    }
    defaults: Mapping[str, Any] = {"ratio": 0.10}
    mode: Mode = "propose"
    lapses = False

    def measure(self, evidence: Evidence, options: Mapping[str, Any]) -> TriggerState:
        """``value`` = low / high of the whole run."""
        limit, seen = float(options["ratio"]), evidence.observed
        if not seen:
            return TriggerState(False, None, limit, {"code": "no_run"})
        low, high = int(seen["low"]), int(seen["high"])
        detail = {"low": low, "high": high, "run_id": seen.get("run_id")}
        if low + high < MINIMUM:
            return TriggerState(False, None, limit, {**detail, "code": "few_objects", "need": MINIMUM})
        due = not evidence.spent and ratio_due(int(seen["fresh_low"]), int(seen["fresh_high"]), limit)
        return TriggerState(due, low / high if high else None, limit, detail)


def ratio_due(low: int, high: int, ratio: float, minimum: int = MINIMUM) -> bool:
    """Whether the doubtful shown objects (``low``) exceed ``ratio`` x the certain ones (``high``), of ≥ ``minimum``."""
    return low + high >= minimum and low > ratio * high
