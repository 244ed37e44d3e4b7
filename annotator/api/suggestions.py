"""Suggestions: work that came too late for its lease, for the next person to look at."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotator.api.authentication import signed_in
from annotator.api.items import item_for
from annotator.api.schema import Doc
from annotator.core.errors import NotFound
from annotator.models import Suggestion
from annotator.permissions import require
from annotator.services import suggestions


class SuggestionInput(serializers.Serializer[Any]):
    document = serializers.DictField()
    base_revision = serializers.IntegerField(min_value=0, max_value=2**31 - 1)


class SuggestionsView(APIView):
    """Those of an item come with the item's work; here they are added. No lease is asked for: it was lost."""

    doc = Doc(inputs={"POST": SuggestionInput}, answers={"POST": 201})

    def post(self, request: Request, item_id: int) -> Response:
        item = item_for(request, item_id, "review")
        given = SuggestionInput(data=request.data)
        given.is_valid(raise_exception=True)
        made = suggestions.add_suggestion(actor=signed_in(request), item_id=item.pk, **given.validated_data)
        return Response({"id": made.pk, "state": made.state}, status=201)


REOPEN = str(Suggestion.State.OPEN)


class OutcomeInput(serializers.Serializer[Any]):
    outcome = serializers.ChoiceField(choices=[*(str(one) for one in suggestions.OUTCOMES), REOPEN])


class SuggestionView(APIView):
    """What became of a suggestion; ``open`` takes back what one said of it oneself."""

    doc = Doc(inputs={"PATCH": OutcomeInput})

    def patch(self, request: Request, suggestion_id: int) -> Response:
        found = Suggestion.objects.filter(pk=suggestion_id).select_related("item").first()
        if found is None:
            raise NotFound("there is no such suggestion")
        require(request.user, found.item.project_id, "review")
        given = OutcomeInput(data=request.data)
        given.is_valid(raise_exception=True)
        outcome = given.validated_data["outcome"]
        if outcome == REOPEN:
            said = suggestions.reopen_suggestion(actor=signed_in(request), suggestion_id=found.pk)
        else:
            said = suggestions.close_suggestion(actor=signed_in(request), suggestion_id=found.pk, outcome=outcome)
        return Response({"id": said.pk, "state": said.state})
