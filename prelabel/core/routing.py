"""Who decides about an image: the machine alone, or a person. Standard library only."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from prelabel.core.confidence import empty_doubt, least_confidence

CERTAIN, UNCERTAIN, EMPTY, TEST_ITEM = "certain", "uncertain", "empty", "test_item"
NEVER = 2.0  # an accept threshold that no score reaches


@dataclass(frozen=True)
class Thresholds:
    """Inclusive score limits 0..1 of a project; ``per_class`` maps class id to its own (show, accept)."""

    show: float
    accept: float
    per_class: Mapping[int, tuple[float, float]] = field(default_factory=dict)

    def of(self, class_id: int) -> tuple[float, float]:
        """(show, accept) that hold for a class."""
        return self.per_class.get(class_id, (self.show, self.accept))


@dataclass(frozen=True)
class Route:
    """One image's decision: ``confidence`` = lowest shown score or None; ``uncertainty`` 0..1, higher = ask sooner."""

    auto: bool
    reason: str
    confidence: float | None
    uncertainty: float
    shown: int
    certain: int


def route(document: Mapping[str, Any], thresholds: Thresholds, split: str) -> Route:
    """Route one prediction document.

    The machine decides alone only when at least one object is shown and every shown one is accepted, and never on the
    test split. Both thresholds are inclusive. Objects under ``show`` count nowhere. Its place in the queue is by its
    own doubt until a strategy has put all that waits in order.
    """
    shown: list[float] = []
    certain, best_hidden = 0, 0.0
    for entry in document["objects"]:
        show, accept = thresholds.of(entry["class_id"])
        score = float(entry["score"])
        if score >= show:
            shown.append(score)
            certain += score >= accept
        else:
            best_hidden = max(best_hidden, score)
    uncertainty = least_confidence(shown) if shown else empty_doubt(best_hidden, thresholds.show)
    confidence = min(shown) if shown else None
    if not shown:
        reason = EMPTY
    elif certain < len(shown):
        reason = UNCERTAIN
    else:
        reason = TEST_ITEM if split == "test" else CERTAIN
    return Route(reason == CERTAIN, reason, confidence, uncertainty, len(shown), certain)


def shown_objects(document: Mapping[str, Any], thresholds: Thresholds) -> list[Mapping[str, Any]]:
    """Objects at or above the show threshold of their class, in document order."""
    return [entry for entry in document["objects"] if float(entry["score"]) >= thresholds.of(entry["class_id"])[0]]


def is_spot_check(sha256: str, rate: float, salt: str = "") -> bool:
    """Whether an auto-accepted image goes to a person as well; the same answer for the same bytes and salt.

    ``rate`` 0..1 is the expected share. A hash instead of a random draw: re-running a job picks the same images.
    """
    return _share(f"spot-check:{salt}:{sha256}") < rate


def spot_priority(sha256: str, salt: str = "") -> float:
    """Queue priority 0.5..1 of a spot check: spread over the more doubtful half of the queue.

    By its own doubt a certain image would come last, in a long queue never, and a threshold gone bad would stay unseen;
    all of them first would tell people which images are checks.
    """
    return 0.5 + 0.5 * _share(f"spot-priority:{salt}:{sha256}")


def _share(text: str) -> float:
    """A number 0..1 (1 excluded), uniform over texts."""
    return (int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 11) / 2**53
