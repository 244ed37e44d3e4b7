"""The machines that workers run on, and how fast each variant was on each of them."""

from __future__ import annotations

from django.db import models


class DeviceProfile(models.Model):
    """One machine, written by its workers when they start; ``last_seen`` is renewed while one of them lives."""

    name = models.CharField(max_length=120, unique=True)  # WINNOW_DEVICE_NAME, else the host's name
    cpu = models.CharField(max_length=200, blank=True)
    cores = models.PositiveIntegerField(default=1)
    memory_bytes = models.PositiveBigIntegerField(default=0)
    platform = models.CharField(max_length=200, blank=True)
    flags = models.JSONField(default=list, blank=True)  # instruction sets that decide speed: avx2, avx512_vnni …
    gpus = models.JSONField(default=list, blank=True)  # [{"name", "memory_bytes"}]
    runtimes = models.JSONField(default=dict, blank=True)  # {"onnxruntime": "1.31.1"}
    # target → what must be installed first, null where the machine can export to it
    targets = models.JSONField(default=dict, blank=True)
    queues = models.JSONField(default=list, blank=True)  # what its workers listen to
    first_seen = models.DateTimeField(auto_now_add=True)
    last_seen = models.DateTimeField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def queue(self) -> str:
        """The queue that only workers on this machine listen to."""
        return f"device.{self.pk}"


class LatencyMeasurement(models.Model):
    """How fast a variant is on a machine, as last measured."""

    variant = models.ForeignKey("prelabel.ModelVariant", on_delete=models.CASCADE, related_name="latencies")
    device = models.ForeignKey(DeviceProfile, on_delete=models.CASCADE, related_name="latencies")
    run = models.ForeignKey("annotator.Run", null=True, on_delete=models.SET_NULL, related_name="+")
    runtime = models.CharField(max_length=40)
    threads = models.PositiveIntegerField(default=1)
    p20_ms = models.FloatField()
    p50_ms = models.FloatField()
    p95_ms = models.FloatField()
    result = models.JSONField(default=dict)  # everything that was measured: baselines, memory, streams, contention
    measured_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["variant", "device"], name="latency_once_a_device")]

    def __str__(self) -> str:
        return f"{self.variant_id} on {self.device_id}: {self.p50_ms} ms"
