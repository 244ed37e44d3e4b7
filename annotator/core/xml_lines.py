"""Reads small XML files safely into nodes that know their line."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Any
from xml.sax import SAXException
from xml.sax.handler import ContentHandler

import defusedxml.sax

MAX_ELEMENTS = 200_000


@dataclass(slots=True)
class Node:
    """An element: its tag, the line (from 1) where it opens, its text, its children."""

    tag: str
    line: int
    text: str = ""
    children: list[Node] = field(default_factory=list)

    def child(self, tag: str) -> Node | None:
        """The first child of this tag."""
        return next((one for one in self.children if one.tag == tag), None)

    def text_of(self, tag: str) -> str:
        """The stripped text of the first child of this tag, empty when there is none."""
        found = self.child(tag)
        return found.text.strip() if found else ""


class _Builder(ContentHandler):
    def __init__(self) -> None:
        super().__init__()
        self.root: Node | None = None
        self._open: list[Node] = []
        self._locator: Any = None
        self._count = 0

    def setDocumentLocator(self, locator: Any) -> None:
        self._locator = locator

    def startElement(self, name: str, attrs: Any) -> None:
        self._count += 1
        if self._count > MAX_ELEMENTS:
            raise SAXException(f"more than {MAX_ELEMENTS} elements")
        node = Node(name, int(self._locator.getLineNumber()))
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.root = node
        self._open.append(node)

    def endElement(self, name: str) -> None:
        self._open.pop()

    def characters(self, content: str) -> None:
        self._open[-1].text += content


def parse_xml(data: bytes) -> Node:
    """The root element. Raises SAXException, or DefusedXmlException for entities and external parts."""
    builder = _Builder()
    defusedxml.sax.parse(io.BytesIO(data), builder)
    assert builder.root is not None
    return builder.root
