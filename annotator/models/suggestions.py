"""What somebody would have handed in, had the item still been theirs. Never the truth by itself; never deleted."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Suggestion(models.Model):
    class State(models.TextChoices):
        OPEN = "open"
        TAKEN = "taken"  # merged into somebody's work; their submit says what became of it
        DISMISSED = "dismissed"

    item = models.ForeignKey("annotator.Item", on_delete=models.CASCADE, related_name="suggestions")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    author_name = models.CharField(max_length=255)
    # As a draft: objects, and the ids of rejected guesses under "review".
    document = models.JSONField()
    base_revision = models.PositiveIntegerField()
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    created_at = models.DateTimeField(auto_now_add=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # A person's newer suggestion replaces their open one, so that sending again costs nothing.
            models.UniqueConstraint(
                fields=["item", "author"], condition=models.Q(state="open"), name="suggestion_open_once"
            )
        ]

    def __str__(self) -> str:
        return f"suggestion of {self.author_id} on {self.item_id}"
