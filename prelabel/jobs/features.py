"""Features of items that strategies compare: taken along while predicting, and made up for where they are missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from annotator import storage
from annotator.core.errors import BadPicture, NotFound
from annotator.jobs.context import RunContext
from annotator.models import Item, Prediction
from annotator.models.items import ItemState
from prelabel.core.committee import Committee
from prelabel.core.embedding import pack, unit
from prelabel.core.picture_flags import picture_flags
from prelabel.core.predictor import Guess, Predictor
from prelabel.models import Deployment, Embedding
from prelabel.services.embeddings import Features, drop_embeddings, store_embeddings

BATCH = 64


@dataclass(frozen=True)
class Looked:
    """What one look at a picture gave."""

    guesses: list[Guess]
    features: Features


def look_at(predictor: Predictor, sha256: str) -> Looked:
    """Read, guess and describe one picture. Raises BadPicture, NotFound."""
    picture = predictor.decode(storage.blob_path(sha256), settings.MAX_PIXELS)
    if isinstance(predictor, Committee):
        guesses, vector, members = predictor.look_with_votes(picture)
    else:
        guesses, vector = predictor.look(picture)
        members = []
    flags, votes = picture_flags(picture.pixels), tuple(tuple(member) for member in members)
    if vector is None:
        return Looked(guesses, Features(b"", 0.0, flags, votes))
    direction, length = unit(vector)
    return Looked(guesses, Features(pack(direction) if length else b"", length, flags, votes))


def describe_missing(context: RunContext, deployment: Deployment, load: Callable[[], Predictor], threads: int) -> int:
    """Describe what was guessed or reviewed before this variant, and drop what no deployment compares any more.

    What a training learns from counts too: how far a picture is from that is what strategies ask.
    """
    kept = {deployment.variant_id}
    if deployment.previous is not None:
        kept.add(deployment.previous.variant_id)
    drop_embeddings(project_id=deployment.project_id, keep=kept)
    missing = _missing(deployment)
    total = missing.count()
    if total == 0:
        return 0
    predictor, done = load(), 0
    context.progress(0, total, stage="describe")
    with ThreadPoolExecutor(threads, thread_name_prefix="describe") as pool:
        for batch in _batches(missing):
            features = dict(pool.map(lambda item: (item.pk, _described(predictor, item.blob)), batch))
            store_embeddings(variant=deployment.variant, features=features)
            done += len(batch)
            context.progress(done, total, stage="describe")
    return done


def _missing(deployment: Deployment) -> QuerySet[Item]:
    guessed = Exists(Prediction.objects.filter(item=OuterRef("pk"), source=deployment.source_id))
    described = Exists(Embedding.objects.filter(item=OuterRef("pk"), variant=deployment.variant_id))
    items = Item.objects.filter(project_id=deployment.project_id, media_type="image", split="train")
    return items.filter(Q(guessed) | Q(state=ItemState.REVIEWED)).exclude(described)


def _batches(missing: QuerySet[Item]) -> Iterator[list[Item]]:
    last = 0
    while batch := list(missing.filter(pk__gt=last).order_by("pk")[:BATCH]):
        yield batch
        last = batch[-1].pk


def _described(predictor: Predictor, sha256: str) -> Features:
    """Features, empty ones for what cannot be read: it was reported when it was to be predicted."""
    try:
        return look_at(predictor, sha256).features
    except (BadPicture, NotFound):
        return Features(b"", 0.0)
