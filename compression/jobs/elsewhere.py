"""A latency that is wanted on another device than this one: nothing measured here can say whether it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from compression.core.benchmarking.device import here_name
from compression.core.planning.diagnosis import Advice
from compression.core.planning.plan import Budgets, GateLimits
from compression.models import DeviceProfile

_ORDER = ("pass", "inconclusive", "refuse")


@dataclass(frozen=True)
class Elsewhere:
    """``wanted_ms`` (p20) on ``device``, while the run is done on ``here``."""

    device: str
    device_id: int
    here: str
    wanted_ms: float

    @property
    def text(self) -> str:
        """For tables, gates and logs."""
        return (
            f"latency: not measured on {self.device}, where {self.wanted_ms:g} ms are wanted; the milliseconds of this "
            f"run are those of {self.here}"
        )

    def advice(self) -> Advice:
        """What to do about it."""
        values = {"wanted": self.device, "measured": self.here, "device_id": self.device_id}
        text = f"{self.text[:1].upper()}{self.text[1:]}. Measure the result on {self.device} before it is deployed."
        return Advice("latency_elsewhere", "warn", text, values)

    def unjudged(self) -> dict[str, Any]:
        """Row of the run's result: a target that was neither met nor missed."""
        return {"target": "latency_ms", "wanted": self.wanted_ms, "device": self.device, "measured_on": self.here}


def elsewhere_of(budgets: Budgets, limits: GateLimits) -> Elsewhere | None:
    """None where no latency is wanted, or it is wanted of this machine."""
    wanted = limits.max_latency_ms or budgets.latency_ms
    if budgets.device_id is None or wanted is None:
        return None
    device = DeviceProfile.objects.filter(pk=budgets.device_id).first()
    name = device.name if device is not None else f"device {budgets.device_id}"  # forgotten since: not this one
    return None if name == here_name() else Elsewhere(name, budgets.device_id, here_name(), wanted)


def without_latency(budgets: Budgets, limits: GateLimits) -> tuple[Budgets, GateLimits]:
    """What can be judged here."""
    return replace(budgets, latency_ms=None), replace(limits, max_latency_ms=None)


def in_gate(gate: Mapping[str, Any], elsewhere: Elsewhere) -> dict[str, Any]:
    """``gate`` (as ``merge_gates`` gives it) with the latency as an inconclusive rule of each comparison."""
    values = {"allowed_ms": elsewhere.wanted_ms, "device": elsewhere.device, "measured_on": elsewhere.here}
    rule = {"code": "latency_elsewhere", "verdict": "inconclusive", "text": elsewhere.text, "values": values}

    def ruled(one: Mapping[str, Any]) -> dict[str, Any]:
        verdict = max(str(one["verdict"]), rule["verdict"], key=_ORDER.index)
        return {**one, "verdict": verdict, "rules": [*one["rules"], rule], "reasons": [*one["reasons"], rule["text"]]}

    return {**ruled(gate), "comparisons": {name: ruled(one) for name, one in gate["comparisons"].items()}}
