"""Reviewed pictures in which a class seems to have been left out: nobody marked it there, and the model is sure of it.

Right guesses count as wrong in such a picture. A few of them, always with the highest scores, are enough to keep a
threshold from being found, however good the model is. Standard library only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from prelabel.core.calibration import Outcome, precision_curve

# All four must hold, so that a model that sees things is not excused: the class is in nearly every picture, this one
# has none of it, and the model sees several, each with a score that is mostly right elsewhere.
FEWEST_PICTURES = 20
USUAL = 0.9  # share of the pictures that have the class
SEVERAL = 3
MOSTLY = 0.8


class LeftOut(NamedTuple):
    """A class that seems to be missing from a picture's labels, and how many ``guesses`` say so."""

    picture: int
    class_index: int
    guesses: int


def find_left_out(outcomes: Iterable[Outcome], marked: Sequence[Collection[int]]) -> list[LeftOut]:
    """Classes that people left out of pictures, in the order of the pictures.

    ``marked``: for each picture the classes of which it has at least one true object.
    """
    if len(marked) < FEWEST_PICTURES:
        return []
    frequent = Counter(index for classes in marked for index in set(classes))
    usual = {index for index, n in frequent.items() if USUAL * len(marked) <= n < len(marked)}
    found: list[LeftOut] = []
    guesses = [one for one in outcomes if one.class_index in usual]
    for index in usual:
        own = [one for one in guesses if one.class_index == index]
        sure_from = _sure_from([one for one in own if index in marked[one.picture]])
        if sure_from is None:
            continue
        said = Counter(one.picture for one in own if index not in marked[one.picture] and one.score >= sure_from)
        found += [LeftOut(picture, index, n) for picture, n in said.items() if n >= SEVERAL]
    return sorted(found)


def _sure_from(elsewhere: Sequence[Outcome]) -> float | None:
    """The lowest score from which guesses in pictures that have the class are mostly right."""
    points = precision_curve((one.score, one.right) for one in elsewhere)
    return min((one.threshold for one in points if one.precision >= MOSTLY), default=None)
