"""An item: one picture (later: one text) and where it stands in the loop."""

from __future__ import annotations

from django.db import models


class ItemState(models.TextChoices):
    NEW = "new"  # imported, neither guessed nor waiting for a person
    QUEUED = "queued"  # waits for a person
    AUTO_ACCEPTED = "auto_accepted"  # the model was certain of everything it saw
    REVIEWED = "reviewed"  # a person submitted it (or vouched for it at import)
    SKIPPED = "skipped"  # a person passed it over
    PROBLEM = "problem"  # broken or reported


# Every move that a service may make; anything else is a bug or a race, and raises Conflict.
ALLOWED: dict[str, frozenset[str]] = {
    ItemState.NEW: frozenset({"queued", "auto_accepted", "reviewed", "skipped", "problem"}),
    ItemState.QUEUED: frozenset({"queued", "auto_accepted", "reviewed", "skipped", "problem", "new"}),
    ItemState.AUTO_ACCEPTED: frozenset({"queued", "auto_accepted", "reviewed", "skipped", "problem", "new"}),
    ItemState.REVIEWED: frozenset({"reviewed", "problem", "skipped"}),
    ItemState.SKIPPED: frozenset({"queued", "reviewed", "skipped", "problem"}),
    ItemState.PROBLEM: frozenset({"queued", "reviewed", "skipped", "problem"}),
}


class Split(models.TextChoices):
    TRAIN = "train"
    VAL = "val"
    TEST = "test"


class Item(models.Model):
    project = models.ForeignKey("annotator.Project", on_delete=models.CASCADE, related_name="items")
    dataset = models.ForeignKey("annotator.Dataset", on_delete=models.CASCADE, related_name="items")
    media_type = models.CharField(max_length=12, default="image")
    name = models.CharField(max_length=400)
    blob = models.CharField(max_length=64, help_text="sha256 of the upright picture")
    source_sha256 = models.CharField(max_length=64, help_text="sha256 of the file as it came; de-duplicates")
    thumbnail = models.CharField(max_length=64, blank=True)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    dhash = models.BigIntegerField(null=True, help_text="difference hash, 64 bits as a signed integer")
    twin = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="twins")
    split = models.CharField(max_length=5, choices=Split)
    state = models.CharField(max_length=14, choices=ItemState, default=ItemState.NEW)
    problem = models.CharField(max_length=400, blank=True)
    # What in the picture the problem is about: {"id", "class_id", "bbox"} as the person who reported it saw it.
    problem_region = models.JSONField(null=True, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    # From the prediction of the project's active source: least score among shown objects; 0..1, higher = ask sooner.
    confidence = models.FloatField(null=True)
    uncertainty = models.FloatField(null=True)
    # Of the latest annotation: {"<class id>": n}.
    class_counts = models.JSONField(default=dict, blank=True)
    revision = models.PositiveIntegerField(default=0, help_text="of the latest annotation; 0 = none yet")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "source_sha256"], name="item_once_per_project")]
        indexes = [
            models.Index(fields=["project", "state", "id"], name="item_by_state"),
            models.Index(fields=["project", "split", "id"], name="item_by_split"),
            # The histogram of scores reads nothing but this index; pages by score walk along it.
            models.Index(fields=["project", "confidence", "id"], include=["state", "split"], name="item_by_score"),
            models.Index("project", models.F("uncertainty").desc(nulls_last=True), "id", name="item_by_uncertainty"),
        ]

    def __str__(self) -> str:
        return self.name
