"""Leaves the trace of a write, inside its transaction."""

from __future__ import annotations

from typing import Any

from django.db.models import Model

from annotator.models import AuditEvent, User


def record(
    *,
    actor: User | None,
    verb: str,
    target: Model,
    project_id: int | None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> AuditEvent:
    """Append one event; the actor's name is copied, so that it outlives the person. ``actor`` None = the system."""
    return AuditEvent.objects.create(
        project_id=project_id,
        actor=actor,
        actor_name=(actor.name or actor.email) if actor else "system",
        verb=verb,
        target_type=target._meta.model_name or "",
        target_id=str(target.pk),
        before=before,
        after=after,
    )
