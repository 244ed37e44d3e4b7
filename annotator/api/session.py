"""Log-in, log-out, and who am I."""

from __future__ import annotations

import json
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_protect, ensure_csrf_cookie
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from annotator.api.authentication import signed_in
from annotator.api.schema import Doc
from annotator.core.errors import WinnowError
from annotator.models import User
from annotator.services import users

USER_FIELDS = ("id", "email", "name", "locale", "is_staff", "preferences")


class LoginThrottle(SimpleRateThrottle):
    """Counts log-in attempts per address and e-mail, so that one guesser does not lock others out."""

    scope = "login"

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        if request.method != "POST":
            return None
        email = str(request.data.get("email", "")).strip()[:254].lower() if isinstance(request.data, dict) else ""
        return str(self.cache_format) % {"scope": self.scope, "ident": f"{self.get_ident(request)}:{email}"}


class AddressThrottle(SimpleRateThrottle):
    """Counts log-in attempts per address whatever the e-mail, so that one guesser cannot try everybody."""

    scope = "login_address"

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        if request.method != "POST":
            return None
        return str(self.cache_format) % {"scope": self.scope, "ident": self.get_ident(request)}


class LoginInput(serializers.Serializer[Any]):
    email = serializers.CharField(max_length=254)
    password = serializers.CharField(max_length=1024, trim_whitespace=False)


class SessionInput(serializers.Serializer[Any]):
    locale = serializers.ChoiceField(choices=["en", "zh-Hans"])


class PreferencesInput(serializers.Serializer[Any]):
    keys = serializers.DictField(child=serializers.ListField(child=serializers.CharField()), required=False)
    single_keys = serializers.BooleanField(required=False)


def demo_login() -> dict[str, str] | None:
    """The demo's log-in, while its file is there (`manage.py demo` writes it)."""
    path = Path(settings.DATA_DIR) / "demo_login.json"
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    return {"email": found["email"], "password": found["password"]} if "password" in found else None


def is_local(request: Request) -> bool:
    """True for a browser on this very machine: a server that others reach must not hand them the demo's log-in."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    try:
        here = ip_address(address).is_loopback
    except ValueError:  # a Unix socket behind a proxy
        here = False
    name = request.get_host().rpartition(":")[0] or request.get_host()
    return here and "X-Forwarded-For" not in request.headers and name in {"localhost", "127.0.0.1", "[::1]"}


@method_decorator(ensure_csrf_cookie, name="dispatch")
class SessionView(APIView):
    """``/api/session/``: a GET also sets the CSRF cookie."""

    doc = Doc(inputs={"POST": LoginInput, "PATCH": SessionInput})

    permission_classes = [AllowAny]
    throttle_classes = [LoginThrottle, AddressThrottle]

    def get(self, request: Request) -> Response:
        return Response(self._state(request))

    @method_decorator(csrf_protect)
    def post(self, request: Request) -> Response:
        given = LoginInput(data=request.data)
        given.is_valid(raise_exception=True)
        user = authenticate(
            request._request,
            username=given.validated_data["email"].strip().lower(),
            password=given.validated_data["password"],
        )
        if user is None:
            raise WinnowError("e-mail address or password is wrong", code="wrong_credentials")
        login(request._request, user)
        request.user = user
        return Response(self._state(request))

    def delete(self, request: Request) -> Response:
        logout(request._request)
        return Response(status=204)

    def patch(self, request: Request) -> Response:
        actor = signed_in(request)
        given = SessionInput(data=request.data)
        given.is_valid(raise_exception=True)
        users.set_locale(actor=actor, locale=given.validated_data["locale"])
        return Response(self._state(request))

    def _state(self, request: Request) -> dict[str, Any]:
        user = request.user
        known = isinstance(user, User)
        return {
            "user": {field: getattr(user, field) for field in USER_FIELDS} if known else None,
            "version": settings.VERSION,
            "source_url": settings.SOURCE_URL,
            "demo": demo_login() if not known and is_local(request) else None,
        }


class PreferencesView(APIView):
    """``/api/session/preferences/``: always those of who is signed in; there is no address for another person's."""

    doc = Doc(inputs={"PATCH": PreferencesInput})

    def patch(self, request: Request) -> Response:
        # Checked by core/preferences.py whole: DRF would turn numbers into texts and leave unknown names out.
        user = users.set_preferences(actor=signed_in(request), change=request.data)
        return Response({"preferences": user.preferences})
