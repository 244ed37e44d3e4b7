"""How sure a number is: percentile intervals by resampling images, for one model and for two models paired.

Source: Efron & Tibshirani 1993. Paired because both models see the same images, so what makes an image hard cancels
out. Deterministic for a seed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compression.core.judging.judgement import ImageResult
from compression.core.judging.measures import prepare

Floats = NDArray[np.float64]

RESAMPLES = 1000
CONFIDENCE = 0.95
MOST_FOR_INFLUENCE = 5000  # leaving out each image in turn grows with the square of their number
_CHUNK = 50  # resamples held in memory at once


def resample_weights(count: int, resamples: int, seed: int) -> Iterator[Floats]:
    """How often each of ``count`` images is drawn, (≤ 50, count) at a time, ``resamples`` rows in all."""
    random = np.random.default_rng(seed)
    for start in range(0, resamples, _CHUNK):
        rows = min(_CHUNK, resamples - start)
        yield random.multinomial(count, np.full(count, 1.0 / count), size=rows).astype(np.float64)


def intervals(
    images: Sequence[ImageResult], task_type: str, *, resamples: int = RESAMPLES, seed: int = 0
) -> dict[str, list[float]]:
    """The 95 % interval of each metric of the task: metric → [low, high]; {} without images."""
    if not images:
        return {}
    drawn = _gather(prepare(images, task_type), resample_weights(len(images), resamples, seed))
    return {name: list(percentile_interval(values)) for name, values in drawn.items()}


def _gather(measure: Callable[[Floats], dict[str, Floats]], weights: Iterable[Floats]) -> dict[str, Floats]:
    """metric → all values, one a row of weights."""
    parts = [measure(rows) for rows in weights]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


@dataclass(frozen=True)
class Paired:
    """``drop`` positive = the candidate is worse; ``low``, ``high`` its 95 % interval; ``p_value`` two-sided that the
    two are equally good."""

    drop: float
    low: float
    high: float
    p_value: float


def paired_drop(
    parent: Sequence[ImageResult],
    candidate: Sequence[ImageResult],
    task_type: str,
    metric: str,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Paired:
    """The relative drop from ``parent`` to ``candidate``, judged on the same images in the same order.

    Resamples in which the parent scores 0 are left out; where all do, the interval is (-1, 1).
    """
    both = [prepare(images, task_type, [metric]) for images in (parent, candidate)]
    before, after = (float(measure(np.ones((1, len(parent))))[metric][0]) for measure in both)
    drop = (before - after) / before if before > 0 else 0.0
    old, new = (_gather(measure, resample_weights(len(parent), resamples, seed))[metric] for measure in both)
    usable = old > 0
    drops = (old[usable] - new[usable]) / old[usable]
    if drops.size == 0:
        return Paired(drop, -1.0, 1.0, 1.0)
    low, high = percentile_interval(drops)
    return Paired(drop, low, high, two_sided(drops))


def percentile_interval(values: Floats) -> tuple[float, float]:
    """The 2.5th and 97.5th percentile."""
    tail = 100 * (1 - CONFIDENCE) / 2
    low, high = np.percentile(values, [tail, 100 - tail])
    return float(low), float(high)


def two_sided(drops: Floats) -> float:
    """Twice the smaller share of resamples on one side of 0, ≤ 1; never 0, since a resample more might fall there.

    Source: Efron & Tibshirani 1993, section 15.4 (achieved significance by inverting the percentile interval);
    Davison & Hinkley 1997 for the + 1.
    """
    fewer = min(int((drops <= 0).sum()), int((drops >= 0).sum()))
    return float(min(1.0, 2 * (fewer + 1) / (drops.size + 1)))


def influences(images: Sequence[ImageResult], task_type: str) -> dict[str, list[float]]:
    """By how much each image moves each metric: metric → (n - 1) · (whole - without the image), image by image.

    From these two models are compared later without arrays and without the images (`judging.comparison`).
    {} for fewer than two or more than 5,000 images. Source: Tukey 1958, Efron 1982 (jackknife).
    """
    count = len(images)
    if not 2 <= count <= MOST_FOR_INFLUENCE:
        return {}
    measure = prepare(images, task_type)
    whole = measure(np.ones((1, count)))
    without = _gather(measure, _leave_one_out(count))
    return {
        name: [round(float(value), 6) for value in (count - 1) * (whole[name][0] - values)]
        for name, values in without.items()
    }


def _leave_one_out(count: int) -> Iterator[Floats]:
    for start in range(0, count, _CHUNK):
        rows = np.arange(start, min(start + _CHUNK, count))
        weights = np.ones((rows.size, count))
        weights[np.arange(rows.size), rows] = 0.0
        yield weights
