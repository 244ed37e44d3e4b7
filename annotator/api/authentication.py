"""Session log-in for the API; a request without one is answered 401, so that the browser can ask to sign in again."""

from __future__ import annotations

from rest_framework import authentication, exceptions
from rest_framework.request import Request

from annotator.models import User


class SessionAuthentication(authentication.SessionAuthentication):
    """Django's session with CSRF check; naming a scheme makes DRF answer 401 instead of 403 when signed out."""

    def authenticate_header(self, request: Request) -> str:
        return "Session"


def signed_in(request: Request) -> User:
    """The person behind the request. Raises NotAuthenticated (401) where a view is open to all."""
    if not isinstance(request.user, User):
        raise exceptions.NotAuthenticated()
    return request.user
