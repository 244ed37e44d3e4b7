"""The contract of a retrain trigger: what it looks at, and whether that is reason enough to train again.

Standard library only. A trigger never starts anything: it states, and the service proposes or starts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

Mode = Literal["off", "propose", "auto"]
MODES: tuple[Mode, ...] = ("off", "propose", "auto")


@dataclass(frozen=True)
class Evidence:
    """What is known of a project, newer than ``since``: the last training, or when this trigger was put aside.

    ``reviewed`` items that people submitted since; ``observed`` what the last predict run left for this trigger, {} =
    nothing yet; ``spent`` = it was observed before ``since``, so it may be shown but is no reason any more.
    """

    now: datetime
    since: datetime | None
    reviewed: int = 0
    observed: Mapping[str, Any] = field(default_factory=dict)
    spent: bool = False


@dataclass(frozen=True)
class TriggerState:
    """``value`` against ``limit`` in the trigger's own unit, None where there is none yet; ``detail`` the numbers
    behind it, its ``code`` (if any) why there is no value; the browser has the words."""

    due: bool
    value: float | None
    limit: float | None
    detail: Mapping[str, Any] = field(default_factory=dict)


class Trigger(Protocol):
    """A reason to train again."""

    slug: str
    label: str
    schema: Mapping[str, Any]
    """JSON Schema of its options."""
    defaults: Mapping[str, Any]
    mode: Mode
    """Of a project that chose nothing."""
    lapses: bool
    """Whether an automatic start that could not be made is over (the next date comes) or waits until it can."""

    def measure(self, evidence: Evidence, options: Mapping[str, Any]) -> TriggerState:
        """Where the project stands now; ``options`` fit ``schema``. The same for the same evidence."""
        ...
