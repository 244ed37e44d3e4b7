"""Stores what a variant's features say of items, and lets go of what is no longer compared."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db import transaction

from annotator.core.errors import NotFound
from prelabel.models import Embedding, ModelVariant

MOST_BYTES = 4096


@dataclass(frozen=True)
class Features:
    """``vector`` a packed unit vector or empty, ``length`` before it was scaled, ``flags`` of the picture."""

    vector: bytes
    length: float
    flags: tuple[str, ...] = ()


@transaction.atomic
def store_embeddings(*, variant: ModelVariant, features: Mapping[int, Features]) -> int:
    """Keep the features of items (by id) that have none by this variant yet. Raises ValueError for one too large."""
    if any(len(one.vector) > MOST_BYTES for one in features.values()):
        raise ValueError(f"an embedding has more than {MOST_BYTES} bytes")
    if not ModelVariant.objects.filter(pk=variant.pk).exists():
        raise NotFound("there is no such variant any more")
    rows = [
        Embedding(item_id=item_id, variant=variant, vector=one.vector, length=one.length, flags=list(one.flags))
        for item_id, one in features.items()
    ]
    Embedding.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    return len(rows)


@transaction.atomic
def drop_embeddings(*, project_id: int, keep: Collection[int]) -> int:
    """Delete those of all variants but ``keep``: what is deployed, and what a rollback would deploy."""
    deleted, _ = Embedding.objects.filter(item__project_id=project_id).exclude(variant_id__in=keep).delete()
    return deleted
