"""The OpenAPI schema of views that are written out by hand: each says in one `Doc` what it takes and answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers
from rest_framework.permissions import AllowAny

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True)
class Doc:
    """By method in capitals: the body's serializer, the status of success, which headers protect it."""

    inputs: Mapping[str, type[serializers.BaseSerializer[Any]]] = field(default_factory=dict)
    answers: Mapping[str, int] = field(default_factory=dict)
    if_match: tuple[str, ...] = ()
    keyed: tuple[str, ...] = ()
    queries: Mapping[str, type] = field(default_factory=dict)
    file: bool = False  # a GET answers bytes, not JSON


class Problem(serializers.Serializer[Any]):
    """What every refusal looks like: a code for programs, a message for people, details for both."""

    code = serializers.CharField()
    message = serializers.CharField()
    details = serializers.DictField()


class SessionScheme(OpenApiAuthenticationExtension):
    """Tells the schema what our log-in is."""

    target_class = "annotator.api.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}


class ProblemSchema(AutoSchema):
    """Reads a view's `doc` and adds the refusals that its method can give."""

    def get_operation_id(self) -> str:
        """``get_api_projects_project_id_items``: unique since paths are."""
        words = self.path.strip("/").replace("{", "").replace("}", "").replace("-", "_").split("/")
        return "_".join([self.method.lower(), *words])

    def get_tags(self) -> list[str]:
        return [self.path.strip("/").split("/")[1]]

    def get_request_serializer(self) -> Any:
        return self._doc().inputs.get(self.method)

    def get_override_parameters(self) -> list[Any]:
        doc = self._doc()
        found: list[Any] = []
        if self.method in doc.if_match:
            found.append(_header("If-Match", OpenApiTypes.INT, required=True, says="The revision that this write saw."))
        if self.method in doc.keyed:
            says = "Sent again, the same key answers what the first sending made."
            found.append(_header("Idempotency-Key", OpenApiTypes.UUID, required=False, says=says))
        if self.method == "GET":
            found += [OpenApiParameter(name, kind) for name, kind in doc.queries.items()]
        return found

    def get_response_serializers(self) -> Any:
        doc = self._doc()
        status = doc.answers.get(self.method, 204 if self.method == "DELETE" else 200)
        success: Any = None if status == 204 else OpenApiTypes.OBJECT
        if doc.file and self.method == "GET":
            success = OpenApiTypes.BINARY
        answers: dict[int, Any] = {status: OpenApiResponse(success, description="Done.")}
        answers.update(
            {refusal: OpenApiResponse(Problem, description=REFUSALS[refusal]) for refusal in self._refusals()}
        )
        return answers

    def _doc(self) -> Doc:
        return getattr(self.view, "doc", Doc())

    def _refusals(self) -> list[int]:
        doc, writes = self._doc(), self.method in WRITES
        open_to_all = not self.view.permission_classes or AllowAny in self.view.permission_classes
        found = {400, 403} if writes else set()
        found |= {404, 422} if "{" in self.path else set()
        found |= {401, 403} if not open_to_all else set()
        found |= {409, 422} if writes else set()
        found |= {412, 428} if self.method in doc.if_match else set()
        return sorted(found)


REFUSALS = {
    400: "The request is not what it should be; `details.fields` says where.",
    401: "Sign in first.",
    403: "The person's role in the project may not do this, or the CSRF token is missing.",
    404: "There is no such thing, or the person is not in its project.",
    409: "Its state does not allow it now, or a lease was lost.",
    412: "It changed since this revision; `details.current` holds what it is now.",
    422: "Well-formed, but it makes no sense here; `details` says where.",
    428: "The If-Match header is missing.",
}


def _header(name: str, kind: Any, *, required: bool, says: str) -> OpenApiParameter:
    return OpenApiParameter(name, kind, OpenApiParameter.HEADER, required=required, description=says)
