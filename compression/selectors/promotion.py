"""What a person should have seen before promoting a variant."""

from __future__ import annotations

from typing import Any

from annotator.core.errors import Conflict, NotFound
from compression.selectors.reports import compare_variants, report_page
from prelabel.core.promotion import LEAST_REASON, asked_of, rules_of
from prelabel.models import Deployment, ModelVariant
from prelabel.selectors.registry import active_deployment, gate_of

NOTABLE_DROP = 0.02  # two points of a class's metric
FEWEST_OBJECTS = 10  # as the gate: fewer do not tell
SAMPLES = 12


def promotion_checklist(variant: ModelVariant) -> dict[str, Any]:
    """Gates, classes that lose more than two points, pictures to look at, and what a rollback would bring back."""
    deployed = active_deployment(variant.version.project_id)
    gate = gate_of(variant) or {}
    compared = _compared(variant, deployed)
    classes = compared["per_class"] if compared else []
    return {
        "variant_id": variant.pk,
        "verdict": gate.get("verdict"),
        "reasons": gate.get("reasons", []),
        "rules": rules_of(gate),
        "asks": asked_of(gate),
        "least_reason": LEAST_REASON,
        # The gate compared with what was deployed then; another model may have come in since.
        "gate_is_current": deployed is None or gate.get("deployed_variant_id") in (deployed.variant_id, variant.pk),
        "comparison": compared and {key: compared[key] for key in _SHOWN},
        "class_drops": [row for row in classes if _fell(row) and row["n"] >= FEWEST_OBJECTS],
        "not_judged": [row["name"] for row in classes if row["n"] < FEWEST_OBJECTS],
        "samples": _samples(variant),
        "rollback_target": deployed and {"variant_id": deployed.variant_id, "name": str(deployed.variant)},
        "deployed": deployed is not None and deployed.variant_id == variant.pk,
    }


_SHOWN = ("metric", "a", "b", "drop", "interval", "p_value", "verdict", "images", "method")


def _fell(row: dict[str, Any]) -> bool:
    return row["delta"] is not None and row["delta"] < -NOTABLE_DROP


def _compared(variant: ModelVariant, deployed: Deployment | None) -> dict[str, Any] | None:
    if deployed is None or deployed.variant_id == variant.pk:
        return None
    try:
        return compare_variants(variant, deployed.variant)
    except (NotFound, Conflict):  # an imported model, or one judged on other images
        return None


def _samples(variant: ModelVariant) -> list[dict[str, Any]]:
    try:
        return list(report_page(variant, "test")["worst"][:SAMPLES])
    except NotFound:
        return []
