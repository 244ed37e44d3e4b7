"""Projects, their settings, and what a lead sees of them."""

from __future__ import annotations

from typing import Any

from django.db import connection
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotator.api.authentication import signed_in
from annotator.api.fields import Share
from annotator.api.labels import LabelInput
from annotator.api.preconditions import seen_revision, whole_number
from annotator.api.schema import Doc
from annotator.models import AuditEvent, Project
from annotator.permissions import ROLE_CAN, require, require_staff, role_of
from annotator.selectors import projects as read
from annotator.selectors.proposals import can_propose
from annotator.services import projects


class ProjectInput(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120)
    description = serializers.CharField(max_length=4000, allow_blank=True, default="")
    task_type = serializers.CharField(max_length=40)
    classes = LabelInput(many=True, required=False)


class OnlyOff(serializers.BooleanField):
    """Turned on where thresholds are found, so that it is never on without them."""

    def to_internal_value(self, data: Any) -> bool:
        if super().to_internal_value(data):
            raise serializers.ValidationError("turn this on by using found thresholds: POST thresholds/found/")
        return False


class ProjectChanges(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120, required=False)
    description = serializers.CharField(max_length=4000, allow_blank=True, required=False)
    show_threshold = Share(required=False)
    accept_threshold = Share(required=False)
    thresholds_calibrated = serializers.BooleanField(required=False)
    accept_found = OnlyOff(required=False)
    submit_unchecked = serializers.BooleanField(required=False)
    spot_check_rate = Share(required=False)


def project_rows(rows: list[Project], roles: dict[int, str]) -> list[dict[str, Any]]:
    """Projects as the API shows them, in a number of queries that does not grow with theirs."""
    ids = [project.pk for project in rows]
    classes, counts, deployments = read.classes_of(ids), read.counts_of(ids), deployments_of(ids)
    return [
        {field: getattr(project, field) for field in read.PROJECT_FIELDS}
        | {
            "role": roles[project.pk],
            "capabilities": sorted(ROLE_CAN[roles[project.pk]]),
            "classes": classes[project.pk],
            "counts": counts[project.pk],
            "deployment": deployments.get(project.pk),
            "can_cut_out": can_propose(project.task_type),
            "retrain": {"due": False, "triggers": []} | project.retrain,
        }
        for project in rows
    ]


def deployments_of(project_ids: list[int]) -> dict[int, dict[str, Any]]:
    """project id → what predicts there; read through the source, since nothing here points up to prelabel."""
    found = {}
    rows = Project.objects.filter(pk__in=project_ids, active_source__isnull=False).select_related("active_source")
    for project in rows:
        source = project.active_source
        assert source is not None
        kind, _, variant_id = source.reference.partition(":")
        found[project.pk] = {
            "source_id": source.pk,
            "name": source.name,
            "variant_id": int(variant_id) if kind == "variant" and variant_id.isdigit() else None,
            "since": source.created_at,
        }
    return found


class ProjectsView(APIView):
    doc = Doc(inputs={"POST": ProjectInput}, answers={"POST": 201})

    def get(self, request: Request) -> Response:
        rows = list(read.projects_of(signed_in(request)))
        roles = dict(signed_in(request).memberships.values_list("project_id", "role"))
        return Response({"results": project_rows(rows, roles)})

    def post(self, request: Request) -> Response:
        require_staff(signed_in(request))
        given = ProjectInput(data=request.data)
        given.is_valid(raise_exception=True)
        project = projects.create_project(actor=signed_in(request), **given.validated_data)
        return Response(_detail(request, project.pk), status=201)


def _detail(request: Request, project_id: int) -> dict[str, Any]:
    role = role_of(request.user, project_id)
    assert role is not None
    row = project_rows([Project.objects.get(pk=project_id)], {project_id: role})[0]
    row["splits"] = read.splits_of(project_id)
    return row


class ProjectView(APIView):
    doc = Doc(inputs={"PATCH": ProjectChanges}, if_match=("PATCH",))

    def get(self, request: Request, project_id: int) -> Response:
        require(request.user, project_id, "view")
        return Response(_detail(request, project_id))

    def patch(self, request: Request, project_id: int) -> Response:
        require(request.user, project_id, "edit_project")
        given = ProjectChanges(data=request.data)
        given.is_valid(raise_exception=True)
        projects.update_project(
            actor=signed_in(request),
            project_id=project_id,
            seen_revision=seen_revision(request),
            values=given.validated_data,
        )
        return Response(_detail(request, project_id))


class AuditView(APIView):
    """Newest first; ``?before=`` an id gives the page after."""

    doc = Doc(queries={"before": int, "limit": int})

    def get(self, request: Request, project_id: int) -> Response:
        require(request.user, project_id, "view_audit")
        before, limit = whole_number(request, "before", 2**62), whole_number(request, "limit", 100, most=500)
        rows = AuditEvent.objects.filter(project_id=project_id, pk__lt=before).order_by("-id")
        page = list(
            rows.values("id", "at", "actor_name", "verb", "target_type", "target_id", "before", "after")[: limit + 1]
        )
        return Response({"results": page[:limit], "next": page[limit - 1]["id"] if len(page) > limit else None})


class HealthView(APIView):
    """For load balancers: the database answers."""

    authentication_classes = []
    permission_classes = []

    def get(self, request: Request) -> Response:
        connection.ensure_connection()
        return Response({"ok": True})
