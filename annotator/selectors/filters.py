"""The closed list of what items may be filtered by, read from the words of an address or of a run's parameters."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from annotator.core.errors import Unprocessable
from annotator.models import Item, Postponement, QueueEntry
from annotator.models.items import ItemState, Split
from annotator.models.queue import QueueReason

# The words of a filter, as addresses and runs carry them; a list has commas between.
WORDS = ("state", "split", "class", "dataset", "q", "score", "reason", "problem", "holder", "postponed")
NO_GUESS = "none"
MOST_TEXT, MOST_ID = 200, 2**62


@dataclass(frozen=True)
class ScoreRange:
    """Lowest shown scores from ``low`` (inclusive) to below ``high``; 1 itself belongs to a range that ends there."""

    low: float
    high: float

    def condition(self) -> Q:
        """For a query over items; one without a guess is in no range."""
        top = Q(confidence__lte=1.0) if self.high >= 1.0 else Q(confidence__lt=self.high)
        return Q(confidence__gte=self.low) & top


@dataclass(frozen=True)
class ItemFilter:
    """What all of an item must be; ``guess`` False = nothing was shown by a guess, so that there is no score."""

    states: tuple[str, ...] = ()
    splits: tuple[str, ...] = ()
    class_id: int | None = None
    dataset_id: int | None = None
    q: str | None = None
    score: ScoreRange | None = None
    guess: bool | None = None
    reasons: tuple[str, ...] = ()
    problem: str | None = None
    holder_id: int | None = None
    postponed: bool = False

    @property
    def of_the_queue(self) -> bool:
        """Only items that wait for people, or that somebody has opened, can fit."""
        return bool(self.reasons or self.holder_id is not None or self.postponed)

    def apply(self, items: QuerySet[Item], *, scores: bool = True) -> QuerySet[Item]:
        """The items that fit; ``scores`` False leaves the score out, as a histogram of scores does."""
        wanted = Q()
        if self.states:
            wanted &= Q(state__in=self.states)
        if self.splits:
            wanted &= Q(split__in=self.splits)
        if self.class_id is not None:
            wanted &= Q(class_counts__has_key=str(self.class_id))
        if self.dataset_id is not None:
            wanted &= Q(dataset_id=self.dataset_id)
        if self.q:
            wanted &= Q(name__icontains=self.q)
        if self.problem:
            wanted &= Q(state=ItemState.PROBLEM, problem__icontains=self.problem)
        if self.of_the_queue:
            wanted &= self._waits()
        return items.filter(wanted & self.score_condition()) if scores else items.filter(wanted)

    def score_condition(self) -> Q:
        """What the score must be."""
        if self.guess is False:
            return Q(confidence__isnull=True)
        return self.score.condition() if self.score else Q()

    def _waits(self) -> Q:
        entries = QueueEntry.objects.filter(item=OuterRef("pk"))
        if self.reasons or self.postponed:
            entries = entries.filter(done=False)
        if self.reasons:
            entries = entries.filter(reason__in=self.reasons)
        if self.holder_id is not None:
            entries = entries.filter(lease_user_id=self.holder_id, lease_until__gte=timezone.now())
        if self.postponed:
            entries = entries.filter(Exists(Postponement.objects.filter(entry=OuterRef("pk"))))
        return Q(Exists(entries))


def read_filter(given: Mapping[str, Any]) -> ItemFilter:
    """The filter that these words mean; absent and empty ones leave it open. Raises Unprocessable with the field."""
    score, guess = _score(_text(given, "score"))
    return ItemFilter(
        states=_some_of(given, "state", ItemState.values),
        splits=_some_of(given, "split", Split.values),
        class_id=_id(given, "class"),
        dataset_id=_id(given, "dataset"),
        q=_text(given, "q"),
        score=score,
        guess=guess,
        reasons=_some_of(given, "reason", QueueReason.values),
        problem=_text(given, "problem"),
        holder_id=_id(given, "holder"),
        postponed=bool(_some_of(given, "postponed", ["1"])),
    )


def _text(given: Mapping[str, Any], name: str) -> str | None:
    value = given.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or "\x00" in value or len(value) > MOST_TEXT:
        raise Unprocessable(f"{name} must be a text of at most {MOST_TEXT} characters without NUL", field=name)
    return value


def _id(given: Mapping[str, Any], name: str) -> int | None:
    value = _text(given, name)
    if value is None:
        return None
    if not (value.isascii() and value.isdecimal() and len(value) <= 19 and int(value) <= MOST_ID):
        raise Unprocessable(f"{name} must be a whole number from 0 to {MOST_ID}", field=name)
    return int(value) or None


def _some_of(given: Mapping[str, Any], name: str, choices: list[str]) -> tuple[str, ...]:
    chosen = tuple(one for one in (_text(given, name) or "").split(",") if one)
    if not set(chosen) <= set(choices):
        raise Unprocessable(f"{name} must be of {', '.join(choices)}", field=name)
    return chosen


def _score(value: str | None) -> tuple[ScoreRange | None, bool | None]:
    """``0.2..0.6``, or ``none`` for items without a guess."""
    if value is None:
        return None, None
    if value == NO_GUESS:
        return None, False
    low, dots, high = value.partition("..")
    ends = [_share(low), _share(high)]
    if not dots or ends[0] is None or ends[1] is None or ends[0] >= ends[1]:
        raise Unprocessable(
            "score must be two numbers from 0 to 1, the lower one first, as in 0.2..0.6; "
            f"or {NO_GUESS} for items without a guess",
            field="score",
        )
    return ScoreRange(ends[0], ends[1]), None


def _share(value: str) -> float | None:
    try:
        number = float(value) if value.isascii() else math.nan
    except ValueError:
        return None
    return number if 0.0 <= number <= 1.0 else None
