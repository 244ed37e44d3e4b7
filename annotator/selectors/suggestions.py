"""Reads of suggestions."""

from __future__ import annotations

from typing import Any

from annotator.models import Item, Suggestion

# More than these on one item is a quarrel, not a queue.
MOST = 20


def open_suggestions(item: Item) -> list[dict[str, Any]]:
    """What others would have handed in for the item and nobody has looked at yet, the oldest first."""
    rows = Suggestion.objects.filter(item=item, state=Suggestion.State.OPEN).order_by("pk")
    return [
        {"id": row["id"], "author": row["author_name"], "document": row["document"],
         "base_revision": row["base_revision"], "created_at": row["created_at"]}
        for row in rows.values("id", "author_name", "document", "base_revision", "created_at")[:MOST]
    ]  # fmt: skip
