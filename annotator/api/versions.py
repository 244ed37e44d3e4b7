"""Frozen versions of the data."""

from __future__ import annotations

from typing import Any

from django.db.models import F
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotator.api.authentication import signed_in
from annotator.api.schema import Doc
from annotator.models import DatasetVersion
from annotator.permissions import require, require_project
from annotator.services import versions


class VersionInput(serializers.Serializer[Any]):
    note = serializers.CharField(max_length=400, allow_blank=True, default="")
    include_auto = serializers.BooleanField(default=False)


def version_rows(project_id: int) -> list[dict[str, Any]]:
    """The versions of a project, newest first."""
    rows = DatasetVersion.objects.filter(project_id=project_id).order_by("-number")
    fields = ("id", "number", "note", "counts", "include_auto", "created_at")
    return [{**row} for row in rows.values(*fields, created_by_name=F("created_by__name"))]


class VersionsView(APIView):
    doc = Doc(inputs={"POST": VersionInput}, answers={"POST": 201})

    def get(self, request: Request, project_id: int) -> Response:
        require(request.user, project_id, "view_models")
        return Response({"results": version_rows(project_id)})

    def post(self, request: Request, project_id: int) -> Response:
        project = require_project(request.user, project_id, "freeze")
        given = VersionInput(data=request.data)
        given.is_valid(raise_exception=True)
        version = versions.freeze_version(actor=signed_in(request), project=project, **given.validated_data)
        row = next(row for row in version_rows(project_id) if row["id"] == version.pk)
        return Response(row, status=201)
