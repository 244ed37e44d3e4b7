"""The reviewer's place taken by the ground truth: what a person would have to do to a pre-labelled picture, counted.

One-to-one matching, best scores first, at IoU ≥ 0.5 whatever the class. A true box without a guess is drawn (1), a
shown guess without a true box is deleted (1), a wrong class is changed (1), a box under IoU 0.75 is adjusted (1).
Without any pre-labels every true box would be drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from typing import Any

from annotator.core.geometry import Box, match_greedy

MATCH_IOU = 0.5
GOOD_IOU = 0.75


@dataclass(frozen=True)
class Thing:
    """One true object; ``bbox`` xyxy pixels."""

    bbox: Box
    class_id: int


@dataclass(frozen=True)
class Pair:
    """A shown guess and the true object it stands for."""

    guess: dict[str, Any]
    truth: Thing
    iou: float

    @property
    def wrong_class(self) -> bool:
        return bool(self.guess["class_id"] != self.truth.class_id)

    @property
    def loose(self) -> bool:
        """The box is too far off to be left as it is."""
        return self.iou < GOOD_IOU

    @property
    def kept(self) -> bool:
        """Nothing about it needs a hand."""
        return not self.wrong_class and not self.loose


@dataclass(frozen=True)
class Comparison:
    """What was shown for one picture against what is on it."""

    pairs: tuple[Pair, ...]
    extra: tuple[dict[str, Any], ...]
    missing: tuple[Thing, ...]


@dataclass(frozen=True)
class Effort:
    """Actions of a person. ``accepts`` are keys on guesses kept as they are; they are no edits and reported apart."""

    draws: int = 0
    deletes: int = 0
    relabels: int = 0
    adjusts: int = 0
    accepts: int = 0
    from_nothing: int = 0

    @property
    def edits(self) -> int:
        return self.draws + self.deletes + self.relabels + self.adjusts

    def __add__(self, other: Effort) -> Effort:
        return Effort(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))


def shown_of(objects: Iterable[dict[str, Any]], show: float) -> list[dict[str, Any]]:
    """The predicted objects that a person gets to see (score ≥ ``show``), best first."""
    return sorted((one for one in objects if one["score"] >= show), key=lambda one: -one["score"])


def compare(shown: Sequence[dict[str, Any]], truths: Sequence[Thing]) -> Comparison:
    """Match shown guesses, best first, with true objects."""
    matches = match_greedy(
        [(tuple(one["bbox"]), one["class_id"]) for one in shown],
        [(one.bbox, one.class_id) for one in truths],
        MATCH_IOU,
        class_aware=False,
    )
    used, found = {guess for guess, _, _ in matches}, {truth for _, truth, _ in matches}
    return Comparison(
        pairs=tuple(Pair(shown[guess], truths[truth], iou) for guess, truth, iou in matches),
        extra=tuple(one for index, one in enumerate(shown) if index not in used),
        missing=tuple(one for index, one in enumerate(truths) if index not in found),
    )


def effort_of(comparison: Comparison, accept: float) -> Effort:
    """Count the actions; guesses that reach ``accept`` come accepted already and need no key."""
    pairs = comparison.pairs
    return Effort(
        draws=len(comparison.missing),
        deletes=len(comparison.extra),
        relabels=sum(pair.wrong_class for pair in pairs),
        adjusts=sum(pair.loose for pair in pairs),
        accepts=sum(pair.kept and pair.guess["score"] < accept for pair in pairs),
        from_nothing=len(pairs) + len(comparison.missing),
    )


def answer(comparison: Comparison) -> dict[str, Any]:
    """The annotation document that these very actions leave behind.

    A box that needed no adjusting stays as it was guessed: the oracle does no work that was not counted.
    """
    objects = [
        {
            "id": pair.guess["id"],
            "bbox": list(pair.truth.bbox if pair.loose else pair.guess["bbox"]),
            "class_id": pair.truth.class_id,
            "origin": "accepted" if pair.kept else "edited",
            "prediction_id": pair.guess["id"],
        }
        for pair in comparison.pairs
    ]
    objects += [
        {
            "id": f"m-{index}",
            "bbox": list(one.bbox),
            "class_id": one.class_id,
            "origin": "manual",
            "prediction_id": None,
        }
        for index, one in enumerate(comparison.missing, start=1)
    ]
    return {"objects": objects}


@dataclass(frozen=True)
class Hits:
    """How many accepted objects there are, how many of them are right, and how many true objects there were."""

    right: int = 0
    accepted: int = 0
    true: int = 0

    def __add__(self, other: Hits) -> Hits:
        return Hits(self.right + other.right, self.accepted + other.accepted, self.true + other.true)

    @property
    def precision(self) -> float | None:
        return self.right / self.accepted if self.accepted else None

    @property
    def recall(self) -> float | None:
        return self.right / self.true if self.true else None


def hits_of(objects: Sequence[dict[str, Any]], truths: Sequence[Thing]) -> Hits:
    """Objects that were accepted without a person, against the truth: same class and IoU ≥ 0.5, one to one."""
    matches = match_greedy(
        [(tuple(one["bbox"]), one["class_id"]) for one in objects],
        [(one.bbox, one.class_id) for one in truths],
        MATCH_IOU,
    )
    return Hits(right=len(matches), accepted=len(objects), true=len(truths))
