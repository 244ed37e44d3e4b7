"""Who is in a project."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotator.api.authentication import signed_in
from annotator.api.schema import Doc
from annotator.core.errors import NotFound
from annotator.models import Member
from annotator.models.members import Role
from annotator.permissions import require, require_project
from annotator.selectors.projects import member_row, members_of
from annotator.services import projects


class MemberInput(serializers.Serializer[Any]):
    email = serializers.EmailField(max_length=254)
    role = serializers.ChoiceField(choices=Role.choices)


class RoleInput(serializers.Serializer[Any]):
    role = serializers.ChoiceField(choices=Role.choices)


class MembersView(APIView):
    doc = Doc(inputs={"POST": MemberInput}, answers={"POST": 201})

    def get(self, request: Request, project_id: int) -> Response:
        require(request.user, project_id, "view")
        return Response({"results": members_of(project_id)})

    def post(self, request: Request, project_id: int) -> Response:
        project = require_project(request.user, project_id, "manage_members")
        given = MemberInput(data=request.data)
        given.is_valid(raise_exception=True)
        member = projects.add_member(actor=signed_in(request), project=project, **given.validated_data)
        return Response(member_row(member), status=201)


class MemberView(APIView):
    doc = Doc(inputs={"PATCH": RoleInput})

    def patch(self, request: Request, member_id: int) -> Response:
        member = _member(request, member_id)
        given = RoleInput(data=request.data)
        given.is_valid(raise_exception=True)
        return Response(
            member_row(projects.change_role(actor=signed_in(request), member=member, role=given.validated_data["role"]))
        )

    def delete(self, request: Request, member_id: int) -> Response:
        projects.remove_member(actor=signed_in(request), member=_member(request, member_id))
        return Response(status=204)


def _member(request: Request, member_id: int) -> Member:
    member = Member.objects.select_related("user").filter(pk=member_id).first()
    if member is None:
        raise NotFound("there is no such member")
    require(request.user, member.project_id, "manage_members")
    return member
