"""Starts train-and-compress runs."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotator.api.authentication import signed_in
from annotator.api.fields import FiniteFloat, Id
from annotator.api.preconditions import idempotency_key
from annotator.api.schema import Doc
from annotator.permissions import require_project
from annotator.selectors.runs import run_row
from compression.services import retrains


class RetrainInput(serializers.Serializer[Any]):
    version_id = Id(required=False, allow_null=True, default=None)
    base = serializers.CharField(max_length=80, required=False, allow_null=True, default=None)
    preset = serializers.ChoiceField(choices=["quick", "normal"], default="normal")
    epochs = serializers.IntegerField(min_value=1, max_value=1000, required=False, allow_null=True, default=None)
    image_size = serializers.IntegerField(min_value=32, max_value=1280, required=False, allow_null=True, default=None)
    minutes = FiniteFloat(min_value=0.1, max_value=10_000, required=False, allow_null=True, default=None)
    seed = serializers.IntegerField(min_value=0, max_value=2**31 - 1, default=0)
    deploy_if_passed = serializers.BooleanField(default=False)


class RetrainView(APIView):
    doc = Doc(inputs={"POST": RetrainInput}, answers={"POST": 202}, keyed=("POST",))

    def post(self, request: Request, project_id: int) -> Response:
        project = require_project(request.user, project_id, "train")
        given = RetrainInput(data=request.data)
        given.is_valid(raise_exception=True)
        run = retrains.start_retrain(
            actor=signed_in(request),
            project=project,
            params=dict(given.validated_data),
            idempotency_key=idempotency_key(request),
        )
        return Response(run_row(run), status=202)
