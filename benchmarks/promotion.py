"""What a lead does with a gate's verdict: promote, promote with a typed reason, or leave what is deployed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

ALLOWED_DROP = 0.02


@dataclass(frozen=True)
class Promotion:
    """The variant to deploy and the reason to type (empty where the gate passed it)."""

    variant: str
    reason: str


def choose_promotion(variants: dict[str, Any]) -> Promotion | None:
    """Int8 before fp32; an inconclusive one only if every measured drop is within the allowed one. None = keep.

    ``variants`` is the retrain run's result: name → {"gate": {"verdict", "drop", "comparisons"} or None}.
    """
    for name in ("int8", "fp32"):
        gate = variants[name]["gate"]
        if gate is None or gate["verdict"] == "pass":
            return Promotion(name, "")
        drops = [one["drop"] for one in gate.get("comparisons", {}).values()] or [gate["drop"]]
        if gate["verdict"] == "inconclusive" and max(drops) <= ALLOWED_DROP:
            measured = ", ".join(f"{100 * drop:+.1f} %" for drop in drops)
            return Promotion(name, f"too few test pictures to be sure; the measured drop ({measured}) is within 2 %")
    return None
