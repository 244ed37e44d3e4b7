"""Has a loaded model look at pictures the way its project chose: in tiles, as a committee, or just so."""

from __future__ import annotations

from collections.abc import Callable

from annotator.jobs.context import RunContext
from annotator.models import Project
from prelabel.core.committee import Committee
from prelabel.core.predictor import Predictor
from prelabel.core.tiling import TiledPredictor, Tiles
from prelabel.models import Deployment, ModelVariant
from prelabel.selectors.guessing import committee_variants, guessing_of
from prelabel.selectors.ordering import member_sources, order_of
from prelabel.services.guessing import FUSED

Load = Callable[[ModelVariant], Predictor]


def as_chosen(context: RunContext, deployment: Deployment, predictor: Predictor, load: Load) -> Predictor:
    """``predictor`` of the deployed variant, widened; ``load`` opens another variant for a committee.

    Where the queue asks what a committee disagrees on and no other model has guessed yet, views of each picture vote:
    three looks instead of one, whose guesses stay the first one's.
    """
    project = Project.objects.get(pk=deployment.project_id)
    guessing = guessing_of(project.pk)
    others = committee_variants(project.pk)[1:] if guessing.committee == "variants" else []
    members = [_tiled(load(variant), variant, project) for variant in others]
    first = _tiled(predictor, deployment.variant, project)
    if members:
        names = ", ".join(str(variant) for variant in others)
        context.log(f"guesses are fused with those of {names}")
        return Committee(first, members)
    if guessing.committee == "variants":
        context.log("there is no other model to fuse guesses with yet; this one guesses alone")
    if guessing.committee == "views":
        context.log("guesses of each picture, mirrored and from farther away, are fused")
        return Committee(first)
    if _votes_wanted(project):
        context.log("the picture, mirrored and from farther away, votes on what the queue asks first")
        return Committee(first, fused=False)
    return first


def _votes_wanted(project: Project) -> bool:
    asked = order_of(project.pk).strategy == "committee"
    return asked and project.task_type in FUSED and len(member_sources(project)) < 2


def _tiled(predictor: Predictor, variant: ModelVariant, project: Project) -> Predictor:
    guessing = guessing_of(project.pk)
    if guessing.tiles == "off":
        return predictor
    manifest = variant.manifest
    tiles = Tiles() if guessing.tiles == "auto" else Tiles(guessing.tile_size, guessing.tile_overlap, large_only=False)
    side = max(manifest["input"]["width"], manifest["input"]["height"])
    return TiledPredictor(predictor, side, tiles, float(manifest["output"].get("nms_iou", 0.45)))
