"""Answers what is under a click with the deployed segmentation model: quick, and without a Run."""

from __future__ import annotations

import logging
import tempfile
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from annotator import storage
from annotator.core.errors import NotFound, WinnowError
from annotator.core.geometry import clip_box
from annotator.models import Item, LabelClass
from prelabel.core.documents import map_classes
from prelabel.core.masks import ClassMap, encode_mask, paint_map
from prelabel.core.regions import Region, outline, region_at, region_in
from prelabel.jobs.deployed_model import open_variant
from prelabel.models import ModelVariant
from prelabel.selectors.proposals import Question, question_of
from prelabel.services.proposals import put_answer

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Seen:
    """What the model made of a picture: the class index of each pixel, and per class how sure it is."""

    classes: ClassMap
    scores: dict[int, float]


@dataclass(frozen=True)
class _Place:
    """Where a model is opened when no run asked for it."""

    project_id: int
    workdir: Path

    def log(self, message: str, **data: Any) -> None:
        log.info("project %s: %s", self.project_id, message)


def run(request_id: int) -> None:
    """Answer one question, with what went wrong where something did; nobody waits for one that is forgotten."""
    asked = question_of(request_id)
    if asked is None:
        return
    began = time.perf_counter()
    try:
        row = _answer(asked)
        answer = {"proposal": row, "method": "model", "ms": round(1000 * (time.perf_counter() - began), 1)}
    except WinnowError as error:
        answer = {"error": {"code": error.code, "message": error.message}}
    except Exception as error:
        log.exception("question %s about item %s", request_id, asked.item_id)
        answer = {"error": {"code": "internal", "message": f"{type(error).__name__}: {error}"}}
    put_answer(request_id=request_id, answer=answer)


def _answer(asked: Question) -> dict[str, Any] | None:
    """The region that was shown, None where the model sees no class of the project there."""
    item = Item.objects.filter(pk=asked.item_id).first()
    variant = ModelVariant.objects.filter(pk=asked.variant_id).first()
    if item is None or variant is None:
        raise NotFound("the picture or the model was removed meanwhile; reload the page")
    seen = _seen(item.blob, variant.pk, item.project_id)
    labels = LabelClass.objects.filter(project_id=item.project_id, archived=False).values_list("name", "pk")
    ids = map_classes(variant.manifest["classes"], dict(labels)).ids
    wanted = ids.keys() & seen.scores.keys()
    found = _region(asked, seen.classes, wanted) if wanted else None
    if found is None:
        return None
    bbox, rings = outline(found.mask)
    row = {"bbox": bbox, "rings": rings, "class_id": ids[found.class_index], "score": seen.scores[found.class_index]}
    return row | {"rle": encode_mask(found.mask)} if asked.mask else row


def _region(asked: Question, classes: ClassMap, wanted: set[int]) -> Region | None:
    shown, (height, width) = asked.shown, classes.shape
    if shown.point is not None:
        return region_at(classes, [shown.point, *shown.inside], wanted)
    assert shown.box is not None
    return region_in(classes, clip_box(shown.box, width, height), wanted)


@lru_cache(maxsize=4)  # a byte a pixel: 2 MB mostly, 200 at the most; a person asks several times about one picture
def _seen(sha256: str, variant_id: int, project_id: int) -> Seen:
    variant = ModelVariant.objects.get(pk=variant_id)
    with tempfile.TemporaryDirectory(prefix="winnow-") as folder:
        predictor = open_variant(_Place(project_id, Path(folder)), variant, streams=1, measure=False)
    picture = predictor.decode(storage.blob_path(sha256), settings.MAX_PIXELS)
    guesses = [guess for guess in predictor.look(picture)[0] if guess.rle is not None]
    height, width = guesses[0].rle["size"] if guesses and guesses[0].rle else (1, 1)
    layers = [(guess.class_index, guess.rle) for guess in guesses if guess.rle is not None]
    scores = {guess.class_index: round(guess.score, 5) for guess in guesses}
    return Seen(paint_map(layers, height, width), scores)
