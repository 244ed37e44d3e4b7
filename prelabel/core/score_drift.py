"""Whether two sets of pictures got scores of one distribution. With SciPy: for workers alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from scipy.stats import ks_2samp

from prelabel.core.routing import Thresholds
from prelabel.core.triggers.drift import MINIMUM

ALL = "all"
Samples = Mapping[str, Sequence[float]]


@dataclass(frozen=True)
class Shift:
    """``distance`` 0..1 (the greatest between the two distribution functions) and its chance ``p`` 0..1 if nothing
    changed; ``n`` pictures of the newest, ``reference_n`` of the reference; ``class_id`` None = all classes."""

    class_id: int | None
    distance: float
    p: float
    n: int
    reference_n: int

    def to_json(self) -> dict[str, Any]:
        """Plain form."""
        return asdict(self)


def mean_scores(documents: Iterable[Mapping[str, Any]], thresholds: Thresholds) -> dict[str, list[float]]:
    """Class id (as text) or ``all`` → one number 0..1 a picture: the mean of its shown scores.

    One number, since the objects of a picture are no independent draws, which the test takes them for: a crowd in one
    picture would pass for a hundred witnesses. Pictures without a shown object have none.
    """
    found: dict[str, list[float]] = defaultdict(list)
    for document in documents:
        shown: dict[str, list[float]] = defaultdict(list)
        for entry in document["objects"]:
            score = float(entry["score"])
            if score >= thresholds.of(entry["class_id"])[0]:
                shown[str(entry["class_id"])].append(score)
                shown[ALL].append(score)
        for key, scores in shown.items():
            found[key].append(round(sum(scores) / len(scores), 4))
    return dict(found)


def compare(reference: Samples, newest: Samples, minimum: int = MINIMUM) -> list[Shift]:
    """The two-sample Kolmogorov-Smirnov test of all classes and of each that has ≥ ``minimum`` numbers in both.

    Source: Smirnov 1939; Hodges 1957 for the exact p of small samples; scipy.stats.ks_2samp.
    """
    shifts = []
    for key in sorted(newest, key=lambda key: (key != ALL, key)):
        before, now = reference.get(key, ()), newest[key]
        if min(len(before), len(now)) >= minimum:
            tested = ks_2samp(before, now)
            class_id = None if key == ALL else int(key)
            shifts.append(Shift(class_id, float(tested.statistic), float(tested.pvalue), len(now), len(before)))
    return shifts
