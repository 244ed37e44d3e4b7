"""Typed reading of a JSON object: every refusal names the field, as ``output.decoder``."""

from __future__ import annotations

import math
from typing import Any

from annotator.core.errors import BadArtifact

_MISSING: Any = object()


class Fields:
    """One JSON object of a manifest and the path that leads to it."""

    def __init__(self, value: Any, path: str) -> None:
        if not isinstance(value, dict):
            raise BadArtifact(f"{path or 'The manifest'} must be a JSON object.", field=path or "manifest")
        self._value = value
        self._path = path

    def keys(self) -> list[str]:
        """Names in this object, in file order."""
        return list(self._value)

    def child(self, key: str) -> Fields:
        """The object under ``key``. Raises BadArtifact."""
        return Fields(self._get(key, _MISSING), self._at(key))

    def text(self, key: str, shortest: int, longest: int, default: Any = _MISSING) -> str:
        """A string whose length is within bounds. Raises BadArtifact."""
        value = self._get(key, default)
        if not isinstance(value, str) or not shortest <= len(value) <= longest:
            raise self._wrong(key, f"a text of {shortest} to {longest} characters")
        return value

    def optional_text(self, key: str, longest: int) -> str | None:
        """A string or null. Raises BadArtifact."""
        return None if self._value.get(key) is None else self.text(key, 0, longest)

    def optional_object(self, key: str) -> dict[str, Any]:
        """An object of any content, empty when absent. Raises BadArtifact."""
        value = self._get(key, None)
        if value is not None and not isinstance(value, dict):
            raise self._wrong(key, "a JSON object")
        return dict(value or {})

    def texts(self, key: str, longest: int) -> list[str]:
        """A list of non-empty strings. Raises BadArtifact."""
        values = self._get(key, _MISSING)
        if not isinstance(values, list) or not all(
            isinstance(value, str) and value.strip() and len(value) <= longest for value in values
        ):
            raise self._wrong(key, "a list of non-empty texts")
        return values

    def choice(self, key: str, allowed: tuple[str, ...], default: Any = _MISSING) -> str:
        """One of ``allowed``. Raises BadArtifact."""
        value = self._get(key, default)
        if value not in allowed:
            raise self._wrong(key, "one of " + ", ".join(allowed))
        return str(value)

    def integer(self, key: str, low: int, high: int, default: Any = _MISSING) -> int:
        """A whole number within [low, high]. Raises BadArtifact."""
        value = self._get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self._wrong(key, f"a whole number from {low} to {high}")
        return value

    def optional_integer(self, key: str) -> int | None:
        """A whole number ≥ 0 or null. Raises BadArtifact."""
        return None if self._value.get(key) is None else self.integer(key, 0, 2**63 - 1)

    def number(self, key: str, low: float, high: float, default: Any = _MISSING) -> float:
        """A finite number within [low, high]. Raises BadArtifact."""
        value = self._get(key, default)
        if not _is_number(value) or not low <= value <= high:
            raise self._wrong(key, f"a number from {low} to {high}")
        return float(value)

    def numbers(self, key: str, count: int, default: Any = _MISSING) -> tuple[float, ...]:
        """Exactly ``count`` finite numbers. Raises BadArtifact."""
        values = self._get(key, default)
        if not isinstance(values, list | tuple) or len(values) != count or not all(map(_is_number, values)):
            raise self._wrong(key, f"a list of {count} numbers")
        return tuple(float(value) for value in values)

    def integers(self, key: str, low: int, high: int, default: Any = _MISSING) -> tuple[int, ...]:
        """A non-empty list of whole numbers within [low, high]. Raises BadArtifact."""
        values = self._get(key, default)
        if (
            not isinstance(values, list | tuple)
            or not 1 <= len(values) <= 16
            or not all(isinstance(v, int) and not isinstance(v, bool) and low <= v <= high for v in values)
        ):
            raise self._wrong(key, f"a list of whole numbers from {low} to {high}")
        return tuple(values)

    def _get(self, key: str, default: Any) -> Any:
        value = self._value.get(key, default)
        if value is _MISSING:
            raise BadArtifact(f"The manifest has no {self._at(key)}.", field=self._at(key))
        return value

    def _at(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key

    def _wrong(self, key: str, expected: str) -> BadArtifact:
        shown = repr(self._value.get(key))[:60]
        return BadArtifact(f"{self._at(key)} must be {expected}, not {shown}.", field=self._at(key))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
