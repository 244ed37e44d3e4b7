"""Edge cases come first: rare classes, odd sizes, poor pictures, and what is far from everything reviewed."""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np

from annotator.core.geometry import box_area
from prelabel.core.neighbours import Neighbours
from prelabel.core.pool import Candidate, Floats, Pool, Seen
from prelabel.core.strategy import Pick, Why, ranked

# A flagged picture (dark, blurred …) before one whose class is a little rare, after one whose class is new.
FLAGGED = 0.5
# A class is rare when it has at most this share of an even part: a little under the mean is no edge case.
RARE = 0.5
# Robust deviations from the median at which a size or a distance begins to be odd, and at which it is wholly so.
ODD_FROM, ODD_TO = 3.0, 6.0
_SIGMA = 1.4826  # median absolute deviation → standard deviation of a normal distribution
_FEWEST = 8  # sizes or distances from which "usual" means something


class EdgeCases:
    """The strongest of four signs, each 0..1. Only what shows a sign is chosen."""

    def choose(self, pool: Pool, budget: int) -> list[Pick]:
        """``score`` = the strongest sign."""
        signs, rare = self._signs(pool), rarity(pool)
        strongest = signs.max(axis=1, initial=0.0)
        scores = np.where(strongest > 0, strongest, -np.inf).astype(np.float32)
        return ranked(pool, scores, lambda index, _: _why(pool.candidates[index], signs[index], rare), budget)

    def _signs(self, pool: Pool) -> Floats:
        rare = rarity(pool)
        return np.stack(
            [
                np.array([_rarest(one, rare)[0] for one in pool.candidates], dtype=np.float32),
                odd_sizes(pool),
                np.array([FLAGGED if one.flags else 0.0 for one in pool.candidates], dtype=np.float32),
                far_from_known(pool),
            ],
            axis=1,
        )


def _why(candidate: Candidate, signs: Floats, rare: dict[int, float]) -> Why:
    code = ("rare_class", "odd_size", "flag", "far")[int(signs.argmax())]
    if code == "rare_class":
        return {"code": code, "class_id": _rarest(candidate, rare)[1]}
    return {"code": code, "flag": candidate.flags[0]} if code == "flag" else {"code": code}


def rarity(pool: Pool) -> dict[int, float]:
    """class id → how much rarer it is among the reviewed objects than an even share, 0 (not rare) .. 1 (unseen)."""
    if not pool.reviewed:
        return {}
    even = sum(pool.reviewed.values()) / max(1, pool.classes)
    seen = {class_id for one in pool.candidates for thing in _guesses(one) for class_id, _ in _answers(thing)}
    shares = {class_id: (pool.reviewed.get(class_id, 0) + 1) / (even + 1) for class_id in seen | set(pool.reviewed)}
    return {class_id: 1.0 - share if share <= RARE else 0.0 for class_id, share in shares.items()}


def _guesses(candidate: Candidate) -> tuple[Seen, ...]:
    """What is shown and what is not: of a class that is hardly learned most scores are too low to be shown."""
    return candidate.objects + candidate.hidden


def _answers(one: Seen) -> tuple[tuple[int, float], ...]:
    return one.top or ((one.class_id, one.score),)


def _rarest(candidate: Candidate, rare: dict[int, float]) -> tuple[float, int]:
    """The chance of a rare object, by the model's own scores, and the class that makes most of it.

    Guesses count as independent, each by its scores times the rarity of their classes: of two pictures with a rare
    object the one with three of them comes first.
    """
    spared, share = 1.0, defaultdict[int, float](float)
    for one in _guesses(candidate):
        parts = [(class_id, score * rare.get(class_id, 0.0)) for class_id, score in _answers(one)]
        spared *= 1.0 - min(1.0, math.fsum(part for _, part in parts))
        for class_id, part in parts:
            share[class_id] += part
    return 1.0 - spared, max(share, key=share.__getitem__, default=0)


def odd_sizes(pool: Pool) -> Floats:
    """How far the picture's area, or that of one of its boxes among boxes of its class, is from the usual (n,)."""
    odd = _oddness(np.array([_log_area(one.width * one.height) for one in pool.candidates]))
    by_class: dict[int, list[tuple[int, float]]] = {}
    for index, candidate in enumerate(pool.candidates):
        for one in candidate.objects:
            if one.bbox is not None:
                by_class.setdefault(one.class_id, []).append((index, _log_area(box_area(one.bbox))))
    for found in by_class.values():
        amounts = _oddness(np.array([area for _, area in found]))
        for (index, _), amount in zip(found, amounts.tolist(), strict=True):
            odd[index] = max(float(odd[index]), amount)
    return odd


def far_from_known(pool: Pool) -> Floats:
    """How much farther than usual a picture is from its nearest reviewed one (n,)."""
    out = np.zeros(len(pool.candidates), dtype=np.float32)
    rows = np.flatnonzero(pool.described)
    if len(pool.known) and len(rows):
        distances = Neighbours(pool.known).nearest(pool.vectors[rows], 1)[0][:, 0]
        odd = _oddness(distances.astype(np.float64))
        out[rows] = np.where(distances > np.median(distances), odd, 0.0)
    return out


def _log_area(area: float) -> float:
    return math.log(area) if area > 0 else math.nan


def _oddness(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Floats:
    """Robust deviations from the median as 0..1; unknown values, and all of too few, are not odd.

    Source: Iglewicz and Hoaglin 1993, "How to Detect and Handle Outliers" (the modified z-score).
    """
    known = values[np.isfinite(values)]
    if len(known) < _FEWEST:
        return np.zeros(len(values), dtype=np.float32)
    middle = np.median(known)
    spread = max(float(np.median(np.abs(known - middle))) * _SIGMA, 1e-6)
    deviations = np.nan_to_num(np.abs(values - middle) / spread)
    odd: Floats = np.clip((deviations - ODD_FROM) / (ODD_TO - ODD_FROM), 0.0, 1.0).astype(np.float32)
    return odd
