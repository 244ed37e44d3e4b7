"""Compression: what can be chosen, what it would take, starting it, its trials, and the plot of results."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotator.api.authentication import signed_in
from annotator.api.fields import FiniteFloat, Id, Share
from annotator.api.preconditions import idempotency_key, whole_number
from annotator.api.runs import run_for
from annotator.api.schema import Doc
from annotator.core.errors import NotFound
from annotator.models import DatasetVersion
from annotator.permissions import require_project
from annotator.selectors.runs import run_row
from compression.selectors.options import compress_options
from compression.selectors.pareto import pareto
from compression.selectors.trials import trial_rows
from compression.services import compressions

_OPTIONAL: dict[str, Any] = {"required": False, "allow_null": True, "default": None}


class TrainInput(serializers.Serializer[Any]):
    """A training before the plan."""

    base = serializers.CharField(max_length=80, **_OPTIONAL)
    preset = serializers.ChoiceField(choices=["quick", "normal"], default="normal")
    epochs = serializers.IntegerField(min_value=1, max_value=1000, **_OPTIONAL)
    image_size = serializers.IntegerField(min_value=32, max_value=1280, **_OPTIONAL)
    minutes = FiniteFloat(min_value=0.1, max_value=10_000, **_OPTIONAL)
    batch = serializers.IntegerField(min_value=1, max_value=1024, **_OPTIONAL)


class SourceInput(serializers.Serializer[Any]):
    """Where the weights come from: a model version, or a training."""

    model_version_id = Id(required=False)
    train = TrainInput(required=False)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if len(given) != 1:
            raise serializers.ValidationError("give either model_version_id or train")
        return given


class StepInput(serializers.Serializer[Any]):
    step = serializers.CharField(max_length=40)
    options = serializers.DictField(required=False, default=dict)


class SearchInput(serializers.Serializer[Any]):
    minutes = FiniteFloat(min_value=0.05, max_value=10_000, **_OPTIONAL)
    trials = serializers.IntegerField(min_value=1, max_value=1000, **_OPTIONAL)


class BudgetsInput(serializers.Serializer[Any]):
    size_mb = FiniteFloat(min_value=0.001, max_value=100_000, **_OPTIONAL)
    latency_ms = FiniteFloat(min_value=0.001, max_value=1_000_000, **_OPTIONAL)
    min_metric = Share(**_OPTIONAL)
    max_drop = Share(required=False, default=0.02)
    device_id = Id(**_OPTIONAL)


class GatesInput(serializers.Serializer[Any]):
    max_drop = Share(required=False, default=0.02)
    max_class_drop = Share(**_OPTIONAL)
    max_latency_ms = FiniteFloat(min_value=0.001, max_value=1_000_000, **_OPTIONAL)
    max_size_mb = FiniteFloat(min_value=0.001, max_value=100_000, **_OPTIONAL)


class CompressInput(serializers.Serializer[Any]):
    dataset_version_id = Id(**_OPTIONAL)
    source = SourceInput()  # type: ignore[assignment]  # a field of our name, not the one every field has
    preset = serializers.CharField(max_length=40, **_OPTIONAL)
    plan = StepInput(many=True, **_OPTIONAL)
    search = SearchInput(**_OPTIONAL)
    teacher_version_id = Id(**_OPTIONAL)
    budgets = BudgetsInput(required=False, default=dict)
    gates = GatesInput(required=False, default=dict)
    targets = serializers.ListField(child=serializers.CharField(max_length=20), max_length=12, default=list)
    seed = serializers.IntegerField(min_value=0, max_value=2**31 - 1, default=0)
    minutes = FiniteFloat(min_value=0.1, max_value=10_000, **_OPTIONAL)
    queue = serializers.ChoiceField(choices=["cpu", "gpu"], default="cpu")
    deploy_if_passed = serializers.BooleanField(default=False)


def _order(request: Request) -> dict[str, Any]:
    given = CompressInput(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


class CompressOptionsView(APIView):
    doc = Doc(queries={"version_id": int, "dataset_version_id": int})

    def get(self, request: Request, project_id: int) -> Response:
        project = require_project(request.user, project_id, "view_models")
        version, wanted = None, whole_number(request, "dataset_version_id", 0)
        if wanted:
            version = DatasetVersion.objects.filter(pk=wanted, project=project).first()
            if version is None:
                raise NotFound("there is no such version in this project")
        source_id = whole_number(request, "version_id", 0) or None
        return Response(compress_options(project, version, source_id))


class CompressEstimateView(APIView):
    doc = Doc(inputs={"POST": CompressInput})

    def post(self, request: Request, project_id: int) -> Response:
        project = require_project(request.user, project_id, "train")
        return Response(compressions.estimate_compression(project=project, body=_order(request)))


class CompressView(APIView):
    doc = Doc(inputs={"POST": CompressInput}, answers={"POST": 202}, keyed=("POST",))

    def post(self, request: Request, project_id: int) -> Response:
        project = require_project(request.user, project_id, "train")
        run = compressions.start_compression(
            actor=signed_in(request),
            project=project,
            body=_order(request),
            idempotency_key=idempotency_key(request),
        )
        return Response(run_row(run), status=202)


class TrialsView(APIView):
    def get(self, request: Request, run_id: int) -> Response:
        return Response({"results": trial_rows(run_for(request, run_id).pk)})


class ParetoView(APIView):
    doc = Doc(queries={"dataset_version_id": int, "device_id": int})

    def get(self, request: Request, project_id: int) -> Response:
        project = require_project(request.user, project_id, "view_models")
        return Response(
            pareto(
                project,
                dataset_version_id=whole_number(request, "dataset_version_id", 0, most=2**63 - 1) or None,
                device_id=whole_number(request, "device_id", 0, most=2**63 - 1) or None,
            )
        )
