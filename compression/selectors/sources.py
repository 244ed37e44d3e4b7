"""What a compression can start from, as far as it is known without opening a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from annotator.core.errors import NotFound
from annotator.models import LabelClass, Project
from compression.core.planning.forecast import pace_of
from compression.core.training.presets import preset_for
from prelabel.models import ModelVersion

# Bytes of fp32 files of architectures that were not trained here yet; others count as a nano detector.
_TYPICAL_BYTES = 10_500_000


@dataclass(frozen=True)
class Source:
    """``classes`` in index order; ``image_size`` long side in pixels; ``pace_s`` per picture and epoch, if known."""

    trainable: bool
    classes: tuple[str, ...]
    image_size: int
    fp32_bytes: int
    pace_s: float | None = None


def source_of(project: Project, given: Mapping[str, Any]) -> Source:
    """The source that an order names: a model version, or a training to do first. Raises NotFound."""
    if given.get("train") is not None:
        train = given["train"]
        recipe = preset_for(train.get("preset") or "normal", project.task_type, train)
        return Source(True, _classes(project), recipe.image_size, _typical_bytes(project))
    version = (
        ModelVersion.objects.filter(pk=int(given.get("model_version_id") or 0), project=project)
        .prefetch_related("variants")
        .first()
    )
    if version is None:
        raise NotFound("there is no such model version in this project", field="source.model_version_id")
    return of_version(version)


def of_version(version: ModelVersion) -> Source:
    """What is known of a registered version."""
    variants = list(version.variants.all())
    fp32 = next((one for one in variants if one.precision == "fp32"), variants[0] if variants else None)
    given = fp32.manifest.get("input", {}) if fp32 else {}
    record = version.record or {}
    images = (record.get("images") or {}).get("train", 0)
    return Source(
        trainable=bool(version.training_files),
        classes=tuple(fp32.manifest.get("classes", ())) if fp32 else (),
        image_size=int(record.get("image_size") or max(given.get("width", 320), given.get("height", 320))),
        fp32_bytes=fp32.size_bytes if fp32 else 0,
        pace_s=pace_of(record.get("history") or (), images),
    )


def _classes(project: Project) -> tuple[str, ...]:
    return tuple(LabelClass.objects.filter(project=project).values_list("name", flat=True))


def _typical_bytes(project: Project) -> int:
    last = ModelVersion.objects.filter(project=project, variants__precision="fp32").order_by("-number")
    return last.values_list("variants__size_bytes", flat=True).first() or _TYPICAL_BYTES
