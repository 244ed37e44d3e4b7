"""How a project's pictures are looked at: in tiles, by a committee."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotator.api.authentication import signed_in
from annotator.api.schema import Doc
from annotator.permissions import require, require_project
from prelabel.models.guessing import LEAST_TILE, MOST_TILE
from prelabel.selectors.guessing import guessing_row
from prelabel.services.guessing import COMMITTEES, TILES, GuessingChoice, choose_guessing


class GuessingInput(serializers.Serializer[Any]):
    tiles = serializers.ChoiceField(choices=TILES)
    tile_size = serializers.IntegerField(min_value=LEAST_TILE, max_value=MOST_TILE, default=640)
    tile_overlap = serializers.FloatField(min_value=0.0, max_value=0.5, default=0.2)
    committee = serializers.ChoiceField(choices=COMMITTEES)


class GuessingView(APIView):
    """What is chosen holds for pictures that are predicted from now on."""

    doc = Doc(inputs={"PUT": GuessingInput})

    def get(self, request: Request, project_id: int) -> Response:
        require(request.user, project_id, "view")
        return Response(guessing_row(project_id))

    def put(self, request: Request, project_id: int) -> Response:
        project = require_project(request.user, project_id, "edit_project")
        given = GuessingInput(data=request.data)
        given.is_valid(raise_exception=True)
        choose_guessing(actor=signed_in(request), project=project, choice=GuessingChoice(**given.validated_data))
        return Response(guessing_row(project_id))
