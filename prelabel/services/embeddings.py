"""Stores what a variant's features say of items, and lets go of what is no longer compared."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db import transaction

from annotator.core.errors import NotFound
from annotator.core.geometry import Box
from prelabel.models import Embedding, ModelVariant

MOST_BYTES = 4096
Vote = tuple[int, float, Box | None]  # class index of the variant, score, box in picture px


@dataclass(frozen=True)
class Features:
    """``vector`` a packed unit vector or empty, ``length`` before it was scaled, ``flags`` of the picture, ``votes`` of
    the members of a committee."""

    vector: bytes
    length: float
    flags: tuple[str, ...] = ()
    votes: tuple[tuple[Vote, ...], ...] = ()


@transaction.atomic
def store_embeddings(*, variant: ModelVariant, features: Mapping[int, Features]) -> int:
    """Keep the features of items (by id) that have none by this variant yet. Raises ValueError for one too large."""
    if any(len(one.vector) > MOST_BYTES for one in features.values()):
        raise ValueError(f"an embedding has more than {MOST_BYTES} bytes")
    if not ModelVariant.objects.filter(pk=variant.pk).exists():
        raise NotFound("there is no such variant any more")
    rows = [
        Embedding(
            item_id=item_id, variant=variant, vector=one.vector, length=one.length, flags=list(one.flags),
            votes=[[_stored(vote) for vote in member] for member in one.votes],
        )
        for item_id, one in features.items()
    ]  # fmt: skip
    Embedding.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    return len(rows)


@transaction.atomic
def drop_embeddings(*, project_id: int, keep: Collection[int]) -> int:
    """Delete those of all variants but ``keep``: what is deployed, and what a rollback would deploy."""
    deleted, _ = Embedding.objects.filter(item__project_id=project_id).exclude(variant_id__in=keep).delete()
    return deleted


def _stored(vote: Vote) -> list[object]:
    index, score, box = vote
    return [index, round(score, 4), None if box is None else [round(side, 1) for side in box]]
