"""What waits for people. One entry for an item; handed out under a lease, so that nobody gets the same one."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class QueueReason(models.TextChoices):
    NO_PREDICTION = "no_prediction"
    EMPTY = "empty"  # the model saw nothing: a person looks whether that is true
    UNCERTAIN = "uncertain"
    TEST_ITEM = "test_item"  # never accepted by itself
    SPOT_CHECK = "spot_check"  # auto-accepted, sampled to keep the threshold honest
    RETURNED = "returned"


class QueueEntry(models.Model):
    item = models.OneToOneField("annotator.Item", on_delete=models.CASCADE, related_name="queue_entry")
    project = models.ForeignKey("annotator.Project", on_delete=models.CASCADE, related_name="queue")
    reason = models.CharField(max_length=14, choices=QueueReason)
    priority = models.FloatField(default=0.0, help_text="higher = ask sooner")
    done = models.BooleanField(default=False)
    lease_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="leases"
    )
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["project", "-priority", "id"], condition=models.Q(done=False), name="queue_next"),
            models.Index(fields=["lease_user"], condition=models.Q(done=False), name="queue_by_holder"),
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.item_id}"


class Postponement(models.Model):
    """A person put an item off: to them it comes again after all others, to everybody else as before."""

    entry = models.ForeignKey(QueueEntry, on_delete=models.CASCADE, related_name="postponements")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="postponements")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entry", "user"], name="postponement_once")]

    def __str__(self) -> str:
        return f"{self.user_id} put off {self.entry_id}"
