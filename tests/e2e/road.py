"""A small project that a compression can work on: drawn road scenes with their labels, the shipped model deployed."""

from __future__ import annotations

import json
from typing import Any

from annotator.core.scenes.road import RoadScenery
from prelabel.core.base_models import BASE_MODELS
from tests.e2e.street import CLASSES

SPLITS = {"train": range(1001, 1013), "val": range(1061, 1065), "test": range(1081, 1089)}
SHIPPED = "winnow-road"


def make_road(admin: Any) -> Any:
    """A project with 24 labelled scenes; the small model that ships with Winnow can be trained on, and predicts."""
    from annotator.services import projects, scenes
    from annotator.services.scenes import Planned
    from prelabel.services import deployments, registry

    project = projects.create_project(
        actor=admin, name="Road", task_type="object_detection", classes=CLASSES, description="Drawn."
    )
    planned = [Planned(seed, split, labelled=True) for split, seeds in SPLITS.items() for seed in seeds]
    scenes.add_scenes(actor=admin, project=project, dataset="Labelled", scenery=RoadScenery(), planned=planned)
    folder = BASE_MODELS[SHIPPED].folder
    assert folder is not None
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    version = registry.register_version(
        actor=admin,
        project=project,
        record=registry.VersionRecord(name=SHIPPED, arch=str(manifest["arch"]), training_folder=folder),
    )
    variant = registry.register_variant(actor=admin, version=version, artifact_folder=folder)
    deployments.deploy_variant(actor=admin, variant=variant)
    return project
