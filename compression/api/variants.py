"""A variant taken elsewhere: exported to other runtimes, measured on a device, evaluated, downloaded as a bundle."""

from __future__ import annotations

from typing import Any

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotator.api.authentication import signed_in
from annotator.api.fields import Id
from annotator.api.preconditions import idempotency_key, text
from annotator.api.schema import Doc
from annotator.permissions import require_anywhere
from annotator.selectors.runs import run_row
from compression.selectors.cards import card_facts, variant_for_target
from compression.selectors.devices import device_details
from compression.services import evaluations, exports
from prelabel.api.models import variant_for
from prelabel.core.artifact import Manifest
from prelabel.core.bundle import bundle_texts
from prelabel.services.bundles import bundle_name, stream_bundle


class ExportModelInput(serializers.Serializer[Any]):
    targets = serializers.ListField(child=serializers.CharField(max_length=20), min_length=1, max_length=12)
    precision = serializers.CharField(max_length=12, default="fp32")


class ExportView(APIView):
    doc = Doc(inputs={"POST": ExportModelInput}, answers={"POST": 202}, keyed=("POST",))

    def post(self, request: Request, variant_id: int) -> Response:
        variant = variant_for(request, variant_id, "train")
        given = ExportModelInput(data=request.data)
        given.is_valid(raise_exception=True)
        run = exports.start_export(
            actor=signed_in(request),
            variant=variant,
            targets=given.validated_data["targets"],
            precision=given.validated_data["precision"],
            idempotency_key=idempotency_key(request),
        )
        return Response(run_row(run), status=202)


class BenchmarkInput(serializers.Serializer[Any]):
    device_id = Id()


class BenchmarkView(APIView):
    doc = Doc(inputs={"POST": BenchmarkInput}, answers={"POST": 202}, keyed=("POST",))

    def post(self, request: Request, variant_id: int) -> Response:
        variant = variant_for(request, variant_id, "train")
        given = BenchmarkInput(data=request.data)
        given.is_valid(raise_exception=True)
        run = exports.start_benchmark(
            actor=signed_in(request),
            variant=variant,
            device_id=given.validated_data["device_id"],
            idempotency_key=idempotency_key(request),
        )
        return Response(run_row(run), status=202)


class EvaluateInput(serializers.Serializer[Any]):
    version_id = Id(required=False, allow_null=True, default=None)


class EvaluateView(APIView):
    doc = Doc(inputs={"POST": EvaluateInput}, answers={"POST": 202}, keyed=("POST",))

    def post(self, request: Request, variant_id: int) -> Response:
        variant = variant_for(request, variant_id, "train")
        given = EvaluateInput(data=request.data)
        given.is_valid(raise_exception=True)
        run = evaluations.start_evaluation(
            actor=signed_in(request),
            variant=variant,
            version_id=given.validated_data["version_id"],
            idempotency_key=idempotency_key(request),
        )
        return Response(run_row(run), status=202)


class DownloadView(APIView):
    """A zip with the model, its manifest, a model card and runnable examples; ``target`` asks for an export of it."""

    doc = Doc(file=True, queries={"target": str})

    def get(self, request: Request, variant_id: int) -> StreamingHttpResponse:
        asked = variant_for(request, variant_id, "view_models")
        variant = variant_for_target(asked, text(request, "target", most=20))
        texts = bundle_texts(Manifest.from_json(variant.manifest), card_facts(variant))
        response = StreamingHttpResponse(stream_bundle(variant, texts), content_type="application/zip")
        response["Content-Disposition"] = content_disposition_header(True, bundle_name(variant)) or "attachment"
        return response


class DevicesView(APIView):
    """The machines that workers run on; for whoever may see models somewhere."""

    def get(self, request: Request) -> Response:
        require_anywhere(request.user, "view_models")
        return Response({"results": device_details()})
