"""A click or a box in a picture, answered by the deployed segmentation model through a worker."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotator.api.authentication import signed_in
from annotator.api.items import item_for
from annotator.api.proposals import AssistThrottle, CutInput, shown_in
from annotator.api.schema import Doc
from prelabel.selectors.proposals import answer_to
from prelabel.services.proposals import ask_model


class ModelProposalsView(APIView):
    """The model knows objects by their class, not by their rim: ``outside`` and ``size`` say nothing to it."""

    doc = Doc(inputs={"POST": CutInput}, answers={"POST": 202})
    throttle_classes = [AssistThrottle]

    def post(self, request: Request, item_id: int) -> Response:
        item = item_for(request, item_id, "review")
        given = CutInput(data=request.data)
        given.is_valid(raise_exception=True)
        mask = given.validated_data.pop("mask")
        shown = shown_in(given.validated_data)
        return Response({"request": ask_model(actor=signed_in(request), item=item, shown=shown, mask=mask)}, status=202)


class ModelProposalView(APIView):
    """200 with the answer, 202 while there is none, 410 for a question that is not this person's or forgotten."""

    def get(self, request: Request, item_id: int, request_id: int) -> Response:
        item = item_for(request, item_id, "review")
        answer = answer_to(request_id=request_id, user_id=signed_in(request).pk, item=item)
        return Response({"ready": answer is not None, **(answer or {})}, status=202 if answer is None else 200)
