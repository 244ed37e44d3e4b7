"""How well scores told right from wrong, on items that people reviewed."""

from __future__ import annotations

from typing import Any

from annotator.models import Annotation, Prediction, Project
from annotator.models.items import ItemState
from annotator.selectors.predictions import shown_objects
from prelabel.core.calibration import find_accept, find_show, precision_curve, verdict_pairs

MOST_ITEMS = 5000
CURVE_POINTS = 40


def scored_outcomes(project: Project) -> tuple[list[tuple[float, bool]], list[tuple[float, bool]]]:
    """(score, correct) of the guesses of the active source on human-reviewed val items: those shown, and all stored."""
    rows = list(
        Prediction.objects.filter(
            source_id=project.active_source_id, item__state=ItemState.REVIEWED, item__split="val"
        ).select_related("item")[:MOST_ITEMS]
    )
    human = Annotation.objects.filter(item_id__in=[row.item_id for row in rows]).exclude(origin=Annotation.Origin.AUTO)
    truths = {(one.item_id, one.revision): one.document for one in human}
    shown: list[tuple[float, bool]] = []
    stored: list[tuple[float, bool]] = []
    for row in rows:
        truth = truths.get((row.item_id, row.item.revision))
        if truth is not None:
            shown.extend(verdict_pairs(shown_objects(project, row), truth))
            stored.extend(verdict_pairs(row.document, truth))
    return shown, stored


def estimate_accept(*, project_id: int, precision: float) -> dict[str, Any]:
    """The least accept threshold with this precision, the curve (threshold, precision, share kept) behind it, and the
    show threshold that costs reviewers least."""
    pairs, stored = scored_outcomes(Project.objects.get(pk=project_id))
    points = precision_curve(pairs)
    every = max(1, len(points) // CURVE_POINTS)
    curve = [
        {"threshold": point.threshold, "precision": point.precision, "kept": point.n / len(pairs)}
        for point in points[::every]
    ]
    return {
        "accept": find_accept(pairs, precision),
        "show": find_show(stored),
        "precision": precision,
        "n": len(pairs),
        "curve": curve,
    }
