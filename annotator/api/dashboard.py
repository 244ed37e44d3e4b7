"""What a lead looks at, tile by tile, so that a slow or broken one holds up no other; and who works on what."""

from __future__ import annotations

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotator.api.preconditions import one_of, whole_number
from annotator.api.schema import Doc
from annotator.permissions import require
from annotator.selectors.dashboard import TILES, Look, dashboard, holders

MOST_DAYS = 366


class DashboardView(APIView):
    """The tiles named in ``tile`` (else all) over the last ``days``, of the guesses of one ``source`` or of all."""

    doc = Doc(queries={"tile": str, "days": int, "source": int})

    def get(self, request: Request, project_id: int) -> Response:
        require(request.user, project_id, "view")
        look = Look(
            project_id,
            days=max(1, whole_number(request, "days", 30, most=MOST_DAYS)),
            source_id=whole_number(request, "source", 0) or None,
        )
        return Response(dashboard(look, one_of(request, "tile", list(TILES)) or list(TILES)))


class HoldersView(APIView):
    """Who works on what now. For leads: an annotator need not see whom a colleague's work is taking long."""

    def get(self, request: Request, project_id: int) -> Response:
        require(request.user, project_id, "manage_items")
        return Response({"results": holders(project_id), "computed_at": timezone.now()})
