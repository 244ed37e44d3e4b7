"""What is read to put the queue in order, and what is told of its order. Vectors stay bytes here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from annotator.models import Item, Prediction, PredictionSource, Project, QueueEntry
from annotator.models.items import ItemState
from annotator.models.queue import QueueReason
from annotator.selectors.items import next_entries
from prelabel.core.stopping import flat_end
from prelabel.core.strategies import STRATEGIES
from prelabel.models import Embedding, ModelVersion, QueueOrder
from prelabel.selectors.registry import active_deployment

# What a strategy may place: the rest has its place from a lead (sent back) or from chance (spot checks).
ORDERED = (QueueReason.UNCERTAIN, QueueReason.EMPTY, QueueReason.NO_PREDICTION, QueueReason.TEST_ITEM)
MEMBERS = 3
NEXT_SHOWN = 10
# The metrics by which models are compared, the first that a report has.
CURVE_METRICS = ("map5095", "accuracy", "miou")


@dataclass(frozen=True)
class WaitingRow:
    """One open entry and its item."""

    item_id: int
    reason: str
    split: str
    width: int
    height: int
    blob: str
    uncertainty: float | None
    confidence: float | None


def order_of(project_id: int) -> QueueOrder:
    """The project's way of ordering, or an unsaved one with the defaults."""
    return QueueOrder.objects.filter(project_id=project_id).first() or QueueOrder(project_id=project_id)


def waiting_rows(project_id: int) -> list[WaitingRow]:
    """All that waits and may be placed, by item."""
    entries = QueueEntry.objects.filter(project_id=project_id, done=False, reason__in=ORDERED).order_by("item_id")
    fields = ("split", "width", "height", "blob", "uncertainty", "confidence")
    rows = entries.values_list("item_id", "reason", *(f"item__{name}" for name in fields))
    return [WaitingRow(*row) for row in rows.iterator(chunk_size=5000)]


def documents_of(project: Project, source_id: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """(item, document) of the guesses of a source for what waits in the training part."""
    guesses = Prediction.objects.filter(
        source_id=source_id,
        item__queue_entry__done=False,
        item__queue_entry__reason__in=ORDERED,
        item__project=project,
        item__split="train",
    )
    yield from guesses.values_list("item_id", "document").iterator(chunk_size=1000)


def member_sources(project: Project) -> list[int]:
    """The last sources that guessed, the active one first."""
    models = PredictionSource.objects.filter(project=project, kind=PredictionSource.Kind.MODEL).order_by("-pk")
    others = [pk for pk in models.values_list("pk", flat=True)[:MEMBERS] if pk != project.active_source_id]
    return [project.active_source_id, *others][:MEMBERS] if project.active_source_id else others


def features_of_waiting(project_id: int, variant_id: int) -> Iterator[tuple[int, bytes, float, list[str]]]:
    """(item, vector, length, flags) of what waits in the training part."""
    found = Embedding.objects.filter(
        variant_id=variant_id, item__project_id=project_id, item__split="train", item__queue_entry__done=False
    )
    for item_id, vector, length, flags in found.values_list("item_id", "vector", "length", "flags").iterator():
        yield item_id, bytes(vector), length, flags


def votes_of_waiting(project_id: int, variant_id: int) -> Iterator[tuple[int, list[list[Any]]]]:
    """(item, what each member of the committee saw) of what waits in the training part, where a committee looked."""
    found = Embedding.objects.filter(
        variant_id=variant_id, item__project_id=project_id, item__split="train", item__queue_entry__done=False
    )
    yield from found.exclude(votes=[]).values_list("item_id", "votes").iterator(chunk_size=1000)


def features_of_reviewed(project_id: int, variant_id: int) -> Iterator[bytes]:
    """Vectors of what a training would learn from."""
    found = Embedding.objects.filter(
        variant_id=variant_id, item__project_id=project_id, item__split="train", item__state=ItemState.REVIEWED
    )
    for vector in found.order_by("item_id").values_list("vector", flat=True).iterator():
        yield bytes(vector)


def reviewed_objects(project_id: int) -> dict[int, int]:
    """class id → objects in the reviewed items of the training part."""
    total: Counter[int] = Counter()
    reviewed = Item.objects.filter(project_id=project_id, split="train", state=ItemState.REVIEWED)
    for counts in reviewed.values_list("class_counts", flat=True).iterator(chunk_size=5000):
        total.update({int(class_id): int(n) for class_id, n in counts.items()})
    return dict(total)


def learning_curve(project_id: int) -> list[tuple[int, float]]:
    """(training pictures, metric) of the models trained here: of each the best of its files, by the first metric that
    the newest has."""
    points: list[tuple[int, dict[str, Any]]] = []
    versions = ModelVersion.objects.filter(project_id=project_id, dataset_version__isnull=False)
    for version in versions.select_related("dataset_version").prefetch_related("variants").order_by("number"):
        measured = [variant.metrics for variant in version.variants.all() if variant.metrics]
        if measured and version.dataset_version is not None:
            points.append((int(version.dataset_version.counts.get("train", 0)), _best(measured)))
    name = next((name for name in CURVE_METRICS if points and points[-1][1].get(name) is not None), None)
    return [(labels, float(best[name])) for labels, best in points if name and best.get(name) is not None]


def _best(measured: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        name: max((one[name] for one in measured if isinstance(one.get(name), int | float)), default=None)
        for name in CURVE_METRICS
    }


def queue_told(project_id: int) -> dict[str, Any]:
    """How the queue is ordered, what comes next and why, and whether more labels still help."""
    order = order_of(project_id)
    flat = flat_end(learning_curve(project_id))
    deployment = active_deployment(project_id)
    return {
        "order": {"strategy": order.strategy, "budget": order.budget, "rule": order.rule, "last": order.last},
        "strategies": [
            {"slug": one.slug, "label": one.label, "needs": sorted(one.needs)} for one in STRATEGIES.values()
        ],
        "model": str(deployment.variant) if deployment else None,
        "next": next_entries(project_id, NEXT_SHOWN),
        "flat": asdict(flat) if flat else None,
    }
