"""What may be labelled together with what it looks like, and what a search for it found. Vectors stay bytes here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from annotator.core.errors import NotFound
from annotator.models import Draft, Item, Prediction, Project, QueueEntry, Run, Suggestion
from annotator.models.items import ItemState
from annotator.selectors.items import with_urls
from annotator.selectors.predictions import guesses_of_item, shown_by
from annotator.selectors.runs import run_outlook
from prelabel.models import Embedding

KIND = "find_similar"
# Of what a search needs: a class for each picture or for each box.
TASK_TYPES = ("image_classification", "object_detection")
PICTURES = TASK_TYPES[0]
ITEM_FIELDS = ("id", "name", "width", "height", "state")
RESULT = "rows"  # key of the checkpoint that holds what was found; the run's result stays short


def waiting_alike(project: Project) -> QuerySet[QueueEntry]:
    """What waits and may be labelled by its likeness: pictures to learn from that nobody has begun or has open.

    What measures (val, test) is left to be looked at one by one: labelled by the model's own features, it would flatter
    the model.
    """
    now = timezone.now()
    free = QueueEntry.objects.filter(project=project, done=False).filter(
        Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    )
    waiting = free.filter(item__state=ItemState.QUEUED, item__split="train")
    waiting = waiting.exclude(Exists(Draft.objects.filter(item=OuterRef("item"))))
    if project.task_type != PICTURES:
        return waiting
    opinion = Suggestion.objects.filter(item=OuterRef("item"), state=Suggestion.State.OPEN)
    return waiting.filter(guess_class__isnull=False).exclude(Exists(opinion))


def features_alike(project: Project, variant_id: int, without: int) -> Iterator[tuple[int, bytes]]:
    """(item, vector) of all that may be labelled by its likeness, but the item itself."""
    waiting = waiting_alike(project).exclude(item_id=without).order_by().values("item_id")
    found = Embedding.objects.filter(variant_id=variant_id, item__in=waiting).exclude(vector=b"")
    for item_id, vector in found.values_list("item_id", "vector").iterator():
        yield item_id, bytes(vector)


def feature_of(item_id: int, variant_id: int) -> bytes:
    """The item's vector, empty where it has none."""
    found = Embedding.objects.filter(item_id=item_id, variant_id=variant_id).values_list("vector", flat=True).first()
    return bytes(found) if found else b""


@dataclass(frozen=True)
class Guessed:
    """An item and its shown guesses."""

    item: Item
    prediction: Prediction
    objects: list[dict[str, Any]]


def guessed_objects(project: Project, item_ids: Sequence[int]) -> dict[int, Guessed]:
    """The shown objects of each item's current guess, by item; items without a guess are left out."""
    shown = shown_by(project)
    current = guesses_of_item(project.active_source_id).values("pk")[:1]
    entries = QueueEntry.objects.filter(item_id__in=item_ids).annotate(current=current).select_related("item")
    rows = {entry.current: entry.item for entry in entries}
    return {
        rows[guess.pk].pk: Guessed(rows[guess.pk], guess, shown(guess)["objects"])
        for guess in Prediction.objects.filter(pk__in=[pk for pk in rows if pk is not None])
    }


def search_of(project_id: int, run_id: int) -> Run:
    """The run of a search. Raises NotFound."""
    found = Run.objects.filter(pk=run_id, project_id=project_id, kind=KIND).select_related("created_by").first()
    if found is None:
        raise NotFound("there is no such search in this project")
    return found


def search_told(run: Run) -> dict[str, Any]:
    """How far a search is, and what it found, best first; ``waiting`` is false for what was decided meanwhile."""
    rows = run.checkpoint.get(RESULT) or []
    ids = {row["item_id"] for row in rows}
    items = {row["id"]: with_urls(row) for row in Item.objects.filter(pk__in=ids).values(*ITEM_FIELDS)}
    waiting = set(waiting_alike(run.project).filter(item_id__in=ids).values_list("item_id", flat=True))
    results = [
        {key: row[key] for key in ("object", "score", "bbox", "class_id")}
        | {"item": items[row["item_id"]], "waiting": row["item_id"] in waiting}
        for row in rows
        if row["item_id"] in items
    ]
    return {"run": run_outlook(run), "results": results}
