"""How a project's pictures are looked at: chosen by a lead, read by the next pre-labelling."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction

from annotator.core.errors import Unprocessable
from annotator.models import Project, User
from annotator.services import audit
from prelabel.models import Guessing
from prelabel.selectors.guessing import choice_row, guessing_of

TILES = ("off", "auto", "size")
COMMITTEES = ("off", "views", "variants")
# What has no boxes is not cut into tiles, and masks are not fused.
TILED = ("object_detection",)
FUSED = ("object_detection", "image_classification")


@dataclass(frozen=True)
class GuessingChoice:
    """``tile_size`` px and ``tile_overlap`` share of a tile count where ``tiles`` is "size"."""

    tiles: str = "off"
    tile_size: int = 640
    tile_overlap: float = 0.2
    committee: str = "off"


@transaction.atomic
def choose_guessing(*, actor: User, project: Project, choice: GuessingChoice) -> Guessing:
    """Keep the choice for what is predicted from now on; guesses that are there stay. Raises Unprocessable."""
    if choice.tiles not in TILES:
        raise Unprocessable(f"tiles must be one of {', '.join(TILES)}", field="tiles")
    if choice.committee not in COMMITTEES:
        raise Unprocessable(f"committee must be one of {', '.join(COMMITTEES)}", field="committee")
    if choice.tiles != "off" and project.task_type not in TILED:
        raise Unprocessable("only pictures in which objects are detected are cut into tiles", field="tiles")
    if choice.committee != "off" and project.task_type not in FUSED:
        raise Unprocessable("a committee's masks cannot be brought together; choose off", field="committee")
    Project.objects.select_for_update().get(pk=project.pk)
    guessing = guessing_of(project.pk)
    before = None if guessing.pk is None else choice_row(guessing)
    for name in ("tiles", "tile_size", "tile_overlap", "committee"):
        setattr(guessing, name, getattr(choice, name))
    try:
        guessing.full_clean(exclude=["project"])
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise Unprocessable(f"{field}: {messages[0]}", field=field) from error
    guessing.save()
    if before != choice_row(guessing):
        audit.record(
            actor=actor, verb="project.choose_guessing", target=project, project_id=project.pk, before=before,
            after=choice_row(guessing),
        )  # fmt: skip
    return guessing
