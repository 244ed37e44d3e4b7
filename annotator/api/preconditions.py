"""Reads the headers that protect writes."""

from __future__ import annotations

import uuid

from rest_framework.request import Request

from annotator.core.errors import PreconditionRequired, Unprocessable


def seen_revision(request: Request) -> int:
    """The revision in ``If-Match``. Raises PreconditionRequired without it."""
    value = request.headers.get("If-Match")
    if value is None:
        raise PreconditionRequired("send the revision you saw in the If-Match header")
    try:
        return int(value.strip().strip('"'))
    except ValueError as error:
        raise Unprocessable(f"If-Match must be a revision number, not {value[:40]!r}") from error


def idempotency_key(request: Request) -> uuid.UUID | None:
    """The ``Idempotency-Key``, if there is one. Raises Unprocessable when it is no UUID."""
    value = request.headers.get("Idempotency-Key")
    if value is None:
        return None
    try:
        return uuid.UUID(value)
    except ValueError as error:
        raise Unprocessable("Idempotency-Key must be a UUID") from error


def whole_number(request: Request, name: str, default: int, *, most: int = 2**62) -> int:
    """A query parameter that is a whole number from 0 to ``most``. Raises Unprocessable."""
    value = request.query_params.get(name)
    if value in (None, ""):
        return default
    if not str(value).isdigit() or int(str(value)) > most:
        raise Unprocessable(f"{name} must be a whole number from 0 to {most}", field=name)
    return int(str(value))
