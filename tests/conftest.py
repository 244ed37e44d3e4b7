"""What every test may ask for: real data where it is, the cast, and a project for them."""

from __future__ import annotations

import io
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.management.base import CommandError
from django.db import OperationalError
from django.test import TransactionTestCase

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
PASSWORD = "correct horse battery"
QUEUE_PREFIX = f"winnow-test-{uuid.uuid4().hex[:12]}:"


@pytest.fixture(scope="session")
def shared() -> Path | None:
    """The folder of real data beside the checkout, None where it is absent (tests then generate data)."""
    return SHARED if (SHARED / "data").is_dir() else None


@pytest.fixture(scope="session", autouse=True)
def own_broker() -> None:
    """Bells of this test run ring under its own prefix: nobody else's worker hears them."""
    from celery import current_app

    current_app.conf.broker_transport_options = {"global_keyprefix": QUEUE_PREFIX}


@pytest.fixture(autouse=True)
def own_data_dir(tmp_path: Path, settings: Any) -> None:
    """Blobs and runs of a test go to its own folder, its cache keys under its own prefix."""
    settings.DATA_DIR = tmp_path / "var"
    settings.RUNTIME_MEASURE_S = 0  # seconds for each new model; tests of the measurement ask for it
    settings.CACHES = {"default": {**settings.CACHES["default"], "KEY_PREFIX": f"test-{uuid.uuid4().hex}"}}
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "var" / "blobs"), "file_permissions_mode": 0o644},
        },
    }


@dataclass(frozen=True)
class Cast:
    """alice leads, bob and carol annotate, dora administers, eve is an outsider."""

    alice: Any
    bob: Any
    carol: Any
    dora: Any
    eve: Any


@pytest.fixture
def cast(db: None) -> Cast:
    from annotator.models import User

    def person(name: str, **fields: Any) -> Any:
        user = User(email=f"{name}@example.org", name=name.title(), **fields)
        user.set_unusable_password()  # hashing costs 50 ms each; those who log in get a password
        user.save()
        return user

    return Cast(person("alice"), person("bob"), person("carol"), person("dora", is_staff=True), person("eve"))


@pytest.fixture
def project(cast: Cast) -> Any:
    """A detection project with two classes, led by alice, administered by dora."""
    return make_project(cast, "object_detection", ("car", "person"))


@pytest.fixture
def classification_project(cast: Cast) -> Any:
    """A classification project with three classes."""
    return make_project(cast, "image_classification", ("hat", "shoes", "shirt"))


def make_project(cast: Cast, task_type: str, classes: tuple[str, ...]) -> Any:
    """A project of the cast."""
    from annotator.models import Member
    from annotator.services import projects

    made = projects.create_project(
        actor=cast.dora, name="Street", task_type=task_type, classes=[{"name": name} for name in classes]
    )
    roles = {"alice": "lead", "bob": "annotator", "carol": "annotator"}
    Member.objects.bulk_create(
        Member(project=made, user=getattr(cast, name), role=role) for name, role in roles.items()
    )
    return made


@pytest.fixture
def make_item(db: None) -> Callable[..., Any]:
    """Makes an item with a real little picture, queued."""
    from PIL import Image

    from annotator import storage
    from annotator.models import Dataset, Item, QueueEntry

    def make(project: Any, number: int = 0, *, state: str = "queued", split: str = "train", **fields: Any) -> Any:
        dataset, _ = Dataset.objects.get_or_create(project=project, name="made")
        data = io.BytesIO()
        Image.new("RGB", (64, 48), (number * 37 % 256, number * 91 % 256, number % 256)).save(data, "PNG")
        sha256 = storage.put_bytes(data.getvalue())
        item = Item.objects.create(
            project=project,
            dataset=dataset,
            name=f"picture-{number}.png",
            blob=sha256,
            source_sha256=f"{number:064x}",
            width=64,
            height=48,
            split=split,
            state=state,
            **fields,
        )
        if state == "queued":
            QueueEntry.objects.create(item=item, project=project, reason="no_prediction", priority=0.0)
        return item

    return make


@pytest.fixture
def labels(project: Any) -> dict[str, int]:
    """Name → id of the project's classes."""
    from annotator.models import LabelClass

    return dict(LabelClass.objects.filter(project=project).values_list("name", "pk"))


@pytest.fixture
def make_prediction(db: None) -> Callable[..., Any]:
    """Stores a guess of a source: ``(score, class id, box)`` each."""
    from annotator.models import Prediction, PredictionSource

    def make(item: Any, *guesses: tuple[float, int, list[float]], source: str = "v1") -> Any:
        found, _ = PredictionSource.objects.get_or_create(
            project=item.project, kind="model", reference=f"variant:{source}", defaults={"name": source}
        )
        objects = [
            {"id": f"p{number}", "bbox": box, "class_id": class_id, "score": score, "top3": [], "entropy": 0.1}
            for number, (score, class_id, box) in enumerate(guesses, start=1)
        ]
        return Prediction.objects.create(
            item=item, source=found, document={"objects": objects}, object_count=len(objects)
        )

    return make


@pytest.fixture
def client_of(client: Any) -> Callable[[Any], Any]:
    """A signed-in API client of a person; JSON in, JSON out."""
    from rest_framework.test import APIClient

    def make(user: Any) -> APIClient:
        api = APIClient()
        api.force_login(user)
        return api

    return make


@pytest.fixture
def world(project: Any, cast: Cast) -> Any:
    """The project with something of everything in it."""
    from tests.world import build_world

    return build_world(project, cast)


@pytest.fixture(scope="session", autouse=True)
def patient_flush() -> Iterator[None]:
    """Empties the tables again when a request that outlived its browser page was in the way (a deadlock)."""
    flush = TransactionTestCase._fixture_teardown

    def flush_again(case: TransactionTestCase) -> None:
        for wait_s in (0.2, 0.5, 1.0, 2.0):
            try:
                return flush(case)
            except (CommandError, OperationalError):
                time.sleep(wait_s)
        return flush(case)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", flush_again)
        yield
