"""Data in and out: both are runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from rest_framework import serializers
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotator import storage
from annotator.api.authentication import signed_in
from annotator.api.fields import Id
from annotator.api.parsing import StrictJsonParser
from annotator.api.preconditions import idempotency_key
from annotator.api.schema import Doc
from annotator.core.errors import NotAllowed, NotFound, TooLarge, Unprocessable
from annotator.core.formats import FORMATS
from annotator.models import DatasetVersion, Project
from annotator.permissions import require_project
from annotator.selectors.runs import run_row
from annotator.services import runs


class ImportInput(serializers.Serializer[Any]):
    file = serializers.FileField(required=False)
    path = serializers.CharField(max_length=1000, required=False)
    format = serializers.ChoiceField(choices=["auto", *FORMATS], default="auto")
    labels = serializers.ChoiceField(choices=["truth", "guesses", "none"], default="truth")
    split = serializers.ChoiceField(choices=["keep", "hash"], default="keep")
    dataset = serializers.CharField(max_length=120, required=False, allow_blank=True)
    create_classes = serializers.BooleanField(required=False, allow_null=True, default=None)
    dry_run = serializers.BooleanField(default=False)


class ImportsView(APIView):
    doc = Doc(inputs={"POST": ImportInput}, answers={"POST": 202}, keyed=("POST",))
    parser_classes = [MultiPartParser, FormParser, StrictJsonParser]

    def post(self, request: Request, project_id: int) -> Response:
        project = require_project(request.user, project_id, "import")
        given = ImportInput(data=request.data)
        given.is_valid(raise_exception=True)
        params = dict(given.validated_data)
        upload, path = params.pop("file", None), params.pop("path", None)
        if (upload is None) == (path is None):
            raise Unprocessable("send either a zip as `file` or a server folder as `path`", field="file")
        params["source"] = _from_upload(upload) if upload is not None else _from_folder(path)
        params["dataset"] = (params.get("dataset") or Path(params["source"]["name"]).stem or "import")[:120]
        run = runs.create_run(
            actor=signed_in(request),
            project=project,
            kind="import_dataset",
            params=params,
            idempotency_key=idempotency_key(request),
        )
        return Response(run_row(run), status=202)


def _from_upload(upload: UploadedFile) -> dict[str, Any]:
    if upload.size is not None and upload.size > settings.UPLOAD_MAX_BYTES:
        most = settings.UPLOAD_MAX_BYTES // 2**20
        raise TooLarge(f"the upload has {upload.size // 2**20} MB, the limit is {most} MB (WINNOW_UPLOAD_MAX_MB)")
    return {"zip_sha256": storage.put_upload(upload), "name": Path(upload.name or "upload.zip").name}


def _from_folder(path: str) -> dict[str, Any]:
    if not settings.IMPORT_ROOT:
        raise NotAllowed("import from server folders is off; whoever runs this server can set WINNOW_IMPORT_ROOT")
    root = Path(settings.IMPORT_ROOT).resolve()
    missing = NotFound(f"there is no folder “{path[:200]}” below the import root")
    try:
        folder = (root / path.lstrip("/")).resolve()
        found = folder.is_relative_to(root) and folder.is_dir()
    except (OSError, RuntimeError) as error:  # a name too long, a loop of links
        raise missing from error
    if not found:
        raise missing
    return {"folder": str(folder.relative_to(root)), "name": folder.name}


class ExportInput(serializers.Serializer[Any]):
    format = serializers.ChoiceField(choices=list(FORMATS))
    version_id = Id(required=False, allow_null=True, default=None)
    images = serializers.BooleanField(default=True)


class ExportsView(APIView):
    doc = Doc(inputs={"POST": ExportInput}, answers={"POST": 202}, keyed=("POST",))

    def post(self, request: Request, project_id: int) -> Response:
        project = require_project(request.user, project_id, "export")
        given = ExportInput(data=request.data)
        given.is_valid(raise_exception=True)
        _check_export(project, given.validated_data)
        run = runs.create_run(
            actor=signed_in(request),
            project=project,
            kind="export_dataset",
            params=dict(given.validated_data),
            idempotency_key=idempotency_key(request),
        )
        return Response(run_row(run), status=202)


def _check_export(project: Project, wanted: dict[str, Any]) -> None:
    chosen = FORMATS[wanted["format"]]
    if project.task_type not in chosen.task_types:
        raise Unprocessable(f"{chosen.label} cannot hold {project.task_type}", field="format", code="wrong_task_type")
    version_id = wanted["version_id"]
    if version_id and not DatasetVersion.objects.filter(pk=version_id, project=project).exists():
        raise NotFound("there is no such version in this project")
