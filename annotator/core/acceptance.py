"""Turns guessed objects into an annotation that says so."""

from __future__ import annotations

from typing import Any

_GUESS_ONLY = frozenset({"score", "top3", "entropy"})


def accepted_document(objects: list[dict[str, Any]]) -> dict[str, Any]:
    """An annotation document of guessed objects taken as they are: origin ``accepted``, each naming its guess."""
    return {
        "objects": [
            {
                **{key: value for key, value in one.items() if key not in _GUESS_ONLY},
                "origin": "accepted",
                "prediction_id": one["id"],
            }
            for one in objects
        ]
    }
