"""Finds what waits and looks like one object or picture, by the deployed model's features."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from annotator import storage
from annotator.core.errors import BadPicture, NotFound, RunFailed
from annotator.core.geometry import Box
from annotator.jobs.context import RunContext
from annotator.models import Item, Project
from prelabel.core.embedding import unit, unpack
from prelabel.core.pool import Floats
from prelabel.core.predictor import Predictor
from prelabel.core.scaled_decode import decode_whole
from prelabel.core.similar import closest, cut, object_window
from prelabel.jobs.deployed_model import open_deployed
from prelabel.jobs.features import look_at
from prelabel.jobs.predict import predict_threads
from prelabel.models import Deployment
from prelabel.selectors import similar as read
from prelabel.selectors.registry import active_deployment
from prelabel.selectors.similar import Guessed

# Objects are looked at one by one, some tens of milliseconds each: those of the pictures that look most alike.
MOST_PICTURES, MOST_OBJECTS = 64, 500


@dataclass(frozen=True)
class _Search:
    """What is searched, and with what."""

    context: RunContext
    project: Project
    item: Item
    deployment: Deployment

    def predictor(self) -> Predictor:
        """The deployed model. Raises RunFailed where it shows no features."""
        self.context.progress(0, 1, stage="load")
        predictor = open_deployed(self.context, self.deployment, predict_threads())
        if not predictor.embeds:
            raise _no_features()
        return predictor


def run(context: RunContext) -> dict[str, Any]:
    """Keep what was found, best first, in the checkpoint; a try after a crash starts anew."""
    project = Project.objects.get(pk=context.project_id)
    deployment = active_deployment(project.pk)
    item = Item.objects.filter(pk=context.params["item_id"], project=project).first()
    if deployment is None:
        raise RunFailed("No model is deployed any more; deploy one and search again.", code="no_model")
    if item is None:
        raise RunFailed("The picture to compare with is gone.", code="no_item")
    search, box, limit = _Search(context, project, item, deployment), context.params["bbox"], context.params["limit"]
    rows, looked = _pictures(search, limit) if box is None else _objects(search, tuple(box))
    context.save_checkpoint(**{read.RESULT: rows[:limit]})
    return {"found": len(rows[:limit]), "looked_at": looked, "model": str(deployment.variant)}


def _no_features() -> RunFailed:
    return RunFailed("The deployed model shows no features to compare by; deploy another.", code="no_features")


def _nearest_pictures(search: _Search, k: int) -> list[tuple[int, float]]:
    variant = search.deployment.variant_id
    own = read.feature_of(search.item.pk, variant) or look_at(search.predictor(), search.item.blob).features.vector
    if not own:
        raise _no_features()
    stored = read.features_alike(search.project, variant, search.item.pk)
    # Stored at half the precision: the length is put right again.
    vectors: Iterator[tuple[int, Floats]] = ((item_id, unit(unpack(vector))[0]) for item_id, vector in stored)
    return closest(unit(unpack(own))[0], vectors, k)


def _pictures(search: _Search, limit: int) -> tuple[list[dict[str, Any]], int]:
    near = _nearest_pictures(search, limit)
    guessed = read.guessed_objects(search.project, [item_id for item_id, _ in near])
    rows = [
        _row(item_id, guessed[item_id].prediction.document["objects"][0], score)
        for item_id, score in near
        if item_id in guessed and guessed[item_id].prediction.document["objects"]
    ]
    return rows, len(near)


def _row(item_id: int, guess: dict[str, Any], score: float) -> dict[str, Any]:
    return {
        "item_id": item_id,
        "object": guess["id"],
        "score": round(score, 4),
        "bbox": guess.get("bbox"),
        "class_id": guess["class_id"],
    }


def _objects(search: _Search, box: Box) -> tuple[list[dict[str, Any]], int]:
    near = _nearest_pictures(search, MOST_PICTURES)
    guessed = read.guessed_objects(search.project, [item_id for item_id, _ in near])
    chosen = list(_within([guessed[item_id] for item_id, _ in near if item_id in guessed]))
    total, done = sum(len(objects) for _, objects in chosen), 0
    predictor = search.predictor()
    try:
        query = _looks(predictor, search.item, [box])[0]
    except (BadPicture, NotFound) as error:
        raise RunFailed(f"The picture to compare with cannot be read: {error.message}", code="broken_image") from error
    seen: list[tuple[int, dict[str, Any]]] = []
    vectors: list[Floats] = []
    search.context.progress(0, total, stage="compare")
    with ThreadPoolExecutor(predict_threads(), thread_name_prefix="similar") as pool:
        try:
            for item, objects, looks in pool.map(lambda one: (*one, _readable(predictor, *one)), chosen):
                if looks is None:
                    search.context.log(f"{item.name} cannot be read and was passed over", item_id=item.pk)
                else:
                    seen += [(item.pk, one) for one in objects]
                    vectors += looks
                done += len(objects)
                search.context.progress(done, total, stage="compare")
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    return [_row(*seen[place], score) for place, score in closest(query, enumerate(vectors), len(vectors))], total


def _within(guessed: list[Guessed]) -> Iterator[tuple[Item, list[dict[str, Any]]]]:
    """Items with the objects to look at, up to MOST_OBJECTS."""
    left = MOST_OBJECTS
    for one in guessed:
        objects = [row for row in one.objects if row.get("bbox")][:left]
        left -= len(objects)
        if objects:
            yield one.item, objects


def _readable(predictor: Predictor, item: Item, objects: list[dict[str, Any]]) -> list[Floats] | None:
    try:
        return _looks(predictor, item, [tuple(row["bbox"]) for row in objects])
    except (BadPicture, NotFound):
        return None


def _looks(predictor: Predictor, item: Item, boxes: list[Box]) -> list[Floats]:
    """Unit features of the part around each box. Raises BadPicture, NotFound."""
    pixels = decode_whole(storage.blob_path(item.blob), settings.MAX_PIXELS).pixels
    height, width = pixels.shape[:2]
    looks = []
    for box in boxes:
        vector = predictor.look(cut(pixels, object_window(box, width, height)))[1]
        if vector is None:
            raise _no_features()
        looks.append(unit(vector)[0])
    return looks
