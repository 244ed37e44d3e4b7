"""A project: one task type, one set of classes, one queue."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

SHARE = [MinValueValidator(0.0), MaxValueValidator(1.0)]


class Project(models.Model):
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True, max_length=4000)
    task_type = models.CharField(max_length=40)
    # Objects under `show` count nowhere; an item whose shown objects all reach `accept` is accepted by itself.
    show_threshold = models.FloatField(default=0.25, validators=SHARE)
    accept_threshold = models.FloatField(default=0.90, validators=SHARE)
    thresholds_calibrated = models.BooleanField(default=False)
    # Accept thresholds are those that reviewed items support at this precision: renewed with each model, and a class
    # without one of its own is then never accepted by itself.
    accept_found = models.BooleanField(default=False)
    target_precision = models.FloatField(default=0.98, validators=SHARE)
    submit_unchecked = models.BooleanField(
        default=True, help_text="A second Enter submits with guesses that nobody looked at."
    )
    spot_check_rate = models.FloatField(default=0.05, validators=SHARE)
    retrain_auto = models.BooleanField(default=False, help_text="Start a due retrain instead of proposing it.")
    retrain_ratio = models.FloatField(default=0.10, validators=SHARE)
    # What the last predict run saw: {"low", "high", "due", "run_id"}; shown on the dashboard as a proposal.
    retrain = models.JSONField(default=dict, blank=True)
    active_source = models.ForeignKey(
        "annotator.PredictionSource", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(show_threshold__lte=models.F("accept_threshold")), name="project_show_lte_accept"
            )
        ]

    def __str__(self) -> str:
        return self.name
