"""What promoting a model asks of a person, by what the gate said of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

LEAST_REASON = 10  # characters: long enough to be a reason, short enough not to be filled with dots


_ASKS = (None, "reason", "override")  # from mild to severe


def asked_of(gate: Mapping[str, Any] | None) -> str | None:
    """None, ``reason`` (the gate could not tell) or ``override`` (it refused: a reason and the explicit word)."""
    verdict = (gate or {}).get("verdict")
    return {"refuse": "override", "inconclusive": "reason"}.get(str(verdict))


def worst_gate(gates: Iterable[Mapping[str, Any] | None]) -> Mapping[str, Any] | None:
    """The one with the worst verdict, None where none was judged."""
    judged = [gate for gate in gates if gate]
    return max(judged, key=lambda gate: _ASKS.index(asked_of(gate)), default=None)


def rules_of(gate: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """What each rule of each comparison said: {against, code, verdict, text, values}."""
    given = gate or {}
    comparisons = given.get("comparisons") or {given.get("parent", ""): given}
    return [{**rule, "against": name} for name, one in comparisons.items() for rule in one.get("rules", [])]


def is_reason(text: str) -> bool:
    """True for what may be typed to go over the gate."""
    return len(text.strip()) >= LEAST_REASON
