"""A frozen version: what it holds, and that nothing changes it afterwards."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from annotator import storage
from annotator.core.errors import Unprocessable
from annotator.models import Annotation, DatasetVersion, Item
from annotator.services import annotations, versions
from tests.annotator.documents import BOX, one_box

pytestmark = pytest.mark.django_db


@pytest.fixture
def review(make_item: Callable[..., Any], cast: Any) -> Callable[..., Any]:
    def make(project: Any, number: int, document: dict[str, Any], *, origin: str = "human", **fields: Any) -> Any:
        state = "auto_accepted" if origin == "auto" else "reviewed"
        item = make_item(project, number, state=state, **fields)
        author = None if origin == "auto" else cast.bob
        annotations.append_annotation(item=item, document=document, author=author, origin=origin)
        return item

    return make


def test_a_version_holds_what_people_reviewed(
    cast: Any, project: Any, labels: dict[str, int], review: Callable[..., Any], make_item: Callable[..., Any]
) -> None:
    car, person = labels["car"], labels["person"]
    one = review(project, 1, one_box(car))
    test_item = review(project, 2, one_box(person), split="test", origin="import")
    review(project, 3, one_box(car), origin="auto")
    make_item(project, 4)

    version = versions.freeze_version(actor=cast.alice, project=project, note="first")

    manifest = versions.read_manifest(version)
    assert version.number == 1
    assert manifest["task_type"] == "object_detection"
    assert manifest["classes"] == [{"id": car, "name": "car"}, {"id": person, "name": "person"}]
    assert [found["item_id"] for found in manifest["items"]] == [one.pk, test_item.pk]
    assert manifest["items"][0] == {
        "item_id": one.pk,
        "sha256": one.blob,
        "name": "picture-1.png",
        "width": 64,
        "height": 48,
        "split": "train",
        "twin_of": None,
        "human": True,
        "objects": [{"class_id": car, "bbox": BOX}],
    }
    assert version.counts == {
        "items": 2,
        "train": 1,
        "val": 0,
        "test": 1,
        "objects": 2,
        "auto": 0,
        "per_class": {str(car): 1, str(person): 1},
    }


def test_auto_accepted_items_come_in_by_the_switch_and_only_for_training(
    cast: Any, project: Any, labels: dict[str, int], review: Callable[..., Any]
) -> None:
    review(project, 1, one_box(labels["car"]))
    train = review(project, 2, one_box(labels["car"]), origin="auto")
    review(project, 3, one_box(labels["car"]), origin="auto", split="val")

    version = versions.freeze_version(actor=cast.alice, project=project, include_auto=True)

    items = versions.read_manifest(version)["items"]
    assert [(one["item_id"], one["human"]) for one in items if not one["human"]] == [(train.pk, False)]
    assert (version.include_auto, version.counts["auto"], version.counts["items"]) == (True, 1, 2)


def test_a_manifest_is_named_by_its_content_and_later_work_does_not_touch_it(
    cast: Any, project: Any, labels: dict[str, int], review: Callable[..., Any]
) -> None:
    item = review(project, 1, one_box(labels["car"]))
    first = versions.freeze_version(actor=cast.alice, project=project)
    before = storage.read_blob(first.manifest_sha256)
    same = versions.freeze_version(actor=cast.alice, project=project)

    annotations.append_annotation(
        item=Item.objects.get(pk=item.pk), document=one_box(labels["person"]), author=cast.bob, origin="human"
    )
    second = versions.freeze_version(actor=cast.alice, project=project)

    assert hashlib.sha256(before).hexdigest() == first.manifest_sha256 == same.manifest_sha256
    assert storage.read_blob(first.manifest_sha256) == before
    assert second.manifest_sha256 != first.manifest_sha256
    assert [version.number for version in DatasetVersion.objects.order_by("number")] == [1, 2, 3]
    latest = orjson.loads(storage.read_blob(second.manifest_sha256))["items"][0]["objects"]
    assert [one["class_id"] for one in latest] == [labels["person"]]


def test_nothing_reviewed_is_nothing_to_freeze(cast: Any, project: Any, make_item: Callable[..., Any]) -> None:
    make_item(project)
    with pytest.raises(Unprocessable):
        versions.freeze_version(actor=cast.alice, project=project)


def test_a_classified_picture_has_a_class_and_no_box(
    cast: Any, classification_project: Any, review: Callable[..., Any]
) -> None:
    hat = classification_project.classes.first().pk
    review(classification_project, 1, {"objects": [{"id": "m", "class_id": hat, "origin": "manual"}]})
    version = versions.freeze_version(actor=cast.alice, project=classification_project)
    assert versions.read_manifest(version)["items"][0]["objects"] == [{"class_id": hat}]
    assert Annotation.objects.get().class_counts == {str(hat): 1}
