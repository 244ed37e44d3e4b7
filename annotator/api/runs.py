"""Runs: what is done in the background, how far it is, and its story."""

from __future__ import annotations

from django.http import StreamingHttpResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotator import storage
from annotator.api.preconditions import whole_number
from annotator.core.errors import NotFound
from annotator.models import Run
from annotator.permissions import require
from annotator.selectors import runs as read
from annotator.services import runs

# Who may see or stop a kind of run is who may start it.
CAPABILITY = {
    "import_dataset": "import",
    "export_dataset": "export",
    "predict": "predict",
    "import_model": "deploy",
    "retrain": "train",
}


def run_for(request: Request, run_id: int, *, act: bool = False) -> Run:
    """The run, if the person may see it (``act``: stop or retry it). Raises NotFound, NotAllowed."""
    run = Run.objects.select_related("created_by").filter(pk=run_id).first()
    if run is None:
        raise NotFound("there is no such run")
    require(request.user, run.project_id, CAPABILITY[run.kind] if act else "view_runs")
    return run


class RunsView(APIView):
    def get(self, request: Request, project_id: int) -> Response:
        require(request.user, project_id, "view_runs")
        query = request.query_params
        rows = read.run_page(
            project_id=project_id,
            kind=query.get("kind"),
            state=query.get("state"),
            before=whole_number(request, "before", 0) or None,
        )
        return Response({"results": rows})


class RunView(APIView):
    def get(self, request: Request, run_id: int) -> Response:
        return Response(read.run_row(run_for(request, run_id)))


class RunEventsView(APIView):
    def get(self, request: Request, run_id: int) -> Response:
        run = run_for(request, run_id)
        events = read.events_after(run_id, whole_number(request, "after", 0))
        return Response({"results": events, "run": read.run_row(run)})


class RunCancelView(APIView):
    def post(self, request: Request, run_id: int) -> Response:
        run = runs.request_cancel(actor=request.user, run=run_for(request, run_id, act=True))
        return Response(read.run_row(run))


class RunRetryView(APIView):
    def post(self, request: Request, run_id: int) -> Response:
        run = runs.retry_run(actor=request.user, run=run_for(request, run_id, act=True))
        return Response(read.run_row(run))


class RunDownloadView(APIView):
    """The file that an export made, streamed."""

    def get(self, request: Request, run_id: int) -> StreamingHttpResponse:
        run = run_for(request, run_id, act=True)
        made = (run.result or {}).get("file")
        if not made:
            raise NotFound("this run has no file to download (yet)")
        response = StreamingHttpResponse(storage.blob_chunks(made["sha256"]), content_type="application/octet-stream")
        response["Content-Disposition"] = f'attachment; filename="{made["name"]}"'
        response["Content-Length"] = str(made["size_bytes"])
        return response
