"""Background work. The row is the truth, the broker only a bell (DESIGN: runs survive crashes)."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class RunState(models.TextChoices):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


ALLOWED: dict[str, frozenset[str]] = {
    RunState.QUEUED: frozenset({"running", "cancelled", "failed"}),
    # running → running: another worker takes over after the lease ran out
    RunState.RUNNING: frozenset({"running", "queued", "succeeded", "failed", "cancelled"}),
    RunState.SUCCEEDED: frozenset(),
    RunState.FAILED: frozenset({"queued"}),  # a person's retry
    RunState.CANCELLED: frozenset({"queued"}),
}
FINISHED = (RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELLED)


class Run(models.Model):
    project = models.ForeignKey("annotator.Project", on_delete=models.CASCADE, related_name="runs")
    kind = models.CharField(max_length=24)
    queue = models.CharField(max_length=12)
    state = models.CharField(max_length=10, choices=RunState, default=RunState.QUEUED)
    params = models.JSONField(default=dict, blank=True)
    result = models.JSONField(null=True)
    checkpoint = models.JSONField(default=dict, blank=True)
    furthest = models.JSONField(
        default=dict, blank=True, help_text="stage → most units ever done: what counts as progress"
    )
    stage = models.CharField(max_length=40, blank=True)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)
    eta_s = models.FloatField(null=True)
    error = models.JSONField(null=True)
    attempts = models.PositiveIntegerField(default=0, help_text="tries without progress")
    cancel_requested = models.BooleanField(default=False)
    worker = models.CharField(max_length=120, blank=True)
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    rung_at = models.DateTimeField(null=True)
    idempotency_key = models.UUIDField(null=True, unique=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["project", "state", "-id"], name="run_by_state"),
            models.Index(
                fields=["state", "lease_until"],
                condition=models.Q(state__in=[RunState.QUEUED, RunState.RUNNING]),
                name="run_to_sweep",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class ShardState(models.TextChoices):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"


class RunShard(models.Model):
    """A part of a run that several workers do together: the units whose ids lie in ``first``..``last``.

    It lives as long as its run: what was done is in the rows it wrote and in the run's result.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="shards")
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    units = models.PositiveIntegerField()
    state = models.CharField(max_length=7, choices=ShardState, default=ShardState.WAITING)
    worker = models.CharField(max_length=120, blank=True)
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    result = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "first"], name="run_shard_once")]
        indexes = [
            models.Index(
                fields=["run", "attempts", "first"],
                condition=~models.Q(state=ShardState.DONE),
                name="run_shard_to_claim",
            )
        ]

    def __str__(self) -> str:
        return f"{self.run_id}: {self.first} to {self.last}"


class RunEvent(models.Model):
    """One line of a run's story; `seq` counts within the run, so that a poller asks for what came after."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="events")
    seq = models.PositiveIntegerField()
    at = models.DateTimeField(auto_now_add=True)
    kind = models.CharField(max_length=10)  # log | stage | metric | state
    message = models.CharField(max_length=2000, blank=True)
    data = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["seq"]
        constraints = [models.UniqueConstraint(fields=["run", "seq"], name="run_event_seq_once")]

    def __str__(self) -> str:
        return f"{self.run_id}#{self.seq} {self.message}"
