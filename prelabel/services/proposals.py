"""Asking the deployed segmentation model what is under a click. Leaves no row and no Run: an answer that comes late is
of no use to anybody."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

from django.core.cache import cache

from annotator import dispatch
from annotator.models import Item, User
from annotator.selectors.proposals import Shown, seed_and_window
from prelabel.selectors.proposals import Question, key_of, question_of, segmenter_of

KEPT_S = 60
WAITS_S = 10  # a question that no worker took by then is not worth computing any more


def ask_model(*, actor: User, item: Item, shown: Shown, mask: bool) -> int:
    """Ring the interactive worker; the number of the question. Raises NoSegmenter, Unprocessable, Unreachable."""
    variant = segmenter_of(item.project)
    seed_and_window(item, shown)  # refuses what lies outside the picture
    request_id = secrets.randbelow(2**53)  # exact in JavaScript; of no use to who guesses one, see answer_to
    cache.set(key_of(request_id), Question(actor.pk, item.pk, variant.pk, shown, mask), KEPT_S)
    dispatch.ask("propose", request_id, expires_s=WAITS_S)
    return request_id


def put_answer(*, request_id: int, answer: dict[str, Any]) -> None:
    """Leave the answer where the browser looks for it; nothing where the question is forgotten."""
    asked = question_of(request_id)
    if asked is not None:
        cache.set(key_of(request_id), replace(asked, answer=answer), KEPT_S)
