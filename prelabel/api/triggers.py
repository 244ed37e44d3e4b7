"""When a project trains again: its triggers, how far each is, and what to do with a proposal."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotator.api.authentication import signed_in
from annotator.api.preconditions import seen_revision
from annotator.api.schema import Doc
from annotator.permissions import require, require_project
from prelabel.core.trigger import MODES
from prelabel.core.triggers import SLUGS
from prelabel.selectors.triggers import triggers_told
from prelabel.services.triggers import change_triggers, put_aside


class TriggerInput(serializers.Serializer[Any]):
    slug = serializers.ChoiceField(choices=SLUGS)
    mode = serializers.ChoiceField(choices=list(MODES))
    options = serializers.DictField()


class TriggersInput(serializers.Serializer[Any]):
    triggers = TriggerInput(many=True, allow_empty=False)


class AsideInput(serializers.Serializer[Any]):
    triggers = serializers.ListField(child=serializers.ChoiceField(choices=SLUGS), allow_empty=False)


class TriggersView(APIView):
    doc = Doc(inputs={"PATCH": TriggersInput}, if_match=("PATCH",))

    def get(self, request: Request, project_id: int) -> Response:
        return Response(triggers_told(require_project(request.user, project_id, "view")))

    def patch(self, request: Request, project_id: int) -> Response:
        require(request.user, project_id, "edit_project")
        given = TriggersInput(data=request.data)
        given.is_valid(raise_exception=True)
        project = change_triggers(
            actor=signed_in(request),
            project_id=project_id,
            seen_revision=seen_revision(request),
            changes={one["slug"]: one for one in given.validated_data["triggers"]},
        )
        return Response(triggers_told(project))


class AsideView(APIView):
    """Puts a proposal aside: what is known now is no reason any more."""

    doc = Doc(inputs={"POST": AsideInput})

    def post(self, request: Request, project_id: int) -> Response:
        require(request.user, project_id, "edit_project")
        given = AsideInput(data=request.data)
        given.is_valid(raise_exception=True)
        project = put_aside(actor=signed_in(request), project_id=project_id, slugs=given.validated_data["triggers"])
        return Response(triggers_told(project))
