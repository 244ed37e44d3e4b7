"""What comes in: JSON read strictly, and every answer JSON whatever the client says it accepts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import IO, Any

import orjson
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.utils.mediatypes import media_type_matches


class StrictJsonParser(BaseParser):
    """JSON as RFC 8259 has it: no NaN, no lone surrogates, no bottomless nesting; Python's own lets them in."""

    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Raises ParseError (400)."""
        try:
            return orjson.loads(stream.read())
        except orjson.JSONDecodeError as error:
            raise ParseError(f"the body is not JSON: {error}") from error


class AlwaysJson(BaseContentNegotiation):
    """An API with one representation has nothing to negotiate; a picture asked for as ``image/*`` is no error."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        given = request.content_type or ""
        return next((parser for parser in parsers if media_type_matches(parser.media_type or "", given)), None)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        only = next(iter(renderers))
        return only, only.media_type or ""
