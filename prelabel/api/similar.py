"""Label all like this: search for what looks alike, give it a class at once, and take that back."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotator.api.authentication import signed_in
from annotator.api.fields import FiniteFloat, Id
from annotator.api.preconditions import idempotency_key
from annotator.api.schema import Doc
from annotator.core.document import MAX_ID_LENGTH
from annotator.core.errors import NotFound, PreconditionRequired
from annotator.models import Item
from annotator.permissions import require, require_project
from annotator.selectors.runs import run_row
from prelabel.selectors import similar as read
from prelabel.services import similar


class SimilarInput(serializers.Serializer[Any]):
    """``bbox``: xyxy px of one object; without it, the whole picture is compared."""

    item_id = Id()
    bbox = serializers.ListField(
        child=FiniteFloat(), min_length=4, max_length=4, required=False, allow_null=True, default=None
    )
    limit = serializers.IntegerField(min_value=1, max_value=similar.MOST_FOUND, default=200)


class SimilarView(APIView):
    doc = Doc(inputs={"POST": SimilarInput}, answers={"POST": 202})

    def post(self, request: Request, project_id: int) -> Response:
        require(request.user, project_id, "review")
        given = SimilarInput(data=request.data)
        given.is_valid(raise_exception=True)
        wanted = given.validated_data
        item = Item.objects.select_related("project").filter(pk=wanted.pop("item_id"), project=project_id).first()
        if item is None:
            raise NotFound("there is no such item in this project")
        return Response(run_row(similar.find_similar(actor=signed_in(request), item=item, **wanted)), status=202)


class SearchView(APIView):
    """How far the search is, and what it found; open to annotators, who do not see other runs."""

    def get(self, request: Request, project_id: int, search_id: int) -> Response:
        require(request.user, project_id, "review")
        return Response(read.search_told(read.search_of(project_id, search_id)))


class ObjectInput(serializers.Serializer[Any]):
    item_id = Id()
    object = serializers.CharField(max_length=MAX_ID_LENGTH)


class LabelInput(serializers.Serializer[Any]):
    class_id = Id()
    objects = ObjectInput(many=True, allow_empty=False, max_length=similar.MOST_AT_ONCE)  # type: ignore[call-arg]


class LabelView(APIView):
    doc = Doc(inputs={"POST": LabelInput}, keyed=("POST",))

    def post(self, request: Request, project_id: int, search_id: int) -> Response:
        project = require_project(request.user, project_id, "review")
        read.search_of(project_id, search_id)
        given = LabelInput(data=request.data)
        given.is_valid(raise_exception=True)
        objects = [(one["item_id"], one["object"]) for one in given.validated_data["objects"]]
        naming = similar.Naming(_key(request), given.validated_data["class_id"], objects)
        outcomes = similar.label_similar(actor=signed_in(request), project=project, naming=naming)
        return Response({"results": [asdict(outcome) for outcome in outcomes]})


class UndoView(APIView):
    """Takes back all that was labelled under the ``Idempotency-Key``, but for what somebody changed since."""

    doc = Doc(keyed=("POST",))

    def post(self, request: Request, project_id: int, search_id: int) -> Response:
        project = require_project(request.user, project_id, "review")
        read.search_of(project_id, search_id)
        outcomes = similar.undo_similar(actor=signed_in(request), project=project, key=_key(request))
        return Response({"results": [asdict(outcome) for outcome in outcomes]})


def _key(request: Request) -> uuid.UUID:
    key = idempotency_key(request)
    if key is None:
        raise PreconditionRequired("send the Idempotency-Key under which the objects are labelled, the undo the same")
    return key
