"""Evaluation reports: the list, a variant's page, two variants side by side, the checklist before a promotion."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotator.api.schema import Doc
from annotator.core.errors import NotFound, Unprocessable
from annotator.permissions import require
from compression.selectors import reports as read
from compression.selectors.promotion import promotion_checklist
from prelabel.api.models import variant_for

SPLITS = ("test", "val")


class ReportsView(APIView):
    def get(self, request: Request, project_id: int) -> Response:
        require(request.user, project_id, "view_models")
        return Response({"results": read.report_list(project_id)})


class ReportView(APIView):
    doc = Doc(queries={"split": str})

    def get(self, request: Request, variant_id: int) -> Response:
        variant = variant_for(request, variant_id, "view_models")
        return Response(read.report_page(variant, _split(request)))


class CompareView(APIView):
    """``a`` is the variant of the address, ``b`` the other; a positive ``drop`` means that ``a`` is worse."""

    doc = Doc(queries={"split": str})

    def get(self, request: Request, variant_id: int, other_id: int) -> Response:
        variant = variant_for(request, variant_id, "view_models")
        other = variant_for(request, other_id, "view_models")
        if other.version.project_id != variant.version.project_id:
            raise NotFound("there is no such model variant in this project")
        return Response(read.compare_variants(variant, other, _split(request)))


class ChecklistView(APIView):
    def get(self, request: Request, variant_id: int) -> Response:
        return Response(promotion_checklist(variant_for(request, variant_id, "view_models")))


def _split(request: Request) -> str:
    split = request.query_params.get("split", "test")
    if split not in SPLITS:
        raise Unprocessable(f"split must be one of {', '.join(SPLITS)}", field="split")
    return split
