"""The project that a newcomer meets: drawn road scenes, a small model that guesses them, pre-labels that wait."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import transaction

from annotator.core.scenes.road import RoadScenery
from annotator.models import Project, Run, User
from annotator.services import projects, runs, scenes, users, versions
from annotator.services.scenes import Planned
from prelabel.core.base_models import BASE_MODELS
from prelabel.models import ModelVariant, ModelVersion
from prelabel.selectors.registry import active_deployment
from prelabel.services import deployments, registry
from prelabel.services.registry import VersionRecord

EMAIL = "demo@winnow.local"
NAME = "Road scenes"
CLASSES = [
    {"name": "vehicle", "name_zh": "车辆"},
    {"name": "pedestrian", "name_zh": "行人"},
    {"name": "traffic_sign", "name_zh": "交通标志"},
]
DESCRIPTION = "Drawn road scenes with a small model that ships with Winnow: review its guesses, then retrain it."
NOTE = "Drawn scenes with the labels they were drawn by: what the shipped model is judged on"
BASE = "winnow-road"
# 95 % of the shipped model's boxes with this score are right on scenes it did not train on (weights/road/README.md).
ACCEPT = 0.5
# Seeds below a million: the shipped model never saw them (benchmarks/train_road.py draws from there on).
WAITING = [Planned(seed, None, labelled=False) for seed in range(1, 61)]
LABELLED = [
    Planned(seed, split, labelled=True)
    for split, seeds in (("train", range(1001, 1061)), ("val", range(1061, 1081)), ("test", range(1081, 1121)))
    for seed in seeds
]


def make_demo(*, say: Callable[[str], None]) -> Project:
    """Make the demo user, project, scenes and model, each only where it is missing; pre-labels are made by a run."""
    user = _ensure_user()
    project = Project.objects.filter(members__user=user).order_by("pk").first()
    if project is None:
        project = projects.create_project(
            actor=user, name=NAME, task_type="object_detection", classes=CLASSES, description=DESCRIPTION
        )
        project = projects.update_project(
            actor=user,
            project_id=project.pk,
            seen_revision=project.revision,
            values={"accept_threshold": ACCEPT, "thresholds_calibrated": True},
        )
    scenery = RoadScenery()
    # What waits comes first, so that the predict worker is at it while the rest is drawn.
    made = scenes.add_scenes(actor=user, project=project, dataset="Waiting", scenery=scenery, planned=WAITING)
    _ensure_deployed(user, project, say)
    made += scenes.add_scenes(actor=user, project=project, dataset="Labelled", scenery=scenery, planned=LABELLED)
    _ensure_evaluated(user, project)
    if made:
        say(f"“{project.name}” has {made} new scenes.")
    return project


@transaction.atomic
def _ensure_evaluated(user: User, project: Project) -> None:
    """Have the shipped model judged on the labelled scenes, once, by a run: the first start does not wait for it.

    Their labels are those by which they were drawn, not a person's; the version's note says so beside the numbers.
    """
    variant = ModelVariant.objects.filter(version__project=project, version__run=None, version__name=BASE).first()
    if variant is None or variant.metrics or Run.objects.filter(project=project, kind="evaluate").exists():
        return
    version = versions.freeze_version(actor=user, project=project, note=NOTE)
    params = {"variant_id": variant.pk, "version_id": version.pk}
    runs.create_run(actor=user, project=project, kind="evaluate", params=params)


def login_path() -> Path:
    """Where the demo's log-in is written; the log-in page shows it while the file is there."""
    return Path(settings.DATA_DIR) / "demo_login.json"


def _ensure_user() -> User:
    """The demo user. A password that exists is never changed: whoever removed the file wanted it unknown."""
    user = User.objects.filter(email=EMAIL).first()
    if user is not None:
        return user
    return users.add_user(actor=None, email=EMAIL, name="Demo", password=_ensure_login(), is_staff=True)


def _ensure_login() -> str:
    """The password of the log-in file, which is written before the user is: a start killed in between goes on."""
    path = login_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return str(json.loads(path.read_text())["password"])
    password = secrets.token_urlsafe(12)
    with os.fdopen(descriptor, "w") as file:
        json.dump({"email": EMAIL, "password": password}, file)
    return password


def _ensure_deployed(user: User, project: Project, say: Callable[[str], None]) -> None:
    """Register the shipped model and deploy it, unless something is deployed already."""
    base = BASE_MODELS[BASE]
    if active_deployment(project.pk) is not None:
        return
    if base.folder is None or not base.shipped:
        say("The demo's model is not in this installation; draw boxes and press retrain to make one.")
        return
    deployments.deploy_variant(actor=user, variant=_ensure_variant(user, project, base.folder))


def _ensure_variant(user: User, project: Project, folder: Path) -> ModelVariant:
    version = ModelVersion.objects.filter(project=project, run=None, name=BASE).first()
    if version is None:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        version = registry.register_version(
            actor=user,
            project=project,
            record=VersionRecord(name=BASE, arch=str(manifest["arch"]), training_folder=folder),
        )
    return registry.register_variant(actor=user, version=version, artifact_folder=folder)
