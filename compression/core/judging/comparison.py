"""Two models on the same images, compared without arrays: the web part may ask for any pair at any time.

What each image does to a model's metric was stored when it was evaluated (``bootstrap.influences``); the difference of
two models is then a mean over images. Sources: Efron 1982 (jackknife variance, delta method for the ratio);
McNemar 1947 with the exact binomial test, Dietterich 1998.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_Z = 1.959963984540054  # of 95 %
ALLOWED_DROP = 0.02  # relative: what a comparison is measured by where nobody says another limit


@dataclass(frozen=True)
class Compared:
    """``drop`` relative to the reference, positive = the candidate is worse; None where nothing can be said.

    ``p_value`` two-sided that both are equally good. ``deltas`` what each image adds to (candidate - reference); they
    sum up to it, and are 0 for an image of a plain mean (accuracy) that both treat alike.
    """

    drop: float | None
    interval: tuple[float, float] | None
    p_value: float | None
    deltas: tuple[float, ...]


def compare_influences(
    candidate: float, reference: float, candidate_by_image: Sequence[float], reference_by_image: Sequence[float]
) -> Compared:
    """Compare two values of one metric by the images' influences, given in the same order for both.

    Raises ValueError where the lists differ in length.
    """
    count = len(candidate_by_image)
    if count != len(reference_by_image):
        raise ValueError(f"{count} images of one model, {len(reference_by_image)} of the other")
    both = zip(candidate_by_image, reference_by_image, strict=True)
    deltas = tuple((candidate - reference + a - b) / count for a, b in both)  # differences of Tukey's pseudo-values
    if reference <= 0 or count < 2:
        return Compared(None, None, None, deltas)
    drop = (reference - candidate) / reference
    # d((r - c) / r) = -dc / r + c · dr / r²
    moved = [
        -c / reference + candidate * r / reference**2
        for c, r in zip(candidate_by_image, reference_by_image, strict=True)
    ]
    mean = math.fsum(moved) / count
    error = math.sqrt(math.fsum((value - mean) ** 2 for value in moved) / (count * (count - 1)))
    return Compared(drop, (drop - _Z * error, drop + _Z * error), _normal_two_sided(drop, error), deltas)


def _normal_two_sided(drop: float, error: float) -> float:
    if error == 0:
        return 1.0 if drop == 0 else 0.0
    return math.erfc(abs(drop) / error / math.sqrt(2))


def mcnemar(candidate_right: Sequence[bool], reference_right: Sequence[bool]) -> dict[str, Any]:
    """Exact test on the images that only one of two classifiers has right: ``lost``, ``won``, two-sided ``p_value``.

    Raises ValueError where the lists differ in length.
    """
    pairs = list(zip(candidate_right, reference_right, strict=True))
    won = sum(a and not b for a, b in pairs)
    lost = sum(b and not a for a, b in pairs)
    return {"lost": lost, "won": won, "p_value": _binomial_two_sided(min(lost, won), lost + won)}


def _binomial_two_sided(fewer: int, trials: int) -> float:
    """Probability of a split at least as uneven when each side is as likely; 1 without trials."""
    if trials == 0:
        return 1.0
    below = sum(math.comb(trials, k) for k in range(fewer + 1))
    return min(1.0, float(2 * below / 2**trials))


def judge_drop(drop: float, low: float, high: float, allowed: float) -> str:
    """The verdict on a relative drop with its 95 % interval: pass | refuse | inconclusive.

    Refuse: all of the interval is beyond ``allowed``, or the drop is and the interval is narrow. Inconclusive: the
    interval reaches over the line and is wider than ± ``allowed``. Pass: else.
    """
    if low > allowed:
        return "refuse"
    if high <= allowed:
        return "pass"
    if (high - low) / 2 > allowed:
        return "inconclusive"
    return "refuse" if drop > allowed else "pass"


def class_deltas(
    candidate: Mapping[str, float | None], reference: Mapping[str, float | None], counts: Mapping[str, int]
) -> list[dict[str, Any]]:
    """Rows {name, a, b, delta, n}, ``delta`` = a - b, the greatest loss first; classes that only one has come last."""
    rows = []
    for name in dict.fromkeys([*candidate, *reference]):
        a, b = candidate.get(name), reference.get(name)
        delta = a - b if a is not None and b is not None else None
        rows.append({"name": name, "a": a, "b": b, "delta": delta, "n": counts.get(name, 0)})
    return sorted(rows, key=lambda row: (row["delta"] is None, row["delta"] or 0.0))
