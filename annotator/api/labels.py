"""The classes of a project."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotator.api.authentication import signed_in
from annotator.api.fields import Share
from annotator.api.schema import Doc
from annotator.core.errors import NotFound
from annotator.models import LabelClass
from annotator.permissions import require, require_project
from annotator.selectors.projects import LABEL_FIELDS
from annotator.services import labels


class LabelInput(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120)
    name_zh = serializers.CharField(max_length=120, allow_blank=True, required=False)
    color = serializers.RegexField(r"^#[0-9a-f]{6}$", required=False)
    show_threshold = Share(allow_null=True, required=False)
    accept_threshold = Share(allow_null=True, required=False)
    archived = serializers.BooleanField(required=False)
    index = serializers.IntegerField(min_value=0, max_value=10_000, required=False)


def label_row(label: LabelClass) -> dict[str, Any]:
    """A class as the API shows it."""
    return {field: getattr(label, field) for field in LABEL_FIELDS}


class LabelsView(APIView):
    doc = Doc(inputs={"POST": LabelInput}, answers={"POST": 201})

    def post(self, request: Request, project_id: int) -> Response:
        project = require_project(request.user, project_id, "manage_labels")
        given = LabelInput(data=request.data)
        given.is_valid(raise_exception=True)
        label = labels.add_label(actor=signed_in(request), project=project, values=given.validated_data)
        return Response(label_row(label), status=201)


class LabelView(APIView):
    doc = Doc(inputs={"PATCH": LabelInput})

    def patch(self, request: Request, label_id: int) -> Response:
        label = LabelClass.objects.filter(pk=label_id).select_related("project").first()
        if label is None:
            raise NotFound("there is no such class")
        require(request.user, label.project_id, "manage_labels")
        given = LabelInput(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        return Response(
            label_row(labels.change_label(actor=signed_in(request), label=label, values=given.validated_data))
        )
