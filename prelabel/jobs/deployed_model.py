"""Opening the deployed model: as fast as this machine runs it, and only once in a worker."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.utils import timezone

from annotator import storage
from annotator.core.errors import BadPicture, NotFound, RunFailed
from annotator.jobs.context import RunContext
from annotator.models import Item, Project
from prelabel.core.artifact import Manifest
from prelabel.core.machine import machine_name
from prelabel.core.predictor import Predictor
from prelabel.core.predictors import load_predictor
from prelabel.core.runtime_choice import Way, choose_way, ways_here
from prelabel.core.scaled_decode import decode_for
from prelabel.jobs.warm_models import warm_predictor
from prelabel.models import Deployment, ModelVariant
from prelabel.services.registry import fetch_artifact, record_runtime

PICTURES = 16  # of the project, to time on and to compare guesses on


class Place(Protocol):
    """What opening a model needs of the run, or of whatever else wants it."""

    @property
    def project_id(self) -> int: ...
    @property
    def workdir(self) -> Path: ...
    def log(self, message: str, **data: Any) -> None: ...


def open_deployed(context: RunContext, deployment: Deployment, streams: int) -> Predictor:
    """The deployed variant's predictor for ``streams`` threads, with features. Raises RunFailed, BadArtifact."""
    manifest = deployment.variant.manifest
    project = Project.objects.get(pk=context.project_id)
    if manifest["task_type"] != project.task_type:
        raise RunFailed("The deployed model is for another task type than the project.", code="wrong_task_type")
    return open_variant(context, deployment.variant, streams)


def open_variant(context: Place, variant: ModelVariant, streams: int, *, measure: bool = True) -> Predictor:
    """Any variant's predictor, run the way that is best here; without ``measure`` only where that is known already."""
    way = _known_way(variant) or (_measured_way(context, variant, streams) if measure else _first_way(variant))
    options: dict[str, Any] = {"runtime": way.runtime, "precision": way.precision, "streams": streams, "embed": True}
    return warm_predictor(variant.manifest, options, lambda: load_predictor(_fetched(context, variant), **options))


def _fetched(context: Place, variant: ModelVariant) -> Path:
    return fetch_artifact(manifest=variant.manifest, folder=context.workdir / f"artifact-{variant.pk}")


def _asked() -> tuple[str, str]:
    """What the environment of this worker prescribes; ``auto`` leaves it to the measurement."""
    return os.environ.get("WINNOW_RUNTIME") or "auto", os.environ.get("WINNOW_PRECISION") or "auto"


def _known_way(variant: ModelVariant) -> Way | None:
    """What was measured on such a machine before, if it may still be used here."""
    found = variant.runtime.get(machine_name())
    way = Way(found["runtime"], found["precision"]) if found else None
    return way if way in _ways(variant) else None


def _ways(variant: ModelVariant) -> list[Way]:
    return ways_here(*_asked(), target=variant.manifest.get("target", "onnx"))


def _first_way(variant: ModelVariant) -> Way:
    """What usually is the best, where nothing was measured."""
    runtime, precision = _asked()
    return next(iter(_ways(variant)), Way(runtime, "f32" if precision == "auto" else precision))


def _measured_way(context: Place, variant: ModelVariant, streams: int) -> Way:
    """Try the ways of this machine in turns and record the best; where only one is left there is nothing to measure."""
    ways = _ways(variant)
    pictures = _pictures(context, variant) if len(ways) > 1 and settings.RUNTIME_MEASURE_S else []
    if not pictures:
        return _first_way(variant)
    folder = _fetched(context, variant)
    best, tried = choose_way(
        ways,
        lambda way: load_predictor(folder, runtime=way.runtime, precision=way.precision, streams=streams, embed=True),
        pictures,
        streams=streams,
        seconds=settings.RUNTIME_MEASURE_S,
    )
    if _asked() == ("auto", "auto"):  # what a person prescribed is no finding
        won = next(one for one in tried if one.way == best)
        found = won.to_json() | {
            "streams": streams,
            "measured_at": timezone.now().isoformat(),
            "pictures": len(pictures),
            "tried": [one.to_json() for one in tried],
        }
        record_runtime(variant=variant, machine=machine_name(), found=found)
    rates = ", ".join(f"{one.way.runtime} {one.way.precision} {one.images_per_s:.0f}/s" for one in tried)
    context.log(f"on {machine_name()}: {rates}; taken: {best.runtime} {best.precision}")
    return best


def _pictures(context: Place, variant: ModelVariant) -> list[Any]:
    """A few of the project's own pictures, decoded; what cannot be read is left to the run to report."""
    manifest = Manifest.from_json(variant.manifest)
    blobs = Item.objects.filter(project_id=context.project_id, media_type="image").order_by("blob")
    decoded = []
    for sha256 in blobs.values_list("blob", flat=True)[:PICTURES]:
        try:
            path = storage.blob_path(sha256)
            decoded.append(decode_for(path, manifest.input, manifest.preprocess, settings.MAX_PIXELS))
        except (BadPicture, NotFound):
            continue
    return decoded
