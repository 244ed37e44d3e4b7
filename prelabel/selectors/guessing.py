"""How a project's pictures are looked at, and which models may sit in its committee."""

from __future__ import annotations

from typing import Any

from annotator.models import Project
from prelabel.models import Deployment, Guessing, ModelVariant
from prelabel.selectors.ordering import MEMBERS, member_sources


def guessing_of(project_id: int) -> Guessing:
    """The project's way of guessing, or an unsaved one with the defaults."""
    return Guessing.objects.filter(project_id=project_id).first() or Guessing(project_id=project_id)


def guessing_row(project_id: int) -> dict[str, Any]:
    """As the API shows it; ``members``: the models that a committee of variants would have now."""
    told = choice_row(guessing_of(project_id))
    members = [str(variant) for variant in committee_variants(project_id)]
    return {**told, "members": members}


def choice_row(guessing: Guessing) -> dict[str, Any]:
    """The choice alone."""
    return {
        "tiles": guessing.tiles,
        "tile_size": guessing.tile_size,
        "tile_overlap": guessing.tile_overlap,
        "committee": guessing.committee,
    }


def committee_variants(project_id: int) -> list[ModelVariant]:
    """The last variants that guessed in the project, the deployed one first; at most MEMBERS."""
    sources = member_sources(Project.objects.get(pk=project_id))
    found = {
        one.source_id: one.variant
        for one in Deployment.objects.filter(project_id=project_id, source_id__in=sources).select_related(
            "variant__version"
        )
    }
    variants = list(dict.fromkeys(found[source] for source in sources if source in found))
    return variants[:MEMBERS]
