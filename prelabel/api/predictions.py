"""Starts predict runs and tells how good a threshold would be."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotator.api.authentication import signed_in
from annotator.api.fields import Id
from annotator.api.preconditions import idempotency_key
from annotator.api.schema import Doc
from annotator.core.errors import Conflict, Unprocessable
from annotator.permissions import require, require_project
from annotator.selectors.runs import run_row
from annotator.services import runs
from prelabel.core.found_thresholds import DEFAULT_TARGET, TARGETS
from prelabel.selectors.registry import active_deployment
from prelabel.selectors.thresholds import estimate_accept
from prelabel.services.found_thresholds import use_found_thresholds


class PredictInput(serializers.Serializer[Any]):
    scope = serializers.ChoiceField(choices=["new", "unreviewed"], default="unreviewed")
    dataset_id = Id(required=False, allow_null=True, default=None)


class PredictView(APIView):
    doc = Doc(inputs={"POST": PredictInput}, answers={"POST": 202}, keyed=("POST",))

    def post(self, request: Request, project_id: int) -> Response:
        project = require_project(request.user, project_id, "predict")
        given = PredictInput(data=request.data)
        given.is_valid(raise_exception=True)
        if active_deployment(project_id) is None:
            raise Conflict("no model is deployed here yet; an admin can train or import one", code="nothing_deployed")
        run = runs.create_run(
            actor=signed_in(request),
            project=project,
            kind="predict",
            params=dict(given.validated_data),
            idempotency_key=idempotency_key(request),
        )
        return Response(run_row(run), status=202)


class FoundInput(serializers.Serializer[Any]):
    target = serializers.ChoiceField(choices=TARGETS, default=DEFAULT_TARGET)


class FoundThresholdsView(APIView):
    """Accept by the thresholds that reviewed items support at this precision, now and with each later model."""

    doc = Doc(inputs={"POST": FoundInput})

    def post(self, request: Request, project_id: int) -> Response:
        project = require_project(request.user, project_id, "edit_project")
        given = FoundInput(data=request.data)
        given.is_valid(raise_exception=True)
        target = float(given.validated_data["target"])
        return Response(use_found_thresholds(actor=signed_in(request), project_id=project.pk, target=target))


class ThresholdEstimateView(APIView):
    """``?precision=0.95``: the least accept threshold that kept this precision on human-reviewed val items."""

    doc = Doc(queries={"precision": float})

    def get(self, request: Request, project_id: int) -> Response:
        require(request.user, project_id, "view")
        text = request.query_params.get("precision", "0.95")
        try:
            precision = float(text)
        except ValueError as error:
            raise Unprocessable("precision must be a number between 0.5 and 1", field="precision") from error
        if not 0.5 <= precision <= 1:
            raise Unprocessable("precision must be a number between 0.5 and 1", field="precision")
        return Response(estimate_accept(project_id=project_id, precision=precision))
