"""What a person has set for the own browser. A closed schema with limits, since all of it comes from outside."""

from __future__ import annotations

import json
import re
from typing import Any

from annotator.core.errors import TooLarge, Unprocessable

MAX_BYTES = 8_192
MAX_COMMANDS = 100
MAX_KEYS = 10  # of one command: the digit row
COMMAND = re.compile(r"[a-z][A-Za-z]{0,39}")
# As the browser spells them: “A”, “Shift+A”, “Ctrl+ArrowLeft”, “?”.
KEY = re.compile(r"(Ctrl\+)?(Alt\+)?(Shift\+)?(\S|[A-Z][A-Za-z0-9]{1,19})")


def merge_preferences(current: dict[str, Any], change: Any) -> dict[str, Any]:
    """The preferences with each given one in the place of the old. Raises Unprocessable, TooLarge.

    ``keys``: command → its keys, only where they are not the default ones. ``single_keys``: False turns off all
    shortcuts of a letter, digit or sign alone (WCAG 2.1.4). Which commands exist, and which keys meet, is the browser's
    knowledge: it drops what it has no use for.
    """
    if not isinstance(change, dict):
        raise Unprocessable("preferences are an object", field="preferences")
    for name in change:
        if name not in CHECKS:
            raise Unprocessable(f"there is no preference {name!r:.60}; there are {', '.join(CHECKS)}", field=str(name))
    merged = {**current, **{name: CHECKS[name](value) for name, value in change.items()}}
    if len(json.dumps(merged)) > MAX_BYTES:
        raise TooLarge(f"preferences take more than {MAX_BYTES} bytes")
    return merged


def _keys(value: Any) -> dict[str, list[str]]:
    if not isinstance(value, dict) or len(value) > MAX_COMMANDS:
        raise Unprocessable(f"keys must name at most {MAX_COMMANDS} commands, each with its keys", field="keys")
    for command, keys in value.items():
        path = f"keys.{command!s:.40}"
        if not COMMAND.fullmatch(command):
            raise Unprocessable(f"{path}: a command's name is made of letters", field=path)
        if not isinstance(keys, list) or not 0 < len(keys) <= MAX_KEYS or len(keys) != len(set(map(str, keys))):
            raise Unprocessable(f"{path} must list 1 to {MAX_KEYS} different keys", field=path)
        for key in keys:
            if not isinstance(key, str) or not KEY.fullmatch(key):
                raise Unprocessable(f"{path}: {key!r:.60} is not the name of a key", field=path)
    return value


def _single_keys(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Unprocessable("single_keys must be true or false", field="single_keys")
    return value


CHECKS = {"keys": _keys, "single_keys": _single_keys}
