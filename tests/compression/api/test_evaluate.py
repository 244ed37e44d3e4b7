"""Starting an evaluation: what it needs, checked before anything is queued."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from rest_framework.test import APIClient

from annotator.models import DatasetVersion, Item, Run
from annotator.services import versions
from prelabel.models import ModelVariant
from tests.world import add_items, add_variant, review

pytestmark = pytest.mark.django_db


@pytest.fixture
def dora(cast: Any, client_of: Any) -> APIClient:
    return client_of(cast.dora)


@pytest.fixture
def variant(project: Any) -> ModelVariant:
    """One that came as a file: nobody measured it."""
    return add_variant(project)


def reviewed(project: Any, cast: Any, *splits: str) -> None:
    label = project.classes.first()
    start = Item.objects.count()
    for item, split in zip(add_items(project, len(splits), start=start, state="reviewed"), splits, strict=True):
        Item.objects.filter(pk=item.pk).update(split=split)
        review(item, cast.bob, label.pk)


def start(client: APIClient, variant: ModelVariant, headers: dict[str, str] | None = None, **body: Any) -> Any:
    return client.post(f"/api/variants/{variant.pk}/evaluate/", body, format="json", **(headers or {}))


def test_without_a_version_the_newest_one_is_judged_on(
    dora: APIClient, project: Any, cast: Any, variant: ModelVariant
) -> None:
    reviewed(project, cast, "val", "test")
    old, new = (versions.freeze_version(actor=cast.alice, project=project) for _ in range(2))
    answer = start(dora, variant)
    assert answer.status_code == 202
    assert (answer.json()["kind"], answer.json()["queue"]) == ("evaluate", "train")
    assert answer.json()["params"] == {"variant_id": variant.pk, "version_id": new.pk}
    assert start(dora, variant, version_id=old.pk).json()["params"]["version_id"] == old.pk


def test_where_nothing_is_frozen_what_is_reviewed_now_is(
    dora: APIClient, project: Any, cast: Any, variant: ModelVariant
) -> None:
    reviewed(project, cast, "val", "test")
    headers = {"HTTP_IDEMPOTENCY_KEY": str(uuid.uuid4())}
    ids = {start(dora, variant, headers).json()["id"] for _ in range(2)}
    assert len(ids) == 1 and DatasetVersion.objects.get().counts["test"] == 1


def test_a_version_without_test_items_says_what_is_missing(
    dora: APIClient, project: Any, cast: Any, variant: ModelVariant
) -> None:
    reviewed(project, cast, "train", "val")
    answer = start(dora, variant)
    assert (answer.status_code, answer.json()["code"]) == (422, "nothing_to_judge_by")
    assert answer.json()["message"].startswith("data v1 has no reviewed test items")
    assert not Run.objects.exists()


def test_a_file_for_another_runtime_is_refused(dora: APIClient, project: Any, cast: Any, variant: ModelVariant) -> None:
    reviewed(project, cast, "val", "test")
    ModelVariant.objects.update(manifest={**variant.manifest, "target": "coreml"})
    assert start(dora, variant).status_code == 422


def test_the_version_is_one_of_the_same_project(
    dora: APIClient, classification_project: Any, project: Any, cast: Any, variant: ModelVariant
) -> None:
    reviewed(project, cast, "val", "test")
    version = versions.freeze_version(actor=cast.alice, project=project)
    elsewhere = ModelVariant.objects.get(pk=add_variant(classification_project, number=1).pk)
    answer = start(dora, elsewhere, version_id=version.pk)
    assert (answer.status_code, answer.json()["details"]) == (404, {"field": "version_id"})
