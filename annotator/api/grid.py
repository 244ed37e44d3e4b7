"""The grid: many pictures of one predicted class, leased and handed in at once."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotator.api.authentication import signed_in
from annotator.api.fields import Id, Share
from annotator.api.preconditions import idempotency_key
from annotator.api.schema import Doc
from annotator.core.errors import PreconditionRequired, Unprocessable
from annotator.models import QueueEntry
from annotator.permissions import require_project
from annotator.selectors import grid as read
from annotator.services import grid, queue

# What a page may hold: the batch in hand, the one after it, one opened again; and with these what is on its way.
HELD, NAMED = 4 * grid.MOST, 8 * grid.MOST


class ClassesView(APIView):
    """The predicted classes with how many pictures wait of each."""

    def get(self, request: Request, project_id: int) -> Response:
        project = require_project(request.user, project_id, "review")
        read.require_grid(project)
        return Response(read.classes_waiting(project=project, user=signed_in(request)))


def _rows(leased: list[tuple[QueueEntry, int]]) -> list[dict[str, Any]]:
    return read.grid_rows([entry for entry, _ in leased], [guess_id for _, guess_id in leased])


class WantedInput(serializers.Serializer[Any]):
    class_id = Id()
    min_score = Share(default=0.0)
    max_score = Share(default=1.0)
    most = serializers.IntegerField(min_value=1, max_value=grid.MOST, default=grid.MOST)
    exclude = serializers.ListField(child=Id(), max_length=NAMED, default=list)


class GridNextView(APIView):
    doc = Doc(inputs={"POST": WantedInput})

    def post(self, request: Request, project_id: int) -> Response:
        project = require_project(request.user, project_id, "review")
        given = WantedInput(data=request.data)
        given.is_valid(raise_exception=True)
        wanted = grid.Wanted(**given.validated_data)
        if wanted.min_score > wanted.max_score:
            raise Unprocessable("min_score is above max_score; no score is in between", field="min_score")
        leased = grid.lease_grid(actor=signed_in(request), project=project, wanted=wanted)
        return Response({"items": _rows(leased)})


class ReopenInput(serializers.Serializer[Any]):
    item_ids = serializers.ListField(child=Id(), min_length=1, max_length=grid.MOST)


class GridReopenView(APIView):
    """A batch that was handed in, once more: what is changed then makes the next revision."""

    doc = Doc(inputs={"POST": ReopenInput})

    def post(self, request: Request, project_id: int) -> Response:
        project = require_project(request.user, project_id, "review")
        given = ReopenInput(data=request.data)
        given.is_valid(raise_exception=True)
        opened = grid.reopen_grid(actor=signed_in(request), project=project, item_ids=given.validated_data["item_ids"])
        return Response({"items": _rows(opened)})


class HeldInput(serializers.Serializer[Any]):
    item_id = Id()
    token = serializers.UUIDField()


class HeldListInput(serializers.Serializer[Any]):
    leases = HeldInput(many=True, allow_empty=False, max_length=HELD)  # type: ignore[call-arg]  # not in the stubs


class GridLeaseView(APIView):
    """The heartbeat of all that a grid holds, and giving it back."""

    doc = Doc(inputs={"POST": HeldListInput, "DELETE": HeldListInput})

    def post(self, request: Request, project_id: int) -> Response:
        project = require_project(request.user, project_id, "review")
        lost = queue.renew_many(actor=signed_in(request), project_id=project.pk, leases=self._leases(request))
        return Response({"lost": lost})

    def delete(self, request: Request, project_id: int) -> Response:
        project = require_project(request.user, project_id, "review")
        tokens = self._leases(request).values()
        queue.release_many(actor=signed_in(request), project_id=project.pk, tokens=tokens)
        return Response(status=204)

    def _leases(self, request: Request) -> dict[int, uuid.UUID]:
        given = HeldListInput(data=request.data)
        given.is_valid(raise_exception=True)
        return {one["item_id"]: one["token"] for one in given.validated_data["leases"]}


class DecisionInput(serializers.Serializer[Any]):
    item_id = Id()
    kind = serializers.ChoiceField(choices=["submit", "skip", "report", "postpone"])
    lease_token = serializers.UUIDField()
    revision = serializers.IntegerField(min_value=0, max_value=2**31 - 1)
    class_id = Id(required=False, allow_null=True, default=None)
    prediction_id = Id(required=False, allow_null=True, default=None)
    reason = serializers.CharField(max_length=400, allow_blank=True, default="")
    duration_ms = serializers.IntegerField(
        min_value=0, max_value=2**31 - 1, required=False, allow_null=True, default=None
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A class for every submit, and words for every report."""
        if attrs["kind"] == "submit" and (attrs["class_id"] is None or attrs["prediction_id"] is None):
            raise serializers.ValidationError("a submit names class_id and the prediction_id of the guess you saw")
        if attrs["kind"] == "report" and not attrs["reason"].strip():
            raise serializers.ValidationError("say what is wrong with the item, so that the lead can act on it")
        return attrs


class HandInInput(serializers.Serializer[Any]):
    items = DecisionInput(many=True, allow_empty=False, max_length=grid.MOST)  # type: ignore[call-arg]  # as above


class GridSubmitView(APIView):
    """Hands in a batch; each picture is answered for itself, under the revision and the lease it names."""

    doc = Doc(inputs={"POST": HandInInput}, keyed=("POST",))

    def post(self, request: Request, project_id: int) -> Response:
        project = require_project(request.user, project_id, "review")
        decisions = _decisions(request)
        key = idempotency_key(request)
        if key is None:
            raise PreconditionRequired("send one Idempotency-Key for the batch, so that it can be sent again safely")
        outcomes = grid.hand_in(actor=signed_in(request), project=project, key=key, decisions=decisions)
        return Response({"results": [asdict(outcome) for outcome in outcomes]})


def _decisions(request: Request) -> list[grid.Decision]:
    given = HandInInput(data=request.data)
    given.is_valid(raise_exception=True)
    return [grid.Decision(**one) for one in given.validated_data["items"]]


class GridSuggestView(APIView):
    """Classes that came too late for their leases, as suggestions to whoever has the pictures now."""

    doc = Doc(inputs={"POST": HandInInput})

    def post(self, request: Request, project_id: int) -> Response:
        project = require_project(request.user, project_id, "review")
        decisions = _decisions(request)
        outcomes = grid.suggest(actor=signed_in(request), project=project, decisions=decisions)
        return Response({"results": [asdict(outcome) for outcome in outcomes]})
