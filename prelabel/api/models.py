"""Models of a project: list, import, download, deploy, roll back."""

from __future__ import annotations

from typing import Any

import orjson
from django.conf import settings
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotator import storage
from annotator.api.authentication import signed_in
from annotator.api.schema import Doc
from annotator.core.errors import BadArtifact, NotFound, TooLarge
from annotator.permissions import require, require_project
from annotator.selectors.runs import run_row
from annotator.services import runs
from prelabel.core.base_models import base_models_for
from prelabel.models import ModelVariant
from prelabel.selectors import registry as read
from prelabel.services import deployments
from prelabel.services.uploads import check_upload, refuse_pickle_start


class ModelInput(serializers.Serializer[Any]):
    manifest = serializers.FileField()
    model = serializers.FileField()


class ModelsView(APIView):
    doc = Doc(inputs={"POST": ModelInput}, answers={"POST": 202})
    parser_classes = [MultiPartParser]

    def get(self, request: Request, project_id: int) -> Response:
        project = require_project(request.user, project_id, "view_models")
        bases = [
            {"slug": one.slug, "label": one.label, "arch": one.arch, "licence": one.licence, "shipped": one.shipped,
             "default": one.default}
            for one in base_models_for(project.task_type)
        ]  # fmt: skip
        rows, back = read.model_rows(project_id), read.rollback_target(project_id)
        return Response({"results": rows, "base_models": bases, "rollback_to": back})

    def post(self, request: Request, project_id: int) -> Response:
        """Import an ONNX model with its manifest; a run checks it in a worker before it may be deployed."""
        project = require_project(request.user, project_id, "deploy")
        given = ModelInput(data=request.data)
        given.is_valid(raise_exception=True)
        manifest_file, model_file = given.validated_data["manifest"], given.validated_data["model"]
        if model_file.size > settings.MODEL_MAX_BYTES:
            raise TooLarge(
                f"the model file is larger than {settings.MODEL_MAX_BYTES // 2**20} MB (WINNOW_MODEL_MAX_MB)"
            )
        if manifest_file.size > 2**20:
            raise TooLarge("the manifest is larger than 1 MB")
        try:
            manifest = orjson.loads(manifest_file.read())
        except orjson.JSONDecodeError as error:
            raise BadArtifact(f"the manifest is not JSON: {error}", field="manifest") from error
        refuse_pickle_start(model_file.read(8))
        model_file.seek(0)
        sha256 = storage.put_upload(model_file)
        checked = check_upload(
            manifest, file_name=model_file.name, sha256=sha256, size_bytes=model_file.size, task_type=project.task_type
        )
        run = runs.create_run(
            actor=signed_in(request), project=project, kind="import_model", params={"manifest": checked.to_json()}
        )
        return Response(run_row(run), status=202)


def variant_for(request: Request, variant_id: int, capability: str) -> ModelVariant:
    """The variant, if the person has the capability in its project. Raises NotFound, NotAllowed."""
    variant = ModelVariant.objects.select_related("version").filter(pk=variant_id).first()
    if variant is None:
        raise NotFound("there is no such model variant")
    require(request.user, variant.version.project_id, capability)
    return variant


class DeployInput(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=400, allow_blank=True, default="")


class PromoteInput(DeployInput):
    override = serializers.BooleanField(default=False, help_text="go over a refusal of the gate; needs a reason")


class DeployView(APIView):
    doc = Doc(inputs={"POST": PromoteInput}, answers={"POST": 201})

    def post(self, request: Request, variant_id: int) -> Response:
        variant = variant_for(request, variant_id, "deploy")
        given = PromoteInput(data=request.data)
        given.is_valid(raise_exception=True)
        deployment, run = deployments.deploy_variant(actor=signed_in(request), variant=variant, **given.validated_data)
        row = read.deployment_row(deployment) | {"predict_run_id": run.pk if run else None}
        return Response(row, status=201)


class RollbackView(APIView):
    doc = Doc(inputs={"POST": DeployInput}, answers={"POST": 201})

    def post(self, request: Request, project_id: int) -> Response:
        project = require_project(request.user, project_id, "deploy")
        given = DeployInput(data=request.data)
        given.is_valid(raise_exception=True)
        deployment, run = deployments.rollback(
            actor=signed_in(request), project=project, reason=given.validated_data["reason"]
        )
        row = read.deployment_row(deployment) | {"predict_run_id": run.pk if run else None}
        return Response(row, status=201)
