"""A project that a lead has something to see in: scores all over, people at work, things stuck."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from django.utils import timezone

from annotator.models import Annotation, Dataset, Item, Prediction, QueueEntry
from annotator.services import queue
from annotator.services.queue import Waiting
from tests.e2e.street import Street

LONG_NAME = "camera-07/2026-11-24/north-junction_rainy-evening_lane-3_frame-000123_exposure-corrected.jpg"


def add_scored(street: Street, count: int, *, seed: int = 5) -> list[Item]:
    """So many more items that share the pictures of the street; each tenth has no score, a third is reviewed."""
    pictures = list(Item.objects.filter(project=street.project).order_by("pk")[:4])
    dataset, _ = Dataset.objects.get_or_create(project=street.project, name="Second delivery")
    draw = random.Random(seed)
    states = ("queued", "queued", "reviewed", "auto_accepted")
    items = []
    for number in range(count):
        like = pictures[number % len(pictures)]
        score = None if number % 10 == 0 else round(draw.betavariate(3, 1.6), 4)
        name = LONG_NAME if number == 1 else f"evening-{number:04}.jpg"
        items.append(
            Item(project=street.project, dataset=dataset, name=name, blob=like.blob, thumbnail=like.thumbnail,
                 source_sha256=f"{number:064x}", width=like.width, height=like.height, split="train",
                 state=states[number % len(states)], confidence=score, metadata={"seed": 0},
                 uncertainty=None if score is None else 1 - score)
        )  # fmt: skip
    made = Item.objects.bulk_create(items)
    waiting = [Waiting(item.pk, "uncertain", item.uncertainty or 0.5) for item in made if item.state == "queued"]
    queue.enqueue_items(project_id=street.project.pk, waiting=waiting)
    return made


def add_history(street: Street, items: list[Item]) -> None:
    """People reviewed these over the last days, at nine seconds each: most guesses were kept, some moved or gone."""
    guess = Prediction.objects.filter(item__project=street.project).first()
    vehicle, pedestrian, sign = (str(street.classes[name]) for name in ("vehicle", "pedestrian", "traffic_sign"))
    noon = timezone.now().replace(hour=12, minute=0)
    reviewed = [item for item in items if item.state == "reviewed"]
    made = []
    for number, item in enumerate(reviewed):
        per_class = {vehicle: {"accepted": 3}, pedestrian: {"accepted": 1, "edited": number % 2}}
        if number % 4 == 0:
            per_class[sign] = {"deleted": 1, "relabelled": 1}
        changes = {"accepted": 4, "edited": int(number % 7 == 0), "per_class": per_class}
        made.append(
            Annotation(item=item, revision=1, document={"objects": []}, author=street.bob, origin="human",
                       source_prediction=guess, changes=changes, duration_ms=9000)
        )  # fmt: skip
    Annotation.objects.bulk_create(made)
    Item.objects.filter(pk__in=[item.pk for item in reviewed]).update(revision=1)
    for number, one in enumerate(made):
        Annotation.objects.filter(pk=one.pk).update(created_at=noon - timedelta(days=(number * number) % 6))
    checked = [QueueEntry(project=street.project, item=item, reason="spot_check", done=True) for item in reviewed[:40]]
    QueueEntry.objects.bulk_create(checked)


def add_trouble(street: Street, items: list[Item]) -> None:
    """Some are stuck, and bob is at two of them."""
    open_ones = [item for item in items if item.state == "queued" and item.name != LONG_NAME]
    for item, (state, problem) in zip(
        open_ones[:3], (("problem", "Lens flare"), ("skipped", ""), ("problem", "Blurred")), strict=True
    ):
        Item.objects.filter(pk=item.pk).update(state=state, problem=problem)
        queue.dequeue_items(item_ids=[item.pk])
    entry: Any = QueueEntry.objects.get(item=open_ones[3])
    queue.postpone_entry(entry=entry, actor=street.bob)
    QueueEntry.objects.filter(item=open_ones[4]).update(reason="returned")
    long_one = next(item for item in items if item.name == LONG_NAME)
    for item in (long_one, open_ones[5]):
        queue.lease_item(actor=street.bob, item=item)
