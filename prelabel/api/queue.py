"""How the queue is ordered, what comes next and why; and putting it in another order."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotator.api.authentication import signed_in
from annotator.api.preconditions import idempotency_key
from annotator.api.schema import Doc
from annotator.permissions import require, require_project
from annotator.selectors.runs import run_row
from prelabel.core.strategies import STRATEGIES
from prelabel.selectors.ordering import queue_told
from prelabel.services.ordering import LEAST, MOST, RULES, Choice, choose_order


class QueueView(APIView):
    def get(self, request: Request, project_id: int) -> Response:
        require(request.user, project_id, "view")
        return Response(queue_told(project_id))


class OrderInput(serializers.Serializer[Any]):
    strategy = serializers.ChoiceField(choices=list(STRATEGIES))
    budget = serializers.IntegerField(min_value=LEAST, max_value=MOST)
    rule = serializers.ChoiceField(choices=list(RULES), default="max")


class QueueOrderView(APIView):
    """Keeps the choice and orders anew what waits, from stored guesses and embeddings."""

    doc = Doc(inputs={"POST": OrderInput}, answers={"POST": 202}, keyed=("POST",))

    def post(self, request: Request, project_id: int) -> Response:
        project = require_project(request.user, project_id, "manage_items")
        given = OrderInput(data=request.data)
        given.is_valid(raise_exception=True)
        run = choose_order(
            actor=signed_in(request),
            project=project,
            choice=Choice(**given.validated_data),
            idempotency_key=idempotency_key(request),
        )
        return Response(run_row(run), status=202)
