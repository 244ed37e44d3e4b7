"""What judged val pictures say of a model's scores: how often they are right, and from where on it may decide alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from compression.core.judging.judgement import SHOWN_SCORE, ImageResult
from prelabel.core.calibration import Outcome
from prelabel.core.calibration_fit import fit_calibration
from prelabel.core.found_thresholds import find_thresholds
from prelabel.core.missing_labels import LeftOut, find_left_out
from prelabel.core.score_maps import calibration_error, reliability

Pairs = list[tuple[float, bool]]


def outcomes_of(images: Sequence[ImageResult], task_type: str) -> list[Outcome]:
    """Every guess at or above the shown score; of a whole picture the best one, where its true class is known."""
    found = []
    for picture, image in enumerate(images):
        whole = task_type == "image_classification"
        if whole and not sum(image.truths):
            continue
        rows = list(zip(image.classes, image.scores, image.right, strict=True))[: 1 if whole else None]
        found += [Outcome(picture, index, score, right) for index, score, right in rows if score >= SHOWN_SCORE]
    return found


def trusted_outcomes(images: Sequence[ImageResult], task_type: str) -> tuple[list[Outcome], list[LeftOut]]:
    """Outcomes without those of classes that people seem to have left out of a picture, and which these are."""
    outcomes = outcomes_of(images, task_type)
    if task_type == "image_classification":  # a picture has one class; none can be missing
        return outcomes, []
    marked = [{index for index, n in enumerate(image.truths) if n} for image in images]
    left_out = find_left_out(outcomes, marked)
    gone = {(one.picture, one.class_index) for one in left_out}
    return [one for one in outcomes if (one.picture, one.class_index) not in gone], left_out


def pairs_by_class(outcomes: Sequence[Outcome], class_count: int) -> dict[int, Pairs]:
    """Class → (raw score, right) of its guesses; a class without any has an empty list."""
    pairs: dict[int, Pairs] = {index: [] for index in range(class_count)}
    for one in outcomes:
        pairs[one.class_index].append((one.score, one.right))
    return pairs


def calibrate(images: Sequence[ImageResult], classes: Sequence[str], task_type: str) -> dict[str, Any]:
    """Calibration and thresholds as JSON, from val pictures alone.

    ``before`` and ``after`` {ece, reliability}: after with each picture's scores calibrated by a fit that never saw it.
    ``thresholds`` target ("0.98") → class name → FoundThreshold. ``left_out``: pictures in which people seem to have
    left out a class; what the model says of it there counts neither as right nor as wrong.
    """
    outcomes, left_out = trusted_outcomes(images, task_type)
    fitted = fit_calibration(outcomes)
    found = find_thresholds(pairs_by_class(outcomes, len(classes)), fitted.calibration)
    raw = [(one.score, one.right) for one in outcomes]
    held_out = [(share, one.right) for share, one in zip(fitted.held_out, outcomes, strict=True)]
    return {
        **fitted.calibration.to_json(),
        "classes": list(classes),
        "losses": fitted.losses,
        "guesses": len(outcomes),
        "pictures": len(images),
        "left_out": [
            {"item_id": images[one.picture].item_id, "class": classes[one.class_index], "guesses": one.guesses}
            for one in left_out
        ],
        "before": _stated(raw),
        "after": _stated(held_out),
        "thresholds": {
            f"{target:g}": {classes[index]: one.to_json() for index, one in rows.items()}
            for target, rows in found.items()
        },
    }


def _stated(pairs: Pairs) -> dict[str, Any]:
    return {"ece": calibration_error(pairs), "reliability": reliability(pairs)}
