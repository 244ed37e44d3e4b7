"""Reads the headers that protect writes, and the parameters of reads."""

from __future__ import annotations

import uuid

from rest_framework.request import Request

from annotator.core.errors import PreconditionRequired, Unprocessable


def seen_revision(request: Request) -> int:
    """The revision in ``If-Match``. Raises PreconditionRequired without it."""
    value = request.headers.get("If-Match")
    if value is None:
        raise PreconditionRequired("send the revision you saw in the If-Match header")
    digits = value.strip().removeprefix("W/").strip('"')
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 10):
        raise Unprocessable(f"If-Match must be a revision number, not {value[:40]!r}")
    return int(digits)


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
    if not value:
        return default
    if not (value.isascii() and value.isdecimal() and len(value) <= 19 and int(value) <= most):
        raise Unprocessable(f"{name} must be a whole number from 0 to {most}", field=name)
    return int(value)


def text(request: Request, name: str, *, most: int = 200) -> str | None:
    """A query parameter of at most ``most`` characters, None when it is absent or empty. Raises Unprocessable."""
    value = request.query_params.get(name)
    if not value:
        return None
    if "\x00" in value or len(value) > most:
        raise Unprocessable(f"{name} must be a text of at most {most} characters without NUL", field=name)
    return value


def one_of(request: Request, name: str, choices: list[str]) -> list[str]:
    """A query parameter of choices with commas between, empty when it is absent. Raises Unprocessable."""
    chosen = (text(request, name) or "").split(",")
    wanted = [one for one in chosen if one]
    if not set(wanted) <= set(choices):
        raise Unprocessable(f"{name} must be of {', '.join(choices)}", field=name)
    return wanted
