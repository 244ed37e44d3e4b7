"""The scores of new pictures are distributed otherwise than those at deployment. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from prelabel.core.trigger import Evidence, Mode, TriggerState

MINIMUM = 100  # pictures on either side of a comparison
SURE = 0.01  # p, times the number of comparisons (Bonferroni)


class Drift:
    """Two-sample Kolmogorov-Smirnov, all classes together and each that has enough pictures.

    Due where the distance reaches the option *and* chance is unlikely: among thousands of pictures the smallest
    difference is surely one, among a hundred a large one may be luck. ``observed``: ``shifts`` as
    :func:`prelabel.core.score_drift.compare` states them, ``newest`` pictures looked at, ``reference`` whether one is
    kept yet.
    """

    slug = "drift"
    label = "Drift of the scores"
    schema: Mapping[str, Any] = {
        "type": "object",
        "properties": {"distance": {"type": "number", "minimum": 0.01, "maximum": 1.0}},
        "required": ["distance"],
        "additionalProperties": False,
    }
    defaults: Mapping[str, Any] = {"distance": 0.15}
    mode: Mode = "propose"
    lapses = False

    def measure(self, evidence: Evidence, options: Mapping[str, Any]) -> TriggerState:
        """``value`` = the greatest distance 0..1 of those that are no chance, else of all."""
        limit, seen = float(options["distance"]), evidence.observed
        if not seen.get("reference"):
            return TriggerState(False, None, limit, {"code": "no_reference", "need": MINIMUM})
        shifts: Sequence[Mapping[str, Any]] = seen["shifts"]
        if not shifts:
            return TriggerState(False, None, limit, {"code": "few_pictures", "n": seen["newest"], "need": MINIMUM})
        chance = {one["class_id"]: min(1.0, one["p"] * len(shifts)) for one in shifts}
        real = [one for one in shifts if chance[one["class_id"]] < SURE]
        worst = max(real or shifts, key=lambda one: float(one["distance"]))
        detail = {"class_id": worst["class_id"], "p": chance[worst["class_id"]], "n": worst["n"]}
        due = not evidence.spent and bool(real) and float(worst["distance"]) >= limit
        return TriggerState(due, float(worst["distance"]), limit, detail)
