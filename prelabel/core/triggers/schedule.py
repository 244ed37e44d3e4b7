"""It is time again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from prelabel.core.trigger import Evidence, Mode, TriggerState


class Schedule:
    """Every so many days, or weekly, at an hour (UTC). Dates that were missed, the machine being off, are one date.

    ``since`` is also when the schedule itself was last changed: it looks forward from there.
    """

    slug = "schedule"
    label = "Schedule"
    schema: Mapping[str, Any] = {
        "type": "object",
        "properties": {
            "days": {"type": "integer", "minimum": 1, "maximum": 365},
            "weekday": {"type": "integer", "minimum": 0, "maximum": 6, "description": "Monday = 0"},
            "at": {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$", "description": "UTC"},
        },
        "required": ["at"],
        "oneOf": [{"required": ["days"]}, {"required": ["weekday"]}],
        "additionalProperties": False,
    }
    defaults: Mapping[str, Any] = {"weekday": 0, "at": "03:00"}
    mode: Mode = "off"
    lapses = True

    def measure(self, evidence: Evidence, options: Mapping[str, Any]) -> TriggerState:
        """``detail``: ``next_at``, the first date after ``since``; due once it is there."""
        next_at = next_date(evidence.since or evidence.now, options)
        return TriggerState(evidence.now >= next_at, None, None, {"next_at": next_at.isoformat()})


def next_date(after: datetime, options: Mapping[str, Any]) -> datetime:
    """The first date later than ``after`` (aware, UTC): on that weekday, or so many days after that day."""
    at = time.fromisoformat(options["at"])
    day = after.date()
    if "weekday" in options:
        day += timedelta(days=(int(options["weekday"]) - day.weekday()) % 7)
        found = datetime.combine(day, at, after.tzinfo)
        return found if found > after else found + timedelta(days=7)
    return datetime.combine(day + timedelta(days=int(options["days"])), at, after.tzinfo)
