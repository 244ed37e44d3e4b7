"""Every error of the API as ``{code, message, details}``."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import DataError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from annotator.core.errors import WinnowError


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: our own tree as it is, DRF's mapped onto the same shape, the rest is a 500."""
    set_rollback()
    if isinstance(error, WinnowError):
        return _answer(error.status, error.code, error.message, error.details)
    if isinstance(error, Http404):
        return _answer(404, "not_found", "there is nothing here", {})
    if isinstance(error, PermissionDenied):
        return _answer(403, "forbidden", str(error) or "you may not do this", {})
    if isinstance(error, exceptions.ValidationError):
        return _answer(400, "invalid", "some fields are not right; see details", {"fields": error.get_full_details()})
    if isinstance(error, exceptions.APIException):
        headers = {"WWW-Authenticate": error.auth_header} if getattr(error, "auth_header", None) else {}  # type: ignore[attr-defined]
        if isinstance(error, exceptions.Throttled) and error.wait:
            headers["Retry-After"] = str(int(error.wait) + 1)
        codes = error.get_codes()
        return _answer(error.status_code, codes if isinstance(codes, str) else "invalid", str(error.detail), {}, headers)
    if isinstance(error, DataError):  # e.g. a NUL in a string or an id beyond 64 bits
        return _answer(400, "invalid", "a value does not fit the database", {})
    return None


def _answer(
    status: int, code: str, message: str, details: dict[str, Any], headers: dict[str, str] | None = None
) -> Response:
    return Response({"code": code, "message": message, "details": details}, status=status, headers=headers)
