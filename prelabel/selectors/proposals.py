"""Questions to the deployed segmentation model and its answers: kept in Redis, for a minute."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.cache import cache

from annotator.core.errors import Conflict, WinnowError
from annotator.models import Item, Project
from annotator.selectors.proposals import Shown
from prelabel.models import ModelVariant
from prelabel.selectors.registry import active_deployment

TASK_TYPE = "semantic_segmentation"


class NoSegmenter(Conflict):
    """Nothing is deployed that could say what each pixel is."""

    code = "no_segmentation_model"


class Forgotten(WinnowError):
    """A question that was never asked, or too long ago, or by somebody else: the three must look the same."""

    code, status = "question_forgotten", 410


class ModelFailed(WinnowError):
    """The worker could not answer; ``code`` says why."""

    code, status = "model_failed", 409


@dataclass(frozen=True)
class Question:
    """Who asked what; ``mask``: the answer holds the mask as well."""

    user_id: int
    item_id: int
    variant_id: int
    shown: Shown
    mask: bool
    answer: dict[str, Any] | None = None


def segmenter_of(project: Project) -> ModelVariant:
    """The deployed variant that can be asked. Raises NoSegmenter."""
    deployment = active_deployment(project.pk) if project.task_type == TASK_TYPE else None
    if deployment is None or deployment.variant.manifest["task_type"] != TASK_TYPE:
        raise NoSegmenter("no segmentation model is deployed in this project; deploy one, or propose by colour")
    return deployment.variant


def key_of(request_id: int) -> str:
    """Where Redis has the question."""
    return f"proposal:{request_id}"


def question_of(request_id: int) -> Question | None:
    """What was asked, None once it is forgotten."""
    found: Question | None = cache.get(key_of(request_id))
    return found


def answer_to(*, request_id: int, user_id: int, item: Item) -> dict[str, Any] | None:
    """The answer to this person's question about this item, None while there is none.

    Raises Forgotten, and ModelFailed with what the worker ran into.
    """
    asked = question_of(request_id)
    if asked is None or (asked.user_id, asked.item_id) != (user_id, item.pk):
        raise Forgotten("there is no such question, or its answer is no longer kept; ask again")
    if asked.answer is not None and "error" in asked.answer:
        raise ModelFailed(asked.answer["error"]["message"], code=asked.answer["error"]["code"])
    return asked.answer
