"""How good a variant is, on which items, measured when."""

from __future__ import annotations

from django.db import models


class EvaluationReport(models.Model):
    variant = models.ForeignKey("prelabel.ModelVariant", on_delete=models.CASCADE, related_name="reports")
    dataset_version = models.ForeignKey("annotator.DatasetVersion", on_delete=models.PROTECT, related_name="+")
    run = models.ForeignKey("annotator.Run", null=True, on_delete=models.SET_NULL, related_name="+")
    split = models.CharField(max_length=5)
    metrics = models.JSONField()
    intervals = models.JSONField(default=dict, blank=True)  # metric → [low, high], 95 %, by bootstrap over the images
    per_image_sha256 = models.CharField(max_length=64, blank=True, help_text="blob: per-image results for paired tests")
    details_sha256 = models.CharField(
        max_length=64, blank=True, help_text="blob: curves, confusion, worst images, influence of each image"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["variant", "dataset_version", "split"], name="evaluation_report_once")
        ]

    def __str__(self) -> str:
        return f"{self.variant_id} on {self.split} of {self.dataset_version_id}"
