"""Where the last models, or several views of the picture by one model, disagree comes first."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

from annotator.core.geometry import iou
from prelabel.core.pool import RULES, Candidate, Floats, Pool, Seen
from prelabel.core.strategy import Scoring, Why

SAME_BOX = 0.5


class Committee(Scoring):
    """Vote entropy, as a share of the highest that so many members can give.

    Each member votes for one class of each object; who did not see it votes for "nothing there".
    Source: Dagan and Engelson 1995, "Committee-Based Sampling for Training Probabilistic Classifiers".
    """

    def score(self, pool: Pool) -> Floats:
        """Higher = ask sooner; -inf where fewer than two have looked."""
        return np.array([_disagreement(one, pool.rule) for one in pool.candidates], dtype=np.float32)

    def why(self, pool: Pool, index: int, score: float) -> Why:
        """How many models, or views, were asked."""
        one = pool.candidates[index]
        code, members = ("disagree_views", "views") if one.views else ("disagree", "models")
        return {"code": code, members: len(one.members), "share": round(score, 3)}


def _disagreement(candidate: Candidate, rule: str) -> float:
    if len(candidate.members) < 2:
        return -math.inf
    most = math.log(len(candidate.members))
    found = [_vote_entropy(votes) / most for votes in ballots(candidate.members)]
    return RULES[rule](found) if found else 0.0


def ballots(members: Sequence[Sequence[Seen]]) -> list[list[int | None]]:
    """One list of votes (class id, None = saw nothing) for each object that any member saw, one vote a member."""
    objects: list[tuple[Seen, list[int | None]]] = []
    for number, seen in enumerate(members):
        free = list(objects)
        for one in seen:
            same = max(free, key=lambda other: _likeness(one, other[0]), default=None)
            if same is None or _likeness(one, same[0]) < SAME_BOX:
                objects.append((one, [None] * len(members)))
                same = objects[-1]
            else:
                free.remove(same)
            same[1][number] = one.class_id
    return [votes for _, votes in objects]


def _likeness(one: Seen, other: Seen) -> float:
    return 1.0 if one.bbox is None or other.bbox is None else iou(one.bbox, other.bbox)


def _vote_entropy(votes: Sequence[int | None]) -> float:
    return -math.fsum(n / len(votes) * math.log(n / len(votes)) for n in Counter(votes).values())
