"""A click or a box in a picture, answered with the object that is there."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import UserRateThrottle
from rest_framework.views import APIView

from annotator.api.fields import FiniteFloat
from annotator.api.items import item_for
from annotator.api.schema import Doc
from annotator.selectors.proposals import Shown, cut_out

MOST_POINTS = 32


class AssistThrottle(UserRateThrottle):
    """Each proposal computes: a script that asks for thousands must not slow down the people beside it."""

    scope = "assist"


class PointField(serializers.ListField):
    """[x, y] in pixels of the upright picture."""

    def __init__(self, **options: Any) -> None:
        super().__init__(child=FiniteFloat(), min_length=2, max_length=2, **options)

    def to_internal_value(self, data: Any) -> Any:
        return tuple(super().to_internal_value(data))


class ShownInput(serializers.Serializer[Any]):
    """Exactly one of ``point`` and ``box``; ``inside`` and ``outside`` put an earlier answer right."""

    point = PointField(required=False, allow_null=True, default=None)
    box = serializers.ListField(
        child=FiniteFloat(), min_length=4, max_length=4, required=False, allow_null=True, default=None
    )
    inside = serializers.ListField(child=PointField(), max_length=MOST_POINTS, default=list)
    outside = serializers.ListField(child=PointField(), max_length=MOST_POINTS, default=list)
    size = FiniteFloat(required=False, allow_null=True, default=None, min_value=1, max_value=1e6)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A point or a box."""
        if (attrs["point"] is None) == (attrs["box"] is None):
            raise serializers.ValidationError("name either a point or a box of the object")
        return attrs


class CutInput(ShownInput):
    mask = serializers.BooleanField(default=False, help_text="the answer holds the mask as well")


class ProposalView(APIView):
    doc = Doc(inputs={"POST": CutInput})
    throttle_classes = [AssistThrottle]

    def post(self, request: Request, item_id: int) -> Response:
        item = item_for(request, item_id, "review")
        given = CutInput(data=request.data)
        given.is_valid(raise_exception=True)
        mask = given.validated_data.pop("mask")
        return Response(cut_out(item=item, shown=shown_in(given.validated_data), mask=mask))


def shown_in(data: dict[str, Any]) -> Shown:
    """What a valid body shows."""
    box = data["box"] and tuple(data["box"])
    return Shown(data["point"], box, tuple(data["inside"]), tuple(data["outside"]), data["size"])
