"""People of the server; staff only."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotator.api.authentication import signed_in
from annotator.api.schema import Doc
from annotator.models import User
from annotator.permissions import require_staff
from annotator.services import users


class UserInput(serializers.Serializer[Any]):
    email = serializers.EmailField(max_length=254)
    name = serializers.CharField(max_length=120, allow_blank=True, default="")
    password = serializers.CharField(max_length=1024, trim_whitespace=False)


class UsersView(APIView):
    doc = Doc(inputs={"POST": UserInput}, answers={"POST": 201})

    def get(self, request: Request) -> Response:
        require_staff(signed_in(request))
        return Response({"results": list(User.objects.order_by("id").values("id", "email", "name", "is_staff"))})

    def post(self, request: Request) -> Response:
        require_staff(signed_in(request))
        given = UserInput(data=request.data)
        given.is_valid(raise_exception=True)
        user = users.add_user(actor=signed_in(request), **given.validated_data)
        return Response({"id": user.pk, "email": user.email, "name": user.name, "is_staff": user.is_staff}, status=201)
