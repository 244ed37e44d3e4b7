"""Items: the explorer's pages, their pictures, and the work on one."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import parse_etags
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotator import storage
from annotator.api.authentication import signed_in
from annotator.api.fields import FiniteFloat, Id
from annotator.api.preconditions import idempotency_key, one_of, seen_revision, text, whole_number
from annotator.api.schema import Doc
from annotator.core.document import MAX_ID_LENGTH
from annotator.core.errors import NotFound, Unprocessable
from annotator.models import Item, PredictionSource, QueueEntry
from annotator.permissions import require, require_project
from annotator.selectors import items as read
from annotator.selectors.filters import WORDS, read_filter
from annotator.selectors.pages import ORDERS, item_page
from annotator.services import annotations as truth
from annotator.services import items as items_service
from annotator.services import queue

# What stored pictures begin with; anything else is served as bytes that no browser opens.
MEDIA_TYPES = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n": "image/png",
    b"BM": "image/bmp",
    b"II*\x00": "image/tiff",
    b"MM\x00*": "image/tiff",
}


def item_for(request: Request, item_id: int, capability: str) -> Item:
    """The item, if the person has the capability in its project. Raises NotFound, NotAllowed."""
    item = Item.objects.select_related("project").filter(pk=item_id).first()
    if item is None:
        raise NotFound("there is no such item")
    require(request.user, item.project_id, capability)
    return item


class ItemsView(APIView):
    doc = Doc(queries=dict.fromkeys(WORDS, str) | {"after": str, "order": str, "limit": int})

    def get(self, request: Request, project_id: int) -> Response:
        require(request.user, project_id, "view")
        orders = one_of(request, "order", list(ORDERS))
        rows, after = item_page(
            project_id=project_id,
            wanted=read_filter(request.query_params),
            order=orders[0] if orders else "oldest",
            after=text(request, "after") or "",
            limit=max(1, whole_number(request, "limit", 100, most=500)),
        )
        return Response({"results": rows, "next": after})


class ItemView(APIView):
    def get(self, request: Request, item_id: int) -> Response:
        item = item_for(request, item_id, "view")
        entry = QueueEntry.objects.filter(item=item, lease_user=signed_in(request)).first()
        return Response(read.work_of(item=item, user=signed_in(request), entry=entry))


class PictureView(APIView):
    """A picture's bytes. The type is the server's word, and a sandbox keeps a hostile file from running."""

    doc = Doc(file=True)
    thumbnail = False

    def get(self, request: Request, item_id: int) -> HttpResponseBase:
        item = item_for(request, item_id, "view")
        sha256 = item.thumbnail if self.thumbnail and item.thumbnail else item.blob
        response = self._not_modified(request, sha256) or self._bytes(sha256)
        response["Cache-Control"] = "private, max-age=31536000, immutable"
        response["ETag"] = f'"{sha256}"'
        response["Content-Security-Policy"] = "sandbox; default-src 'none'"
        return response

    def _not_modified(self, request: Request, sha256: str) -> HttpResponseBase | None:
        known = parse_etags(request.headers.get("If-None-Match", ""))
        return HttpResponse(status=304) if f'"{sha256}"' in known else None

    def _bytes(self, sha256: str) -> HttpResponseBase:
        with storage.open_blob(sha256) as file:
            media_type = _media_type(file.read(16))
        response = StreamingHttpResponse(storage.blob_chunks(sha256), content_type=media_type)
        response["Content-Length"] = str(storage.blob_size(sha256))
        response["Content-Disposition"] = "inline"
        return response


def _media_type(head: bytes) -> str:
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    for magic, media_type in MEDIA_TYPES.items():
        if head.startswith(magic):
            return media_type
    return "application/octet-stream"


class NextInput(serializers.Serializer[Any]):
    exclude = serializers.ListField(child=Id(), max_length=50, default=list)
    # One more lease ahead, for decoding the next picture while the person works on this one.
    prefetch = serializers.BooleanField(default=False)


class NextView(APIView):
    doc = Doc(inputs={"POST": NextInput})

    def post(self, request: Request, project_id: int) -> Response:
        require_project(request.user, project_id, "review")
        given = NextInput(data=request.data)
        given.is_valid(raise_exception=True)
        entry = queue.lease_next(
            actor=signed_in(request),
            project_id=project_id,
            exclude=given.validated_data["exclude"],
            ahead=given.validated_data["prefetch"],
        )
        if entry is None:
            done = read.done_by(signed_in(request), project_id)
            return Response(
                {"item": None, "queue": {"reason": None, "remaining": read.remaining(project_id)}, "done_by_me": done}
            )
        item = Item.objects.select_related("project").get(pk=entry.item_id)
        return Response(read.work_of(item=item, user=signed_in(request), entry=entry))


class OpenView(APIView):
    def post(self, request: Request, item_id: int) -> Response:
        item = item_for(request, item_id, "review")
        entry = queue.lease_item(actor=signed_in(request), item=item)
        return Response(read.work_of(item=item, user=signed_in(request), entry=entry))


class TokenInput(serializers.Serializer[Any]):
    token = serializers.UUIDField()


class LeaseView(APIView):
    doc = Doc(inputs={"POST": TokenInput, "DELETE": TokenInput})

    def post(self, request: Request, item_id: int) -> Response:
        item = item_for(request, item_id, "review")
        entry = queue.renew_work_lease(actor=signed_in(request), item=item, token=self._token(request))
        return Response({"token": str(entry.lease_token), "until": entry.lease_until})

    def delete(self, request: Request, item_id: int) -> Response:
        queue.release_lease(
            actor=signed_in(request), item=item_for(request, item_id, "review"), token=self._token(request)
        )
        return Response(status=204)

    def _token(self, request: Request) -> uuid.UUID:
        given = TokenInput(data=request.data)
        given.is_valid(raise_exception=True)
        return uuid.UUID(str(given.validated_data["token"]))


class DraftInput(serializers.Serializer[Any]):
    document = serializers.DictField()
    lease_token = serializers.UUIDField()


class DraftView(APIView):
    doc = Doc(inputs={"PUT": DraftInput}, if_match=("PUT",))

    def put(self, request: Request, item_id: int) -> Response:
        item = item_for(request, item_id, "review")
        given = DraftInput(data=request.data)
        given.is_valid(raise_exception=True)
        draft = truth.save_draft(
            actor=signed_in(request), item_id=item.pk, seen_revision=seen_revision(request), **given.validated_data
        )
        return Response({"updated_at": draft.updated_at, "base_revision": draft.base_revision})

    def delete(self, request: Request, item_id: int) -> Response:
        truth.discard_draft(actor=signed_in(request), item_id=item_for(request, item_id, "review").pk)
        return Response(status=204)


class SubmitInput(DraftInput):
    duration_ms = serializers.IntegerField(min_value=0, max_value=2**31 - 1, required=False, allow_null=True)
    prediction_id = Id(required=False, allow_null=True)


class SubmitView(APIView):
    doc = Doc(inputs={"POST": SubmitInput}, if_match=("POST",), keyed=("POST",))

    def post(self, request: Request, item_id: int) -> Response:
        item = item_for(request, item_id, "review")
        given = SubmitInput(data=request.data)
        given.is_valid(raise_exception=True)
        submission = truth.Submission(
            seen_revision=seen_revision(request),
            idempotency_key=idempotency_key(request),
            **given.validated_data,
        )
        annotation = truth.submit_annotation(actor=signed_in(request), item_id=item.pk, submission=submission)
        return Response({"revision": annotation.revision, "state": "reviewed", "changes": annotation.changes})


class SkipInput(serializers.Serializer[Any]):
    lease_token = serializers.UUIDField()
    reason = serializers.CharField(max_length=400, allow_blank=True, default="")


class SkipView(APIView):
    doc = Doc(inputs={"POST": SkipInput})

    def post(self, request: Request, item_id: int) -> Response:
        item = item_for(request, item_id, "review")
        given = SkipInput(data=request.data)
        given.is_valid(raise_exception=True)
        item = truth.skip_item(actor=signed_in(request), item_id=item.pk, **given.validated_data)
        return Response({"state": item.state, "revision": item.revision})


class RegionInput(serializers.Serializer[Any]):
    """What a report is pinned to."""

    id = serializers.CharField(max_length=MAX_ID_LENGTH)
    class_id = Id(required=False, allow_null=True, default=None)
    bbox = serializers.ListField(child=FiniteFloat(), min_length=4, max_length=4, required=False, allow_null=True)


class ReportInput(SkipInput):
    region = RegionInput(required=False, allow_null=True, default=None)


class ReportView(APIView):
    doc = Doc(inputs={"POST": ReportInput})

    def post(self, request: Request, item_id: int) -> Response:
        item = item_for(request, item_id, "review")
        given = ReportInput(data=request.data)
        given.is_valid(raise_exception=True)
        if not given.validated_data["reason"].strip():
            raise Unprocessable("say what is wrong with the item, so that the lead can act on it", field="reason")
        item = truth.report_item(actor=signed_in(request), item_id=item.pk, **given.validated_data)
        return Response({"state": item.state, "revision": item.revision})


class PostponeInput(serializers.Serializer[Any]):
    lease_token = serializers.UUIDField()
    document = serializers.DictField(required=False, allow_null=True, default=None)


class PostponeView(APIView):
    """Puts an item off: it comes to this person again when nothing else waits for them."""

    doc = Doc(inputs={"POST": PostponeInput}, if_match=("POST",))

    def post(self, request: Request, item_id: int) -> Response:
        item = item_for(request, item_id, "review")
        given = PostponeInput(data=request.data)
        given.is_valid(raise_exception=True)
        item = truth.postpone_item(
            actor=signed_in(request), item_id=item.pk, seen_revision=seen_revision(request), **given.validated_data
        )
        return Response({"state": item.state, "revision": item.revision})


class ReturnInput(serializers.Serializer[Any]):
    item_ids = serializers.ListField(child=Id(), min_length=1, max_length=1000)


class ReturnView(APIView):
    """Send items to people again."""

    doc = Doc(inputs={"POST": ReturnInput})

    def post(self, request: Request, project_id: int) -> Response:
        project = require_project(request.user, project_id, "manage_items")
        given = ReturnInput(data=request.data)
        given.is_valid(raise_exception=True)
        n = items_service.return_items(
            actor=signed_in(request), project=project, item_ids=given.validated_data["item_ids"]
        )
        return Response({"items": n})


class RevertInput(serializers.Serializer[Any]):
    source_id = Id(required=False, allow_null=True, default=None)


class RevertView(APIView):
    """Undo every unreviewed auto-label, of one source or of all; people see those items first."""

    doc = Doc(inputs={"POST": RevertInput})

    def post(self, request: Request, project_id: int) -> Response:
        project = require_project(request.user, project_id, "manage_items")
        given = RevertInput(data=request.data)
        given.is_valid(raise_exception=True)
        source_id = given.validated_data["source_id"]
        source = PredictionSource.objects.filter(pk=source_id, project=project).first()
        if source_id is not None and source is None:
            raise NotFound("there is no such source of guesses in this project")
        reverted = truth.revert_auto(actor=signed_in(request), project=project, source=source)
        return Response({"items": len(reverted)})
