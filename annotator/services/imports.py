"""Writes what an import brings: classes, items, truths and guesses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from annotator.core.errors import TooLarge
from annotator.core.importing import ClassTable
from annotator.core.tasktypes import TASK_TYPES
from annotator.models import Annotation, Dataset, Item, LabelClass, Prediction, PredictionSource, Project, User
from annotator.models.items import ItemState
from annotator.services import audit, labels, queue
from annotator.services.annotations import append_annotation
from annotator.services.queue import Waiting

MAX_CLASSES = 2000
MAX_NAME = 120
# In the middle of the queue: nobody guessed anything yet, or guessed that there is nothing.
EMPTY_PRIORITY = 0.5


@dataclass(frozen=True)
class ImportTarget:
    """Where a run's pictures go; ``source`` is set when its labels are guesses."""

    project: Project
    dataset: Dataset
    source: PredictionSource | None = None


@dataclass(frozen=True)
class Incoming:
    """A decoded picture in the storage; ``document`` is its truth or its guess, None without either.

    ``dhash`` is unsigned; ``twin_path`` names a near-duplicate within the same batch, ``twin_id`` one stored before.
    """

    name: str
    path: str
    sha256: str
    blob: str
    thumbnail: str
    width: int
    height: int
    dhash: int
    split: str
    document: dict[str, Any] | None = None
    twin_id: int | None = None
    twin_path: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)


def signed_hash(dhash: int) -> int:
    """A 64-bit hash as the signed number that a database column holds."""
    return dhash - 2**64 if dhash >= 2**63 else dhash


def unsigned_hash(stored: int) -> int:
    """The hash that ``signed_hash`` stored."""
    return stored % 2**64


@transaction.atomic
def prepare_target(
    *, actor: User | None, project: Project, dataset: str, guesses_of: str | None = None
) -> ImportTarget:
    """The dataset of this name, made if missing; ``guesses_of`` names the run whose labels are guesses."""
    into, _ = Dataset.objects.get_or_create(project=project, name=dataset)
    source = None
    if guesses_of is not None:
        source, _ = PredictionSource.objects.get_or_create(
            project=project,
            kind=PredictionSource.Kind.IMPORT,
            reference=guesses_of,
            defaults={"name": dataset},
        )
    return ImportTarget(project, into, source)


@transaction.atomic
def prepare_classes(*, actor: User | None, project: Project, names: list[str]) -> list[str]:
    """Make the classes of these names that are missing; returns those made. Raises TooLarge."""
    missing = [name for name in class_table(project).missing(names) if 0 < len(name) <= MAX_NAME]
    if len(missing) > MAX_CLASSES:
        raise TooLarge(f"the source has {len(missing)} classes; the limit is {MAX_CLASSES}", limit=MAX_CLASSES)
    labels.ensure_labels(actor=actor, project=project, names=missing)
    return missing


def class_table(project: Project) -> ClassTable:
    """The project's classes by name, archived ones left out."""
    rows = LabelClass.objects.filter(project=project, archived=False).values_list("name", "pk")
    return ClassTable(dict(rows))


@transaction.atomic
def store_items(*, actor: User | None, target: ImportTarget, incoming: list[Incoming]) -> dict[str, int]:
    """Insert new items with their truths or guesses and queue the rest; returns path → item id.

    A picture that the project has by now (another import was faster) is left out. Truths make an item reviewed.
    """
    project = target.project
    # One writer at a time: two imports of the same pictures must not race for the same sha256.
    Project.objects.select_for_update().get(pk=project.pk)
    taken = set(
        Item.objects.filter(project=project, source_sha256__in=[one.sha256 for one in incoming]).values_list(
            "source_sha256", flat=True
        )
    )
    fresh = [one for one in incoming if one.sha256 not in taken]
    items = Item.objects.bulk_create([_row(target, one) for one in fresh], batch_size=500)
    ids = {one.path: item.pk for one, item in zip(fresh, items, strict=True)}
    _link_twins(fresh, items, ids)
    pairs = [(item, one.document) for item, one in zip(items, fresh, strict=True) if one.document is not None]
    if target.source is None:
        _add_truths(actor, pairs)
    else:
        _add_guesses(target.source, pairs)
    documents = {} if target.source is None else {item.pk: document for item, document in pairs}
    waiting = [_waiting(item, documents.get(item.pk)) for item in items if item.state == ItemState.QUEUED]
    queue.enqueue_items(project_id=project.pk, waiting=waiting)
    after = {"dataset": target.dataset.name, "items": len(items), "labelled": len(pairs)}
    audit.record(actor=actor, verb="items.import", target=target.dataset, project_id=project.pk, after=after)
    return ids


def _row(target: ImportTarget, one: Incoming) -> Item:
    truth = one.document if target.source is None else None
    counts = TASK_TYPES[target.project.task_type].class_counts(truth) if truth is not None else {}
    item = Item(
        project=target.project,
        dataset=target.dataset,
        name=one.name[:400],
        blob=one.blob,
        source_sha256=one.sha256,
        thumbnail=one.thumbnail,
        width=one.width,
        height=one.height,
        dhash=signed_hash(one.dhash),
        split=one.split,
        twin_id=one.twin_id,
        state=ItemState.REVIEWED if truth is not None else ItemState.QUEUED,
        metadata=one.metadata,
        class_counts=counts,
        revision=1 if truth is not None else 0,
    )
    if target.source is not None and one.document is not None and target.project.active_source_id is None:
        item.confidence = _confidence(one.document)
        item.uncertainty = _doubt(one.document)
    return item


def _link_twins(fresh: list[Incoming], items: list[Item], ids: dict[str, int]) -> None:
    linked = []
    for one, item in zip(fresh, items, strict=True):
        if one.twin_path is not None and ids.get(one.twin_path) is not None:
            item.twin_id = ids[one.twin_path]
            linked.append(item)
    if linked:
        Item.objects.bulk_update(linked, ["twin"], batch_size=500)


def _add_truths(actor: User | None, pairs: list[tuple[Item, dict[str, Any]]]) -> None:
    Annotation.objects.bulk_create(
        [
            Annotation(
                item=item,
                revision=1,
                document=document,
                author=actor,
                origin=Annotation.Origin.IMPORT,
                class_counts=item.class_counts,
            )
            for item, document in pairs
        ],
        batch_size=500,
    )


def _add_guesses(source: PredictionSource, pairs: list[tuple[Item, dict[str, Any]]]) -> None:
    rows = [
        Prediction(
            item=item,
            source=source,
            document=document,
            object_count=len(document["objects"]),
            confidence=_confidence(document),
            uncertainty=_doubt(document),
        )
        for item, document in pairs
    ]
    Prediction.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)


def _confidence(document: dict[str, Any]) -> float | None:
    return min((one["score"] for one in document["objects"]), default=None)


def _doubt(document: dict[str, Any]) -> float:
    confidence = _confidence(document)
    return EMPTY_PRIORITY if confidence is None else 1.0 - confidence


def _waiting(item: Item, document: dict[str, Any] | None) -> Waiting:
    if document is None:
        return Waiting(item.pk, "no_prediction", 0.0)
    return Waiting(item.pk, "uncertain" if document["objects"] else "empty", _doubt(document))


@transaction.atomic
def label_known_items(*, actor: User | None, target: ImportTarget, documents: dict[int, dict[str, Any]]) -> set[int]:
    """Give labels (item id → document) to items that were there before without any; returns the ids that took them.

    Items that a person or an import has annotated keep what they have.
    """
    wanted = Item.objects.filter(pk__in=list(documents), project=target.project, revision=0)
    open_items = list(
        wanted.filter(state__in=[ItemState.NEW, ItemState.QUEUED]).select_for_update(of=("self",)).order_by("pk")
    )
    pairs = [(item, documents[item.pk]) for item in open_items]
    if target.source is not None:
        _add_guesses(target.source, pairs)
        queue.note_guesses(project_id=target.project.pk, item_ids=[item.pk for item, _ in pairs])
    else:
        for item, document in pairs:
            item.project = target.project
            append_annotation(item=item, document=document, author=actor, origin=Annotation.Origin.IMPORT)
            queue.change_state(item=item, state=ItemState.REVIEWED)
        queue.dequeue_items(item_ids=[item.pk for item in open_items])
    if pairs:
        after = {"dataset": target.dataset.name, "items": len(pairs)}
        audit.record(actor=actor, verb="items.label", target=target.dataset, project_id=target.project.pk, after=after)
    return {item.pk for item in open_items}
