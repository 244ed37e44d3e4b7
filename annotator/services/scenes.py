"""Fills a project with drawn scenes, whose truth is known because they were drawn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.db import transaction

from annotator import storage
from annotator.core.picture import Picture, open_picture
from annotator.core.scene import Scene, Scenery
from annotator.core.splits import split_for
from annotator.models import Annotation, Dataset, Item, LabelClass, Project, User
from annotator.models.items import ItemState
from annotator.services import annotations as truth
from annotator.services import audit, queue
from annotator.services.queue import Waiting

JPEG_QUALITY = 92
# Drawn and stored together: a start that is killed loses at most this many pictures.
BATCH = 20


@dataclass(frozen=True)
class Planned:
    """A scene to draw: its seed, its split (None = by content), and whether its truth becomes the annotation."""

    seed: int
    split: str | None
    labelled: bool


def add_scenes(*, actor: User, project: Project, dataset: str, scenery: Scenery, planned: Iterable[Planned]) -> int:
    """Draw the planned scenes that the project lacks and return how many were added.

    Labelled ones are reviewed, with their truth as annotation; the others wait in the queue for a person. How a scene
    was drawn is the item's metadata, and by its seed a second call finds what is there.
    """
    rows = Item.objects.filter(project=project, metadata__scenery=scenery.slug)
    have = set(rows.values_list("metadata__seed", flat=True))
    missing = [one for one in planned if one.seed not in have]
    for start in range(0, len(missing), BATCH):
        drawn = [(one, *_draw(scenery, one.seed)) for one in missing[start : start + BATCH]]
        _store(actor, project, dataset, drawn)
    return len(missing)


def _draw(scenery: Scenery, seed: int) -> tuple[Scene, Picture]:
    scene = scenery.draw_scene(seed)
    buffer = BytesIO()
    scene.image.save(buffer, "JPEG", quality=JPEG_QUALITY)
    return scene, open_picture(buffer.getvalue())


@transaction.atomic
def _store(actor: User, project: Project, dataset: str, drawn: list[tuple[Planned, Scene, Picture]]) -> None:
    into, _ = Dataset.objects.get_or_create(project=project, name=dataset)
    labels = dict(LabelClass.objects.filter(project=project).values_list("name", "pk"))
    items = []
    for one, scene, picture in drawn:
        item = _make_item(project, into, one, scene, picture)
        if one.labelled:
            truth.append_annotation(
                item=item, document=_truth(scene, labels), author=actor, origin=Annotation.Origin.IMPORT
            )
        items.append(item)
    waiting = [item for item in items if item.state == ItemState.QUEUED]
    queue.enqueue_items(project_id=project.pk, waiting=[Waiting(item.pk, "no_prediction", 0.0) for item in waiting])
    after = {"dataset": into.name, "items": len(items), "labelled": len(items) - len(waiting)}
    audit.record(actor=actor, verb="items.draw", target=into, project_id=project.pk, after=after)


def _make_item(project: Project, dataset: Dataset, one: Planned, scene: Scene, picture: Picture) -> Item:
    return Item.objects.create(
        project=project,
        dataset=dataset,
        name=f"{scene.parameters['scenery']}-{one.seed:04d}.jpg",
        blob=storage.put_bytes(picture.data),
        source_sha256=picture.sha256,
        thumbnail=storage.put_bytes(picture.thumbnail),
        width=picture.width,
        height=picture.height,
        dhash=picture.dhash - 2**64 if picture.dhash >= 2**63 else picture.dhash,
        split=one.split or split_for(picture.sha256),
        state=ItemState.REVIEWED if one.labelled else ItemState.QUEUED,
        metadata=scene.parameters,
    )


def _truth(scene: Scene, labels: dict[str, int]) -> dict[str, Any]:
    return {
        "objects": [
            {"id": f"m-{index}", "bbox": list(box), "class_id": labels[name], "origin": "manual", "prediction_id": None}
            for index, (name, box) in enumerate(scene.objects, start=1)
        ]
    }
