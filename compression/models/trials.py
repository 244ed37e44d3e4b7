"""What a search tried: one plan each, with what it measured on val."""

from __future__ import annotations

from django.db import models


class TrialState(models.TextChoices):
    RUNNING = "running"
    COMPLETE = "complete"
    PRUNED = "pruned"  # given up early: val already said that it cannot win
    FAILED = "failed"


class CompressionTrial(models.Model):
    """One trial of a run's search. Sizes in bytes, latency in ms on the worker's machine, ``metric`` of val."""

    run = models.ForeignKey("annotator.Run", on_delete=models.CASCADE, related_name="trials")
    number = models.PositiveIntegerField()  # 0-based, as the search counts
    plan = models.JSONField(default=list)  # [{"step", "options"}]
    state = models.CharField(max_length=10, choices=TrialState, default=TrialState.RUNNING)
    size_bytes = models.PositiveBigIntegerField(null=True)
    metric = models.FloatField(null=True)
    latency = models.JSONField(default=dict, blank=True)
    seconds = models.FloatField(null=True)
    on_front = models.BooleanField(default=False)
    variant = models.ForeignKey("prelabel.ModelVariant", null=True, on_delete=models.SET_NULL, related_name="+")
    error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="compression_trial_once")]

    def __str__(self) -> str:
        return f"trial {self.number} of run {self.run_id}"
