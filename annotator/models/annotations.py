"""The truth: append-only revisions, and one draft for each person and item."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models


class Annotation(models.Model):
    class Origin(models.TextChoices):
        HUMAN = "human"  # submitted in the browser
        IMPORT = "import"  # came with the data; the person who imported vouches for it
        AUTO = "auto"  # the model was certain; nobody looked yet

    item = models.ForeignKey("annotator.Item", on_delete=models.CASCADE, related_name="annotations")
    revision = models.PositiveIntegerField()
    document = models.JSONField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    origin = models.CharField(max_length=6, choices=Origin)
    source_prediction = models.ForeignKey(
        "annotator.Prediction", null=True, blank=True, on_delete=models.SET_NULL, related_name="annotations"
    )
    # What the person changed: {"accepted", "edited", "relabelled", "deleted", "added"}.
    changes = models.JSONField(default=dict, blank=True)
    class_counts = models.JSONField(default=dict, blank=True)
    duration_ms = models.PositiveIntegerField(null=True)
    idempotency_key = models.UUIDField(null=True, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "revision"], name="annotation_revision_once")]
        indexes = [
            models.Index(fields=["author", "created_at"], name="annotation_by_author"),
            # Rows come in the order of time: "reviewed since" reads the last pages; the index costs next to nothing.
            BrinIndex(fields=["created_at"], name="annotation_by_time", autosummarize=True),
        ]

    def __str__(self) -> str:
        return f"item {self.item_id} revision {self.revision}"


class Draft(models.Model):
    """Autosaved work in progress. Not audited; a submit deletes it."""

    item = models.ForeignKey("annotator.Item", on_delete=models.CASCADE, related_name="drafts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="drafts")
    document = models.JSONField()
    base_revision = models.PositiveIntegerField()
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "user"], name="draft_once")]

    def __str__(self) -> str:
        return f"draft of {self.user_id} on {self.item_id}"
