"""Runs: what is done in the background, how far it is, and its story."""

from __future__ import annotations

from typing import Any

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotator import storage
from annotator.api.authentication import signed_in
from annotator.api.preconditions import one_of, whole_number
from annotator.api.schema import Doc
from annotator.core.errors import NotFound
from annotator.dispatch import KINDS
from annotator.models import Run
from annotator.models.runs import RunState
from annotator.permissions import require
from annotator.selectors import runs as read
from annotator.services import runs

# Who may see or stop a kind of run is who may start it.
CAPABILITY = {
    "import_dataset": "import",
    "export_dataset": "export",
    "bulk_items": "manage_items",
    "predict": "predict",
    "order_queue": "manage_items",
    "find_similar": "review",
    "import_model": "deploy",
    "retrain": "train",
    "compress": "train",
    "evaluate": "train",
    "export_model": "train",
    "benchmark": "train",
}


def run_for(request: Request, run_id: int, *, act: bool = False) -> Run:
    """The run, if the person may see it (``act``: stop or retry it). Raises NotFound, NotAllowed."""
    run = Run.objects.select_related("created_by").filter(pk=run_id).first()
    if run is None:
        raise NotFound("there is no such run")
    require(request.user, run.project_id, CAPABILITY[run.kind] if act else "view_runs")
    return run


class RunsView(APIView):
    doc = Doc(queries={"kind": str, "state": str, "before": int})

    def get(self, request: Request, project_id: int) -> Response:
        require(request.user, project_id, "view_runs")
        rows = read.run_page(
            project_id=project_id,
            kinds=one_of(request, "kind", list(KINDS)),
            states=one_of(request, "state", RunState.values),
            before=whole_number(request, "before", 0) or None,
        )
        return Response({"results": rows})


class RunView(APIView):
    def get(self, request: Request, run_id: int) -> Response:
        return Response(read.run_outlook(run_for(request, run_id)))


class RunEventsView(APIView):
    doc = Doc(queries={"after": int})

    def get(self, request: Request, run_id: int) -> Response:
        run = run_for(request, run_id)
        events = read.events_after(run_id, whole_number(request, "after", 0))
        return Response({"results": events, "run": read.run_outlook(run)})


class RunCancelView(APIView):
    def post(self, request: Request, run_id: int) -> Response:
        run = runs.request_cancel(actor=signed_in(request), run=run_for(request, run_id, act=True))
        return Response(read.run_row(run))


class RetryInput(serializers.Serializer[Any]):
    stage = serializers.CharField(max_length=40, required=False, allow_null=True, default=None)


class RunRetryView(APIView):
    doc = Doc(inputs={"POST": RetryInput})

    def post(self, request: Request, run_id: int) -> Response:
        run = run_for(request, run_id, act=True)
        given = RetryInput(data=request.data)
        given.is_valid(raise_exception=True)
        run = runs.retry_run(actor=signed_in(request), run=run, stage=given.validated_data["stage"])
        return Response(read.run_row(run))


class RunDownloadView(APIView):
    """The file that an export made, streamed."""

    doc = Doc(file=True)

    def get(self, request: Request, run_id: int) -> StreamingHttpResponse:
        run = run_for(request, run_id, act=True)
        made = (run.result or {}).get("file")
        if not made:
            raise NotFound("this run has no file to download (yet)")
        response = StreamingHttpResponse(storage.blob_chunks(made["sha256"]), content_type="application/octet-stream")
        response["Content-Disposition"] = content_disposition_header(True, str(made["name"])) or "attachment"
        response["Content-Length"] = str(made["size_bytes"])
        return response
