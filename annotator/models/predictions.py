"""What a model (or an import) guessed. Immutable: thresholds move afterwards without running the model again."""

from __future__ import annotations

from django.db import models


class PredictionSource(models.Model):
    """Who guessed: a deployed variant or an import. Nothing points up to prelabel; `reference` names the variant."""

    class Kind(models.TextChoices):
        MODEL = "model"
        IMPORT = "import"

    project = models.ForeignKey("annotator.Project", on_delete=models.CASCADE, related_name="sources")
    kind = models.CharField(max_length=8, choices=Kind)
    name = models.CharField(max_length=120)
    reference = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "kind", "reference"], condition=~models.Q(reference=""), name="source_once"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Prediction(models.Model):
    item = models.ForeignKey("annotator.Item", on_delete=models.CASCADE, related_name="predictions")
    source = models.ForeignKey(PredictionSource, on_delete=models.CASCADE, related_name="predictions")
    document = models.JSONField()
    object_count = models.PositiveIntegerField(default=0)
    confidence = models.FloatField(null=True)
    uncertainty = models.FloatField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "source"], name="prediction_once")]

    def __str__(self) -> str:
        return f"{self.source_id} on {self.item_id}"
