"""Models of a project: a version (one training or import), its variants (files to run), what is deployed."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class ModelVersion(models.Model):
    project = models.ForeignKey("annotator.Project", on_delete=models.CASCADE, related_name="model_versions")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=120)
    arch = models.CharField(max_length=60)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="children")
    dataset_version = models.ForeignKey(
        "annotator.DatasetVersion", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    run = models.ForeignKey("annotator.Run", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    # To train on: {"weights.safetensors": {"sha256", "size_bytes"}, "architecture.json": …}; empty = cannot be trained.
    training_files = models.JSONField(default=dict, blank=True)
    # What made it, so that it can be made again: config, seed, package versions.
    record = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["project", "number"], name="model_version_number_once")]

    def __str__(self) -> str:
        return f"{self.name} v{self.number}"


class ModelVariant(models.Model):
    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="variants")
    format = models.CharField(max_length=16, default="onnx")
    precision = models.CharField(max_length=16)
    manifest = models.JSONField(help_text="prelabel.core.artifact.Manifest; its files are blobs named by sha256")
    size_bytes = models.PositiveBigIntegerField()
    latency = models.JSONField(default=dict, blank=True)  # {"p20_ms", "p50_ms", "device", "runtime", "threads"}
    metrics = models.JSONField(default=dict, blank=True)  # on the test split of the dataset version
    gate = models.JSONField(null=True, blank=True)  # {"verdict", "drop", "interval", "reasons", "parent_variant_id"}
    # From the val pictures of the evaluation that it was last judged in: how often a score is right, and from where on
    # the machine may decide alone; compression.core.judging.calibrating.calibrate. Null = never judged.
    calibration = models.JSONField(null=True, blank=True)
    # How each kind of machine runs it: machine → {"runtime", "precision", "streams", "images_per_s", "measured_at",
    # "tried"}; prelabel.core.runtime_choice. A machine that is not in here measures when it is to predict.
    runtime = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["version", "format", "precision"], name="variant_once")]

    def __str__(self) -> str:
        return f"{self.version} {self.format} {self.precision}"


class Deployment(models.Model):
    """A promotion. At most one is active in a project; the earlier ones stay for rollback."""

    project = models.ForeignKey("annotator.Project", on_delete=models.CASCADE, related_name="deployments")
    variant = models.ForeignKey(ModelVariant, on_delete=models.PROTECT, related_name="deployments")
    source = models.ForeignKey("annotator.PredictionSource", on_delete=models.PROTECT, related_name="+")
    previous = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.CharField(max_length=400, blank=True)
    active = models.BooleanField(default=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["project"], condition=models.Q(active=True), name="one_active_deployment")
        ]

    def __str__(self) -> str:
        return f"{self.variant} in {self.project_id}"
