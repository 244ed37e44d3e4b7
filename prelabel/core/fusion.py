"""Brings the guesses of several members of a committee about one picture together.

Boxes by weighted box fusion: Solovyev, Wang and Gabruseva 2021, "Weighted boxes fusion: ensembling boxes from different
object detection models". Every fused box keeps a class vector, which no library does; see DECISIONS.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from annotator.core.geometry import Box, iou
from prelabel.core.confidence import bernoulli_entropy, vector_entropy
from prelabel.core.predictor import MAX_OBJECTS, Guess

SAME_BOX = 0.55  # the paper's


@dataclass
class _Cluster:
    class_index: int
    box: Box
    members: list[Guess] = field(default_factory=list)

    def add(self, guess: Guess) -> None:
        """The mean box, weighted by scores, with one more in it."""
        self.members.append(guess)
        total = math.fsum(one.score for one in self.members) or 1.0
        x1, y1, x2, y2 = (
            math.fsum(one.score * one.bbox[side] for one in self.members if one.bbox is not None) / total
            for side in range(4)
        )
        self.box = (x1, y1, x2, y2)


def fuse_boxes(members: Sequence[Sequence[Guess]], same: float = SAME_BOX, floor: float = 0.0) -> list[Guess]:
    """Fused boxes, best first: mean box weighted by score, mean score times the share of members that saw it.

    Boxes of a class are one object from an IoU above ``same`` with the fused box so far, best scores first.
    ``members``: guesses with boxes of each; results under ``floor`` (0..1) are dropped.
    """
    clusters: list[_Cluster] = []
    found = (guess for guesses in members for guess in guesses if guess.bbox is not None)
    for guess in sorted(found, key=lambda one: -one.score):
        assert guess.bbox is not None
        rivals = [one for one in clusters if one.class_index == guess.class_index]
        best = max(rivals, key=lambda one: iou(one.box, guess.bbox), default=None)  # type: ignore[arg-type]
        if best is None or iou(best.box, guess.bbox) <= same:
            best = _Cluster(guess.class_index, guess.bbox)
            clusters.append(best)
        best.add(guess)
    fused = [_fused(cluster, len(members)) for cluster in clusters]
    return sorted((one for one in fused if one.score >= floor), key=lambda one: -one.score)[:MAX_OBJECTS]


def _fused(cluster: _Cluster, members: int) -> Guess:
    count = len(cluster.members)
    # The paper's equation 6 with its bound: one member that sees an object twice is not two members.
    share = min(members, count) / members / count
    score = min(1.0, share * math.fsum(one.score for one in cluster.members))
    vector: dict[int, float] = {}
    for one in cluster.members:
        for index, value in one.top3:
            vector[index] = vector.get(index, 0.0) + share * value
    vector[cluster.class_index] = score
    top = sorted(vector.items(), key=lambda entry: (-entry[1], entry[0]))[:3]
    return Guess(cluster.box, cluster.class_index, score, tuple(top), bernoulli_entropy(score))


def fuse_classes(members: Sequence[Sequence[Guess]]) -> list[Guess]:
    """One guess of the whole picture from the mean of the members' class vectors; none where no member has any."""
    vectors = [guesses[0].scores for guesses in members if guesses and guesses[0].scores]
    if not vectors:
        return []
    mean = tuple(math.fsum(column) / len(vectors) for column in zip(*vectors, strict=True))
    order = sorted(range(len(mean)), key=lambda index: (-mean[index], index))[:3]
    top = tuple((index, mean[index]) for index in order if mean[index] > 0.0)
    return [Guess(None, order[0], mean[order[0]], top, vector_entropy(mean), scores=mean)]
