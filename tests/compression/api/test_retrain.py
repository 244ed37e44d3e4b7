"""Starting a retrain: what it needs, checked before anything is queued."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from rest_framework.test import APIClient

from annotator.models import DatasetVersion, Item, Run
from annotator.services import versions
from prelabel.models import ModelVersion
from tests.world import add_items, review

pytestmark = pytest.mark.django_db


@pytest.fixture
def dora(cast: Any, client_of: Any) -> APIClient:
    return client_of(cast.dora)


def start(client: APIClient, project: Any, headers: dict[str, str] | None = None, **body: Any) -> Any:
    return client.post(f"/api/projects/{project.pk}/retrain/", body, format="json", **(headers or {}))


def test_without_a_version_what_is_reviewed_now_is_frozen_first(dora: APIClient, world: Any) -> None:
    answer = start(dora, world.project)
    latest = DatasetVersion.objects.get(number=2)
    assert answer.status_code == 202
    assert (answer.json()["kind"], answer.json()["queue"]) == ("retrain", "train")
    assert answer.json()["params"]["version_id"] == latest.pk


def test_a_named_version_is_trained_on(dora: APIClient, world: Any) -> None:
    answer = start(dora, world.project, version_id=world.version.pk, preset="quick", seed=7)
    assert answer.json()["params"]["version_id"] == world.version.pk
    assert answer.json()["params"]["seed"] == 7
    assert DatasetVersion.objects.count() == 1


def test_the_same_key_freezes_and_starts_once(dora: APIClient, world: Any) -> None:
    headers = {"HTTP_IDEMPOTENCY_KEY": str(uuid.uuid4())}
    ids = {start(dora, world.project, headers).json()["id"] for _ in range(2)}
    assert len(ids) == 1
    assert DatasetVersion.objects.count() == 2  # the world's and this one


def test_nothing_reviewed_is_nothing_to_learn_from(dora: APIClient, project: Any) -> None:
    assert start(dora, project).status_code == 422
    assert not Run.objects.exists()


def test_a_version_without_training_items_is_refused(dora: APIClient, cast: Any, project: Any) -> None:
    item = add_items(project, 1, state="reviewed")[0]
    review(item, cast.bob, project.classes.first().pk)
    Item.objects.update(split="test")
    version = versions.freeze_version(actor=cast.alice, project=project)
    answer = start(dora, project, version_id=version.pk)
    assert answer.status_code == 422 and "train" in answer.json()["message"]


@pytest.mark.parametrize("base", ["nonsense", "mobilenet_v2", "²", ""])
def test_a_base_that_does_not_exist_or_fit_is_refused_with_the_choices(dora: APIClient, world: Any, base: str) -> None:
    answer = start(dora, world.project, base=base)
    assert answer.status_code in (400, 422)
    assert not Run.objects.filter(kind="retrain").exists()


def test_a_model_version_is_a_base_if_it_came_with_weights(dora: APIClient, world: Any) -> None:
    version = world.variant.version
    refused = start(dora, world.project, base=str(version.pk))
    assert (refused.status_code, refused.json()["details"]["field"]) == (422, "base")
    ModelVersion.objects.update(training_files={"weights.safetensors": {"sha256": "0" * 64, "size_bytes": 1}})
    assert start(dora, world.project, base=str(version.pk)).status_code == 202


def test_a_model_version_of_another_project_is_no_base(
    dora: APIClient, world: Any, classification_project: Any, cast: Any
) -> None:
    foreign = ModelVersion.objects.create(project=classification_project, number=1, name="x", arch="x")
    assert start(dora, world.project, base=str(foreign.pk)).status_code == 404


@pytest.mark.parametrize(
    "body", [{"epochs": 0}, {"image_size": 10_000}, {"minutes": "nan"}, {"preset": "slow"}, {"seed": -1}]
)
def test_settings_out_of_range_are_refused(dora: APIClient, world: Any, body: dict[str, Any]) -> None:
    assert start(dora, world.project, **body).status_code == 400
