"""The explorer beside its pages: how much work is where, and one action for all that fits."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotator.api.authentication import signed_in
from annotator.api.preconditions import idempotency_key
from annotator.api.schema import Doc
from annotator.core.errors import Unprocessable
from annotator.models import Item
from annotator.permissions import require, require_project
from annotator.selectors import scores
from annotator.selectors.filters import WORDS, read_filter
from annotator.selectors.runs import run_row
from annotator.services import runs


class SummaryView(APIView):
    """Scores as bars, how many items fit, and how long people would take for those that wait."""

    doc = Doc(queries=dict.fromkeys(WORDS, str))

    def get(self, request: Request, project_id: int) -> Response:
        require(request.user, project_id, "view")
        found = scores.score_histogram(project_id=project_id, wanted=read_filter(request.query_params))
        return Response(
            found
            | {
                "review": scores.review_time(project_id),
                "datasets": scores.datasets_of(project_id),
                "computed_at": timezone.now(),
            }
        )


class BulkInput(serializers.Serializer[Any]):
    action = serializers.ChoiceField(choices=["return", "revert"])
    filter = serializers.DictField(child=serializers.CharField(max_length=200, allow_blank=True))


class BulkView(APIView):
    """Does something to all items that fit a filter, as a run."""

    doc = Doc(inputs={"POST": BulkInput}, answers={"POST": 202}, keyed=("POST",))

    def post(self, request: Request, project_id: int) -> Response:
        project = require_project(request.user, project_id, "manage_items")
        given = BulkInput(data=request.data)
        given.is_valid(raise_exception=True)
        wanted = {name: value for name, value in given.validated_data["filter"].items() if value}
        # A word that nobody knows would be no filter at all: everything would be sent back.
        if unknown := sorted(set(wanted) - set(WORDS)):
            raise Unprocessable(
                f"there is no filter {unknown[0][:40]!r}; there are {', '.join(WORDS)}",
                field=f"filter.{unknown[0][:40]}",
            )
        read_filter(wanted)
        last = Item.objects.filter(project=project).order_by("-pk").values_list("pk", flat=True).first() or 0
        run = runs.create_run(
            actor=signed_in(request),
            project=project,
            kind="bulk_items",
            params={"action": given.validated_data["action"], "filter": wanted, "until": last},
            idempotency_key=idempotency_key(request),
        )
        return Response(run_row(run), status=202)
