"""Scores of doubt, standard library only. Direction: higher = ask a person sooner."""

from __future__ import annotations

import math
from collections.abc import Sequence

LN2 = math.log(2.0)


def bernoulli_entropy(score: float) -> float:
    """Entropy in nats (0..ln 2) of "there is such an object", score 0..1: what a sigmoid head can say.

    Source: Shannon 1948, H(p) = -p ln p - (1 - p) ln(1 - p).
    """
    if score <= 0.0 or score >= 1.0:
        return 0.0
    return -(score * math.log(score) + (1.0 - score) * math.log(1.0 - score))


def vector_entropy(weights: Sequence[float]) -> float:
    """Entropy in nats (0..ln n) of a vector of n non-negative weights, normalised to sum 1; 0 for an all-zero one.

    Source: Shannon 1948, H = -Σ p ln p.
    """
    total = math.fsum(weights)
    if total <= 0.0:
        return 0.0
    return max(0.0, -math.fsum(w / total * math.log(w / total) for w in weights if w > 0.0))


def least_confidence(scores: Sequence[float]) -> float:
    """1 minus the lowest score, 0..1; higher = ask sooner. Raises ValueError for no scores.

    Source: Lewis and Gale 1994 (uncertainty sampling); the minimum over objects, since one doubtful box is enough to
    open the image.
    """
    return 1.0 - min(scores)


def lead_of(score: float, top: Sequence[tuple[int, float]], *, box: bool) -> float:
    """Margin 0..1 of the best answer over the next; ``top`` (class, score), best first. Lower = ask sooner.

    For a box the answers are its classes and "nothing there", which is as likely as the box is not.
    Source: Scheffer, Decomain and Wrobel 2001.
    """
    lead = max(0.0, score - (top[1][1] if len(top) > 1 else 0.0))
    return min(lead, abs(2.0 * score - 1.0)) if box else lead


def empty_doubt(best_hidden: float, show: float) -> float:
    """Doubt (0..1, higher = ask sooner) of an image in which nothing reached ``show``; ``best_hidden`` < ``show``.

    Linear from 0.5 (nothing seen at all: a coin, in the middle of the queue) to 1 - show (a near miss), where it
    meets the doubt of an object that has just been shown. Sending all empty images first would open every queue with
    a long run of mere backgrounds; sending them last would hide a model that is blind to a class.
    """
    ceiling = 1.0 - show
    if show <= 0.0:
        return 0.5
    return 0.5 + (ceiling - 0.5) * min(1.0, max(0.0, best_hidden) / show)
