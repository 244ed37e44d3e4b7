"""Submits the way a person's browser does it."""

from __future__ import annotations

import uuid
from typing import Any

from annotator.models import Item
from annotator.services import annotations, queue
from annotator.services.annotations import Submission


def submit(actor: Any, item: Any, document: dict[str, Any], **fields: Any) -> None:
    """Lease, then submit what the person made of it."""
    entry = queue.lease_item(actor=actor, item=item)
    assert isinstance(entry.lease_token, uuid.UUID)
    seen = Item.objects.get(pk=item.pk).revision
    annotations.submit_annotation(
        actor=actor, item_id=item.pk, submission=Submission(document, seen, entry.lease_token, **fields)
    )
