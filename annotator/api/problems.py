"""Every error of the API as ``{code, message, details}``."""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import DataError, IntegrityError
from django.http import Http404, HttpRequest, JsonResponse
from redis.exceptions import RedisError
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from annotator.core.errors import WinnowError

log = logging.getLogger(__name__)


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
        return _of_framework(error)
    return _of_services(error)


def _of_framework(error: exceptions.APIException) -> Response:
    challenge = getattr(error, "auth_header", None)
    headers = {"WWW-Authenticate": str(challenge)} if challenge else {}
    wait = getattr(error, "wait", None)
    if wait:
        headers["Retry-After"] = str(int(wait) + 1)
    codes = error.get_codes()
    return _answer(error.status_code, codes if isinstance(codes, str) else "invalid", str(error.detail), {}, headers)


def _of_services(error: Exception) -> Response | None:
    """What the database or Redis said, where a person can do something about it."""
    if isinstance(error, IntegrityError):  # two people did the same thing in the same moment
        log.warning("refused by the database: %s", error)
        return _answer(409, "conflict", "somebody changed this in the same moment; look again and repeat", {})
    if isinstance(error, DataError):  # e.g. a NUL in a document
        return _answer(400, "invalid", "a value does not fit the database", {})
    if isinstance(error, RedisError):
        log.error("Redis does not answer: %s", error)
        return _answer(503, "redis_down", "the server's Redis does not answer; try again in a moment", {})
    return None


def _answer(
    status: int, code: str, message: str, details: dict[str, Any], headers: dict[str, str] | None = None
) -> Response:
    return Response({"code": code, "message": message, "details": details}, status=status, headers=headers)


def csrf_failed(request: HttpRequest, reason: str = "") -> JsonResponse:
    """Django's CSRF refusal in the API's shape."""
    return _json(403, "csrf_failed", f"{reason or 'the CSRF token is missing or wrong'}; reload the page")


def not_found(request: HttpRequest, exception: Exception) -> JsonResponse:
    """An address that no route has."""
    return _json(404, "not_found", "there is nothing here")


def bad_request(request: HttpRequest, exception: Exception) -> JsonResponse:
    """What Django refuses before a view sees it: a wrong host, too many fields, a broken upload."""
    return _json(400, "invalid", "the request is malformed")


def server_error(request: HttpRequest) -> JsonResponse:
    """A bug; the log has the trace."""
    return _json(500, "internal", "something went wrong on the server; its log says what")


def _json(status: int, code: str, message: str) -> JsonResponse:
    return JsonResponse({"code": code, "message": message, "details": {}}, status=status)
