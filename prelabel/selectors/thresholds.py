"""How well scores told right from wrong, on items that people reviewed."""

from __future__ import annotations

from typing import Any

from annotator.core.geometry import match_greedy
from annotator.models import Annotation, Prediction, Project
from annotator.models.items import ItemState
from annotator.selectors.predictions import shown_objects
from prelabel.core.calibration import find_accept

MOST_ITEMS = 5000


def scored_outcomes(project: Project) -> list[tuple[float, bool]]:
    """(score, correct) of every shown guess of the active source on human-reviewed val items.

    Correct = same class, and for boxes IoU ≥ 0.5 with a truth that no better guess took.
    """
    pairs: list[tuple[float, bool]] = []
    rows = Prediction.objects.filter(
        source_id=project.active_source_id, item__state=ItemState.REVIEWED, item__split="val"
    ).select_related("item")[:MOST_ITEMS]
    truths = {
        (one.item_id, one.revision): one.document["objects"]
        for one in Annotation.objects.filter(item_id__in=[row.item_id for row in rows]).exclude(origin="auto")
    }
    for row in rows:
        truth = truths.get((row.item_id, row.item.revision))
        if truth is not None:
            pairs.extend(_outcomes(shown_objects(project, row)["objects"], truth))
    return pairs


def _outcomes(guesses: list[dict[str, Any]], truth: list[dict[str, Any]]) -> list[tuple[float, bool]]:
    if any("bbox" in one for one in (*guesses, *truth)):
        matched = {guess for guess, _, _ in match_greedy(guesses, truth, 0.5)}
        return [(one["score"], index in matched) for index, one in enumerate(guesses)]
    classes = {one["class_id"] for one in truth}
    return [(one["score"], one["class_id"] in classes) for one in guesses]


def estimate_accept(*, project_id: int, precision: float) -> dict[str, Any]:
    """The least accept threshold with this precision, and the curve (threshold, precision, share kept) behind it."""
    pairs = scored_outcomes(Project.objects.get(pk=project_id))
    curve = []
    for step in range(5, 20):
        threshold = step * 0.05
        kept = [correct for score, correct in pairs if score >= threshold]
        if kept:
            curve.append(
                {"threshold": round(threshold, 2), "precision": sum(kept) / len(kept), "kept": len(kept) / len(pairs)}
            )
    return {"accept": find_accept(pairs, precision), "precision": precision, "n": len(pairs), "curve": curve}
