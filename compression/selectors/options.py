"""Everything that the form of a compression offers, with what is known of each choice."""

from __future__ import annotations

from typing import Any

from annotator.models import DatasetVersion, Project
from compression.core.planning.forecast import Work, disk_bytes
from compression.core.planning.plan import Ground, check_plan, plan_to_json
from compression.core.planning.presets import PLAN_PRESETS, preset_steps
from compression.core.steps import STEPS
from compression.core.trainers import TRAINERS
from compression.core.training.presets import PRESETS
from compression.selectors.datasets import dataset_facts
from compression.selectors.devices import target_rows
from compression.selectors.disk import free_bytes
from compression.selectors.queues import device_rows, queue_facts
from compression.selectors.sources import Source, of_version
from prelabel.core.base_models import base_models_for
from prelabel.core.metrics import metric_for
from prelabel.models import ModelVersion

_RECIPE_LABELS = {"quick": "Quick", "normal": "Normal"}
_NEW = Source(trainable=True, classes=(), image_size=320, fp32_bytes=10_500_000)


def compress_options(project: Project, version: DatasetVersion | None, source_id: int | None) -> dict[str, Any]:
    """The choices for ``project``; presets are written out for the model version ``source_id``."""
    models = list(ModelVersion.objects.filter(project=project).prefetch_related("variants").order_by("-number"))
    chosen = next((one for one in models if one.pk == source_id), None)
    source = of_version(chosen) if chosen else _NEW
    facts = dataset_facts(project, version)
    metric = metric_for(project.task_type).main
    return {
        "steps": _steps(project.task_type),
        "presets": _presets(project.task_type, source, facts["counts"]["train"]),
        "recipes": _recipes(project.task_type),
        "trainers": [
            {"slug": slug, "label": info.label, "archs": list(info.archs), "schema": info.schema}
            for slug, info in TRAINERS.items()
            if info.task_type == project.task_type
        ],
        "base_models": [
            {"slug": one.slug, "label": one.label, "arch": one.arch, "licence": one.licence, "shipped": one.shipped,
             "default": one.default}
            for one in base_models_for(project.task_type)
        ],
        "models": [_model_row(one, metric) for one in models],
        "teachers": [_teacher_row(one) for one in models if one.training_files],
        "targets": target_rows(),
        "devices": device_rows(),
        "dataset": facts,
        "disk": _disk(project.task_type, source, facts["counts"]),
        "queues": queue_facts(),
        "metric": metric,
    }  # fmt: skip


def _steps(task_type: str) -> list[dict[str, Any]]:
    return [
        {"slug": slug, "label": info.label, "needs": info.needs, "task_types": list(info.task_types),
         "schema": info.schema}
        for slug, info in STEPS.items()
        if task_type in info.task_types
    ]  # fmt: skip


def _presets(task_type: str, source: Source, pictures: int) -> list[dict[str, Any]]:
    ground = Ground(task_type, source.trainable, pictures=pictures)
    return [
        {
            "slug": preset.slug,
            "label": preset.label,
            "description": preset.description,
            "plan": plan_to_json(check_plan(preset_steps(preset.slug, ground, source.image_size), ground)),
            "minutes": preset.minutes,
            "search": {"minutes": preset.search.minutes, "trials": preset.search.trials} if preset.search else None,
        }
        for preset in PLAN_PRESETS.values()
    ]


def _recipes(task_type: str) -> list[dict[str, Any]]:
    return [
        {
            "slug": slug,
            "label": _RECIPE_LABELS.get(slug, slug),
            "epochs": recipes[task_type].epochs,
            "minutes": recipes[task_type].minutes,
            "image_size": recipes[task_type].image_size,
            "batch": recipes[task_type].batch,
        }
        for slug, recipes in PRESETS.items()
        if task_type in recipes
    ]


def _model_row(version: ModelVersion, metric: str) -> dict[str, Any]:
    variants = list(version.variants.all())
    fp32 = next((one for one in variants if one.precision == "fp32"), variants[0] if variants else None)
    return {
        "id": version.pk,
        "number": version.number,
        "name": version.name,
        "arch": version.arch,
        "trainable": bool(version.training_files),
        "bytes": fp32.size_bytes if fp32 else None,
        "metric": (fp32.metrics or {}).get(metric) if fp32 else None,
    }


def _teacher_row(version: ModelVersion) -> dict[str, Any]:
    return {"id": version.pk, "label": f"{version} ({version.arch})", "params": (version.record or {}).get("params")}


def _disk(task_type: str, source: Source, counts: dict[str, int]) -> dict[str, int]:
    work = Work(task_type, counts, source.image_size, source.fp32_bytes)
    return {"free_bytes": free_bytes(), "needed_bytes": disk_bytes(work, (), None)}
