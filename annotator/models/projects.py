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
    # While they are found: what people had set, to come back when that ends: {"accept": {class id: 0..1 or null},
    # "calibrated"}.
    accept_by_hand = models.JSONField(default=dict, blank=True)
    submit_unchecked = models.BooleanField(
        default=True, help_text="A second Enter submits with guesses that nobody looked at."
    )
    spot_check_rate = models.FloatField(default=0.05, validators=SHARE)
    # A retrain that is proposed now: {"due", "triggers": the reasons}; {} = none. Written by what watches for reasons.
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
