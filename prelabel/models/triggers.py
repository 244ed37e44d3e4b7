"""When a project trains again: its triggers, and the scores that drift is measured against."""

from __future__ import annotations

from django.db import models


class RetrainTrigger(models.Model):
    """One reason to train again and how far it is; a project without a row has the trigger's defaults."""

    class Mode(models.TextChoices):
        OFF = "off"
        PROPOSE = "propose"
        AUTO = "auto"

    project = models.ForeignKey("annotator.Project", on_delete=models.CASCADE, related_name="retrain_triggers")
    slug = models.CharField(max_length=16)
    mode = models.CharField(max_length=8, choices=Mode)
    options = models.JSONField(default=dict, blank=True)
    changed_at = models.DateTimeField(null=True, help_text="when its mode or options were last set")
    # What the last predict run left for it: its own numbers, {"at", "source_id"}.
    observed = models.JSONField(default=dict, blank=True)
    standing_since = models.DateTimeField(null=True, help_text="due, and nothing came of it yet")
    aside_at = models.DateTimeField(null=True, help_text="what was known then is no reason any more")
    fired_at = models.DateTimeField(null=True)
    # Of the last firing: {"code": proposed | started | put_aside | waits | lapsed | over, …}.
    outcome = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "slug"], name="retrain_trigger_once")]

    def __str__(self) -> str:
        return f"{self.slug} in {self.project_id}"


class ScoreReference(models.Model):
    """The scores of a deployment's first guesses, one number a picture: {"all" or class id: [0..1]}."""

    deployment = models.OneToOneField("prelabel.Deployment", on_delete=models.CASCADE, related_name="score_reference")
    scores = models.JSONField()
    pictures = models.PositiveIntegerField()
    # Guesses up to here are the reference, later ones are compared with it.
    until = models.DateTimeField()
    # {"show", "per_class"}: scores under them were left out; with others the reference is taken again.
    thresholds = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"scores of {self.deployment_id}"
