"""A frozen dataset: an immutable manifest (a blob) and its counts."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class DatasetVersion(models.Model):
    project = models.ForeignKey("annotator.Project", on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    note = models.CharField(max_length=400, blank=True)
    manifest_sha256 = models.CharField(max_length=64)
    counts = models.JSONField()
    include_auto = models.BooleanField(default=False, help_text="Auto-accepted items are part of the training split.")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["project", "number"], name="version_number_once")]

    def __str__(self) -> str:
        return f"v{self.number}"
