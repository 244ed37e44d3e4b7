"""One image judged: the record from which every metric, interval, curve and comparison is computed.

Judging is done once an image; what a bootstrap repeats a thousand times is sums over these records.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from compression.core.judging.matching import (
    ALL_LEVELS,
    AREAS,
    areas_of,
    match_levels,
    match_sized,
    overlaps,
    pair_shown,
)
from compression.core.judging.packing import pack_scores, unpack_scores
from prelabel.core.metric import Box, Scored, Truth

SHOWN_SCORE = 0.25  # the default threshold from which a guess is shown: confusion, calibration, mistakes look at these
SHOWN_IOU = 0.5
_MAX_DETECTIONS = 100  # of one class in an image, the COCO convention


@dataclass(frozen=True)
class Mistake:
    """``kind`` missed | false | wrong (right place, other class); ``bbox`` of the true object where it was missed, else
    of the guess; None for whole images."""

    kind: str
    true: int | None
    guessed: int | None
    score: float | None
    bbox: Box | None

    def to_json(self) -> list[Any]:
        """Plain form, the inverse of :meth:`from_json`."""
        score = None if self.score is None else round(self.score, 4)
        box = None if self.bbox is None else [round(value, 1) for value in self.bbox]
        return [self.kind, self.true, self.guessed, score, box]

    @classmethod
    def from_json(cls, value: Sequence[Any]) -> Mistake:
        """Read the plain form."""
        kind, true, guessed, score, box = value
        return cls(str(kind), true, guessed, score, tuple(box) if box is not None else None)


@dataclass(frozen=True)
class ImageResult:
    """Guesses best first as (class, score, right), and the number of true objects of each class.

    Classification: one true object, guesses are its classes by score. Segmentation: one guess a class, ``right`` where
    most of its labelled pixels are; ``truths`` is 1 for each class that occurs. Elsewhere ``right`` is decided at IoU ≥
    0.5, class-aware, one guess per object.
    ``levels`` a bit mask per guess over the ten COCO thresholds, None in records of schema 1; ``sized`` per size
    ``counted | matched << 10`` for each guess (see ``matching.match_sized``), ``sized_truths`` per size the true
    objects of each class; ``confusion`` sparse (true, guessed, count), class_count = background: objects, images or
    pixels.
    """

    classes: tuple[int, ...]
    scores: tuple[float, ...]
    right: tuple[bool, ...]
    truths: tuple[int, ...]
    item_id: int = 0
    levels: tuple[int, ...] | None = None
    sized: tuple[tuple[int, ...], ...] = ()
    sized_truths: tuple[tuple[int, ...], ...] = ()
    confusion: tuple[tuple[int, int, int], ...] = ()
    mistakes: tuple[Mistake, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain form, the inverse of :meth:`from_json`; what is empty is left out."""
        value: dict[str, Any] = {"truths": list(self.truths)}
        if self._whole():
            value["ranked"] = pack_scores(self.classes, self.scores)
        else:
            value["classes"] = list(self.classes)
            value["scores"] = [round(score, 5) for score in self.scores]
            value["right"] = [int(value) for value in self.right]
            if self.levels is not None:
                value["levels"] = list(self.levels)
        if self.item_id:
            value["item_id"] = self.item_id
        for name in ("sized", "sized_truths", "confusion"):
            if rows := getattr(self, name):
                value[name] = [list(row) for row in rows]
        if self.mistakes:
            value["mistakes"] = [one.to_json() for one in self.mistakes]
        return value

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> ImageResult:
        """Read the plain form of this schema or of those before."""
        if "ranked" in value:
            value = value | _unpacked(value["ranked"], value["truths"])
        rows = {name: tuple(tuple(map(int, row)) for row in value.get(name, ())) for name in ("sized", "sized_truths")}
        return cls(
            tuple(map(int, value["classes"])),
            tuple(map(float, value["scores"])),
            tuple(map(bool, value["right"])),
            tuple(map(int, value["truths"])),
            item_id=int(value.get("item_id", 0)),
            levels=tuple(map(int, value["levels"])) if "levels" in value else None,
            confusion=tuple((int(true), int(guess), int(n)) for true, guess, n in value.get("confusion", ())),
            mistakes=tuple(Mistake.from_json(one) for one in value.get("mistakes", ())),
            **rows,
        )

    def _whole(self) -> bool:
        """Whether the guesses are classes of the whole image: what is right then follows from the true class."""
        return bool(self.classes) and not self.sized and self.levels == _levels(self.classes, self.truths)

    def levels_or_half(self) -> tuple[int, ...]:
        """``levels``; of an old record the one level that it knew."""
        return self.levels if self.levels is not None else tuple(int(right) for right in self.right)


def _levels(classes: Sequence[int], truths: Sequence[int]) -> tuple[int, ...]:
    return tuple(ALL_LEVELS * (truths[index] > 0) for index in classes)


def _unpacked(ranked: str, truths: Sequence[int]) -> dict[str, Any]:
    classes, scores = unpack_scores(ranked)
    levels = _levels(classes, truths)
    return {"classes": classes, "scores": scores, "levels": levels, "right": [bool(one) for one in levels]}


def judge_image(guesses: Sequence[Scored], truths: Sequence[Truth], class_count: int, item_id: int = 0) -> ImageResult:
    """Judge one image as COCO does: best score first, each guess takes the free true box of its class it overlaps most.

    Boxes xyxy px; the best 100 guesses of a class count.
    """
    counts = [0] * class_count
    for truth in truths:
        counts[truth.class_index] += 1
    kept = _best_of_each_class(guesses, class_count)
    found = overlaps(kept, truths)
    labels, true_labels = [guess.class_index for guess in kept], [truth.class_index for truth in truths]
    matched, _ = match_levels(found, labels, true_labels, [False] * len(truths))
    boxed = any(one.bbox is not None for one in kept) or any(one.bbox is not None for one in truths)
    areas, true_areas = areas_of(kept), areas_of(truths)
    confusion, mistakes = _confusion(kept, truths, class_count, found) if boxed else _plain(kept, truths, class_count)
    return ImageResult(
        tuple(labels),
        tuple(float(guess.score) for guess in kept),
        tuple(bool(levels & 1) for levels in matched),
        tuple(counts),
        item_id=item_id,
        levels=tuple(matched),
        sized=tuple(map(tuple, match_sized(found, labels, areas, true_labels, true_areas))) if boxed else (),
        sized_truths=_sized_counts(true_labels, true_areas, class_count) if boxed else (),
        confusion=confusion,
        mistakes=mistakes,
    )


def judge_pixels(
    confusion: Iterable[tuple[int, int, int]],
    class_count: int,
    item_id: int = 0,
    scores: Sequence[tuple[int, float]] = (),
) -> ImageResult:
    """A segmented image from its sparse pixel counts (true class, guessed class, pixels), unlabelled ones left out.

    ``scores`` (class, score) of the guessed masks, one a class.
    """
    rows = tuple((int(true), int(guess), int(n)) for true, guess, n in confusion if n)
    occurring = {true for true, _, _ in rows}
    truths = tuple(int(index in occurring) for index in range(class_count))
    classes = tuple(index for index, _ in scores)
    pixels = guessed_pixels(rows)
    right = tuple(2 * hits > n for hits, n in (pixels.get(index, (0, 0)) for index in classes))
    return ImageResult(
        classes, tuple(float(score) for _, score in scores), right, truths, item_id=item_id, levels=(), confusion=rows
    )


def guessed_pixels(confusion: Iterable[tuple[int, int, int]]) -> dict[int, tuple[int, int]]:
    """Guessed class → (right pixels, labelled pixels) of sparse pixel counts."""
    found: dict[int, tuple[int, int]] = {}
    for true, guess, n in confusion:
        hits, pixels = found.get(guess, (0, 0))
        found[guess] = (hits + n * (true == guess), pixels + n)
    return found


def _best_of_each_class(guesses: Sequence[Scored], class_count: int) -> list[Scored]:
    kept: list[Scored] = []
    seen = [0] * class_count
    for guess in sorted(guesses, key=lambda guess: -guess.score):
        if seen[guess.class_index] < _MAX_DETECTIONS:
            seen[guess.class_index] += 1
            kept.append(guess)
    return kept


def _sized_counts(labels: Sequence[int], areas: Sequence[float], class_count: int) -> tuple[tuple[int, ...], ...]:
    counts = [[0] * class_count for _ in AREAS]
    for row, (low, high) in zip(counts, AREAS.values(), strict=True):
        for label, area in zip(labels, areas, strict=True):
            row[label] += low <= area <= high
    return tuple(map(tuple, counts))


def _confusion(
    kept: Sequence[Scored], truths: Sequence[Truth], background: int, found: Any
) -> tuple[tuple[tuple[int, int, int], ...], tuple[Mistake, ...]]:
    counts: dict[tuple[int, int], int] = {}
    mistakes = []
    for row, column in pair_shown(found, kept, truths, SHOWN_SCORE, SHOWN_IOU):
        guess = kept[row] if row is not None else None
        true = truths[column].class_index if column is not None else None
        guessed = guess.class_index if guess else None
        cell = (background if true is None else true, background if guessed is None else guessed)
        counts[cell] = counts.get(cell, 0) + 1
        if true == guessed:
            continue
        kind = "missed" if guess is None else "false" if true is None else "wrong"
        box = guess.bbox if guess else truths[column or 0].bbox
        mistakes.append(Mistake(kind, true, guessed, float(guess.score) if guess else None, box))
    return tuple((true, guess, n) for (true, guess), n in sorted(counts.items())), tuple(mistakes)


def _plain(
    kept: Sequence[Scored], truths: Sequence[Truth], background: int
) -> tuple[tuple[tuple[int, int, int], ...], tuple[Mistake, ...]]:
    """Whole images: the best guess against the class; an image without a class does not count."""
    if not truths:
        return (), ()
    true, guessed = truths[0].class_index, kept[0].class_index if kept else None
    cell = ((true, background if guessed is None else guessed, 1),)
    if true == guessed:
        return cell, ()
    kind = "missed" if guessed is None else "wrong"
    return cell, (Mistake(kind, true, guessed, float(kept[0].score) if kept else None, None),)
