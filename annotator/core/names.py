"""Reads class names from the small text files beside YOLO labels: data.yaml, classes.txt, obj.names.

Only the handful of YAML forms that such files use are read (scalars, one-line lists, block lists and block maps), which
keeps a YAML parser, its object tags and its anchors away from uploads.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_PAIR = re.compile(r"""^\s*(?:"([^"]*)"|'([^']*)'|([^:#"']+?))\s*:(?:\s+(.*)|\s*)$""")


@dataclass
class DataYaml:
    """What a data.yaml says: class names by number, and the paths given for each split."""

    names: dict[int, str] = field(default_factory=dict)
    paths: dict[str, list[str]] = field(default_factory=dict)


def parse_data_yaml(text: str) -> DataYaml:
    """Read ``names``, ``path``, ``train``, ``val`` and ``test``; everything else is passed over."""
    result = DataYaml()
    lines = [line.rstrip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    index = 0
    while index < len(lines):
        pair = _PAIR.match(lines[index])
        index += 1
        if pair is None or lines[index - 1][0].isspace():
            continue
        key, value = _text_of(pair), _strip_comment(pair.group(4) or "")
        block = []
        while index < len(lines) and (lines[index][0].isspace() or lines[index].startswith("-")):
            block.append(lines[index].strip())
            index += 1
        # A one-line list may go on over several lines until it closes.
        if value[:1] in "[{" and value:
            while value.count("[") > value.count("]") or value.count("{") > value.count("}"):
                if not block and index >= len(lines):
                    break
                value += " " + (_strip_comment(block.pop(0)) if block else lines[index].strip())
                index += 0 if block or index >= len(lines) else 1
        if key == "names":
            result.names = _names(value, block)
        elif key in ("path", "train", "val", "valid", "test"):
            listed = list(_names(value, block).values()) if value.startswith("[") or not value else [_unquote(value)]
            result.paths["val" if key == "valid" else key] = listed
    return result


def parse_names(text: str) -> dict[int, str]:
    """One class name a line, numbered from 0; blank lines at the end do not count."""
    lines = [line.strip() for line in text.lstrip("\ufeff").rstrip().splitlines()]
    return dict(enumerate(lines)) if lines else {}


def _text_of(pair: re.Match[str]) -> str:
    return next((group for group in pair.groups()[:3] if group is not None), "").strip()


def _names(value: str, block: list[str]) -> dict[int, str]:
    if value.startswith("["):
        return dict(enumerate(_split_flow(value.strip("[] "))))
    if value.startswith("{"):
        block = _split_flow(value.strip("{} "))
    names: dict[int, str] = {}
    for line in block:
        if line.startswith("-"):
            names[len(names)] = _unquote(_strip_comment(line[1:].strip()))
            continue
        pair = _PAIR.match(line)
        if pair is not None and _text_of(pair).isdigit():
            names[int(_text_of(pair))] = _unquote(_strip_comment((pair.group(4) or "").strip()))
    return names


def _split_flow(text: str) -> list[str]:
    pieces = re.findall(r"""\s*("[^"]*"|'(?:[^']|'')*'|[^,]+)\s*(?:,|$)""", text)
    return [
        _unquote(piece.strip()) if ":" not in piece or piece.strip()[:1] in "\"'" else piece.strip() for piece in pieces
    ]


def _strip_comment(text: str) -> str:
    quoted = re.match(r"""'(?:[^']|'')*'|"[^"]*\"""", text)
    return quoted.group() if quoted else re.split(r"\s#", text, maxsplit=1)[0].strip()


def _unquote(text: str) -> str:
    text = text.strip()
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1].replace("''", "'") if text[0] == "'" else text[1:-1]
    return text
