"""The gate: may this model take its parent's place? Decided on the same images for both, with a paired bootstrap.

Source: Efron & Tibshirani 1993, percentile interval; paired because both models see the same images, so what makes an
image hard cancels out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from compression.core.average_precision import WEIGHTED, ImageResult

RESAMPLES = 1000
CONFIDENCE = 0.95
_CHUNK = 50  # resamples held in memory at once


@dataclass(frozen=True)
class GateResult:
    """``verdict`` pass | refuse | inconclusive; ``drop`` relative, positive = worse; ``interval`` of it (95 %)."""

    verdict: str
    drop: float
    interval: tuple[float, float]
    reasons: tuple[str, ...]
    metric: str
    parent_value: float
    candidate_value: float
    images: int

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return asdict(self) | {"interval": list(self.interval), "reasons": list(self.reasons)}


def decide(
    parent: Sequence[ImageResult],
    candidate: Sequence[ImageResult],
    *,
    task_type: str = "object_detection",
    allowed_drop: float = 0.02,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> GateResult:
    """Compare ``candidate`` with ``parent``, judged on the same images in the same order.

    Refuse: the whole interval is beyond ``allowed_drop`` (surely worse), or the drop is and the interval is narrow.
    Inconclusive: the interval is wider than ± ``allowed_drop`` and reaches over the line. Pass: else.
    Raises ValueError where the image lists differ in length.
    """
    if len(parent) != len(candidate):
        raise ValueError(f"{len(parent)} images for the parent, {len(candidate)} for the candidate")
    metric, measure = WEIGHTED[task_type]
    whole = np.ones((1, len(parent)))
    before, after = (float(measure(images, whole)[0]) if images else 0.0 for images in (parent, candidate))
    if before <= 0:
        return _without_parent(metric, before, after, len(parent))
    drop = (before - after) / before
    low, high = _interval(parent, candidate, measure, resamples, seed)
    verdict, reasons = _judge(drop, low, high, allowed_drop)
    head = f"{metric} {before:.4f} → {after:.4f} on {len(parent)} images: {_percent(drop)} relative"
    return GateResult(verdict, drop, (low, high), (head, *reasons), metric, before, after, len(parent))


def _judge(drop: float, low: float, high: float, allowed: float) -> tuple[str, tuple[str, ...]]:
    span = f"95 % interval of the drop {100 * low:+.2f} % to {100 * high:+.2f} %"
    if low > allowed:
        return "refuse", (f"{span}: surely more than the allowed {100 * allowed:.1f} %",)
    if high <= allowed:
        return "pass", (f"{span}: all of it within the allowed {100 * allowed:.1f} %",)
    if (high - low) / 2 > allowed:
        return "inconclusive", (
            f"{span}: wider than ± {100 * allowed:.1f} %, so these images cannot decide",
            "More reviewed test images would; to promote it anyway, give a reason",
        )
    if drop > allowed:
        return "refuse", (f"{span}; the drop is more than the allowed {100 * allowed:.1f} %",)
    return "pass", (f"{span}; the drop is within the allowed {100 * allowed:.1f} %",)


def _without_parent(metric: str, before: float, after: float, images: int) -> GateResult:
    if after > 0:
        reason = f"the parent finds nothing ({metric} 0), the candidate {after:.4f}"
        return GateResult("pass", 0.0, (0.0, 0.0), (reason,), metric, before, after, images)
    reason = f"{metric} is 0 for both: a model that finds nothing is not promoted"
    return GateResult("refuse", 0.0, (0.0, 0.0), (reason,), metric, before, after, images)


def _interval(
    parent: Sequence[ImageResult], candidate: Sequence[ImageResult], measure: Any, resamples: int, seed: int
) -> tuple[float, float]:
    """Percentile interval of the relative drop over resampled images."""
    random = np.random.default_rng(seed)
    count = len(parent)
    drops: list[np.ndarray[Any, Any]] = []
    for start in range(0, resamples, _CHUNK):
        rows = min(_CHUNK, resamples - start)
        weights = random.multinomial(count, np.full(count, 1.0 / count), size=rows).astype(np.float64)
        before, after = measure(parent, weights), measure(candidate, weights)
        usable = before > 0
        drops.append((before[usable] - after[usable]) / before[usable])
    merged = np.concatenate(drops)
    if merged.size == 0:
        return (-1.0, 1.0)
    tail = 100 * (1 - CONFIDENCE) / 2
    low, high = np.percentile(merged, [tail, 100 - tail])
    return float(low), float(high)


def _percent(drop: float) -> str:
    return f"a drop of {100 * drop:.2f} %" if drop >= 0 else f"a gain of {-100 * drop:.2f} %"
