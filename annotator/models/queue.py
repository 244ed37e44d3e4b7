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
    # Why it has this place: {"code", …}, the browser has the words; None where the reason says it all.
    why = models.JSONField(null=True, blank=True)
    done = models.BooleanField(default=False)
    lease_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="leases"
    )
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    # The current guess of a classified picture and its class and score, written by `note_guesses`: the grid counts and
    # pages by them without a look into a document. Empty in projects of other kinds.
    # No constraint: a guess goes with its item only, as the entry does, and the check would walk the queue for each.
    guess = models.ForeignKey(
        "annotator.Prediction",
        null=True,
        blank=True,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    guess_class = models.BigIntegerField(null=True, help_text="id of the predicted LabelClass")
    guess_score = models.FloatField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["project", "-priority", "id"], condition=models.Q(done=False), name="queue_next"),
            models.Index(fields=["lease_user"], condition=models.Q(done=False), name="queue_by_holder"),
            # A batch of the grid walks along it; the counts by class read nothing else.
            models.Index(
                fields=["project", "guess_class", "-priority", "id"],
                include=["guess_score"],
                condition=models.Q(done=False, guess_class__isnull=False),
                name="queue_by_guess",
            ),
            # Few at any time; the grid leaves them out at every look.
            models.Index(
                fields=["project"], condition=models.Q(done=False, reason=QueueReason.RETURNED), name="queue_returned"
            ),
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
