"""The order of the queue: by which strategy, and the embeddings that strategies compare."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models


class Embedding(models.Model):
    """What a variant's features say of an item: stored once, of bounded size, dropped with the variant's turn."""

    item = models.ForeignKey("annotator.Item", on_delete=models.CASCADE, related_name="+")
    variant = models.ForeignKey("prelabel.ModelVariant", on_delete=models.CASCADE, related_name="embeddings")
    # A unit vector as float16, at most 2048 of them; empty where the model's graph shows no features.
    vector = models.BinaryField(max_length=4096)
    length = models.FloatField(default=0.0, help_text="of the features before they were scaled")
    flags = models.JSONField(default=list, blank=True)  # what is poor about the picture: dark, blurred …
    # What each member of a committee saw: lists of [class index, score, box or null]; empty where one looked alone.
    votes = models.JSONField(default=list, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "variant"], name="embedding_once")]

    def __str__(self) -> str:
        return f"{self.item_id} by {self.variant_id}"


class QueueOrder(models.Model):
    """How a project's queue is put in order; a project without a row has the defaults."""

    project = models.OneToOneField("annotator.Project", on_delete=models.CASCADE, related_name="queue_order")
    strategy = models.CharField(max_length=32, default="mix")
    # How many the strategy chooses; what waits beyond them comes by its own doubt.
    budget = models.PositiveIntegerField(default=90, validators=[MinValueValidator(3), MaxValueValidator(1000)])
    rule = models.CharField(max_length=8, default="max")
    # Of the last time: {"chosen", "waiting", "at", "without": what it had to do without}.
    last = models.JSONField(default=dict, blank=True)

    def __str__(self) -> str:
        return f"{self.strategy} in {self.project_id}"
