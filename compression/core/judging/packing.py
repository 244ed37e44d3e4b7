"""Class scores as text: a classifier's record of one image holds up to a hundred of them, and a report all images."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import numpy as np

_CLASS, _SCORE = np.dtype("<u2"), np.dtype("<f4")


def pack_scores(classes: Sequence[int], scores: Sequence[float]) -> str:
    """Base64 of the class indices (uint16), then the scores (float32): 8 characters each, and no score is rounded.

    As JSON numbers they took 20, and five digits made ties of the scores of a sure network. Needs indices < 65536.
    """
    packed = np.asarray(classes, dtype=_CLASS).tobytes() + np.asarray(scores, dtype=_SCORE).tobytes()
    return base64.b64encode(packed).decode("ascii")


def unpack_scores(text: str) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """The inverse of :func:`pack_scores`."""
    data = base64.b64decode(text)
    count = len(data) // (_CLASS.itemsize + _SCORE.itemsize)
    classes = np.frombuffer(data, dtype=_CLASS, count=count)
    scores = np.frombuffer(data, dtype=_SCORE, count=count, offset=count * _CLASS.itemsize)
    return tuple(classes.tolist()), tuple(scores.tolist())
