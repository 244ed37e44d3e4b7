"""Work over HTTP: next, lease, draft, submit, skip, pictures, lists."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from annotator.models import Annotation, Draft, Item, LabelClass, QueueEntry
from annotator.services import annotations
from tests.annotator.documents import one_box
from tests.world import PICTURE, add_items

pytestmark = pytest.mark.django_db


@pytest.fixture
def bob(cast: Any, client_of: Any) -> APIClient:
    return client_of(cast.bob)


@pytest.fixture
def carol(cast: Any, client_of: Any) -> APIClient:
    return client_of(cast.carol)


def draw(client: APIClient, project: Any, **body: Any) -> dict[str, Any]:
    answer = client.post(f"/api/projects/{project.pk}/next/", body, format="json")
    assert answer.status_code == 200, answer.content
    return answer.json()


def submit(client: APIClient, work: dict[str, Any], document: dict[str, Any], **headers: str) -> Any:
    sent = {"HTTP_IF_MATCH": str(work["item"]["revision"])} | headers
    body = {"document": document, "lease_token": work["lease"]["token"], "duration_ms": 900}
    return client.post(f"/api/items/{work['item']['id']}/submit/", body, format="json", **sent)


def test_next_brings_all_that_the_work_needs(bob: APIClient, world: Any) -> None:
    work = draw(bob, world.project)
    assert work["item"]["id"] == world.item.pk
    assert work["item"]["image_url"] == f"/api/items/{world.item.pk}/image/"
    assert work["item"]["media_type"] == "image"
    assert work["prediction"]["objects"][0]["score"] == 0.95
    assert work["prediction"]["source"]["name"] == "toy v1 fp32"
    assert work["annotation"] is None and work["draft"] is None
    assert work["queue"] == {"reason": "uncertain", "why": None, "remaining": 1}
    assert uuid.UUID(work["lease"]["token"]) and work["lease"]["until"]


def test_when_nothing_is_left_a_person_sees_the_own_numbers(bob: APIClient, world: Any) -> None:
    work = draw(bob, world.project)
    assert submit(bob, work, one_box(world.label.pk)).json()["state"] == "reviewed"
    answer = draw(bob, world.project)
    assert answer["item"] is None and answer["queue"]["remaining"] == 0
    # one was reviewed by the fixture without a duration
    assert answer["done_by_me"] == {"items": 2, "median_ms": 900}


def test_a_second_next_resumes_and_an_excluded_item_is_the_look_ahead(bob: APIClient, project: Any) -> None:
    add_items(project, 2)
    first = draw(bob, project)
    assert draw(bob, project)["lease"]["token"] == first["lease"]["token"]
    assert draw(bob, project, exclude=[first["item"]["id"]])["item"]["id"] != first["item"]["id"]


def test_a_lost_lease_is_409_at_every_door(bob: APIClient, carol: APIClient, world: Any) -> None:
    work = draw(bob, world.project)
    QueueEntry.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    draw(carol, world.project)
    address, token = f"/api/items/{world.item.pk}/", work["lease"]["token"]
    document = one_box(world.label.pk)
    answers = [
        bob.post(address + "lease/", {"token": token}, format="json"),
        bob.put(address + "draft/", {"document": document, "lease_token": token}, format="json", HTTP_IF_MATCH="0"),
        submit(bob, work, document),
        bob.post(address + "skip/", {"lease_token": token}, format="json"),
        bob.post(address + "report/", {"lease_token": token, "reason": "dark"}, format="json"),
    ]
    assert [(one.status_code, one.json()["code"]) for one in answers] == [(409, "lease_lost")] * 5


def test_work_handed_in_late_is_taken_when_nobody_else_had_the_item(bob: APIClient, world: Any) -> None:
    work = draw(bob, world.project)
    QueueEntry.objects.update(lease_until=timezone.now() - timedelta(hours=3))
    assert submit(bob, work, one_box(world.label.pk)).status_code == 200


def test_a_lease_is_renewed_and_released(bob: APIClient, carol: APIClient, world: Any) -> None:
    work = draw(bob, world.project)
    address, token = f"/api/items/{world.item.pk}/lease/", {"token": work["lease"]["token"]}
    assert bob.post(address, token, format="json").json()["token"] == token["token"]
    assert bob.delete(address, token, format="json").status_code == 204
    assert draw(carol, world.project)["item"]["id"] == world.item.pk


def test_if_match_is_required_and_must_be_current(bob: APIClient, world: Any) -> None:
    work = draw(bob, world.project)
    body = {"document": one_box(world.label.pk), "lease_token": work["lease"]["token"]}
    for method, name in ((bob.post, "submit"), (bob.put, "draft")):
        address = f"/api/items/{world.item.pk}/{name}/"
        missing = method(address, body, format="json")
        stale = method(address, body, format="json", HTTP_IF_MATCH="7")
        nonsense = method(address, body, format="json", HTTP_IF_MATCH="new")
        assert (missing.status_code, missing.json()["code"]) == (428, "precondition_required")
        assert (stale.status_code, stale.json()["code"]) == (412, "stale_revision")
        assert stale.json()["details"]["current"] == {"revision": 0, "document": None}
        assert nonsense.status_code == 422
    assert not Annotation.objects.filter(item=world.item).exists()


@pytest.mark.parametrize("form", ['"0"', 'W/"0"', "0"])
def test_if_match_may_be_an_entity_tag(bob: APIClient, world: Any, form: str) -> None:
    work = draw(bob, world.project)
    assert submit(bob, work, one_box(world.label.pk), HTTP_IF_MATCH=form).status_code == 200


def test_a_submit_sent_twice_with_its_key_is_one_annotation(bob: APIClient, world: Any) -> None:
    work, key = draw(bob, world.project), str(uuid.uuid4())
    first = submit(bob, work, one_box(world.label.pk), HTTP_IDEMPOTENCY_KEY=key)
    again = submit(bob, work, one_box(world.label.pk), HTTP_IDEMPOTENCY_KEY=key)
    assert first.json() == again.json() and again.status_code == 200
    assert Annotation.objects.filter(item=world.item).count() == 1
    assert submit(bob, work, one_box(world.label.pk), HTTP_IDEMPOTENCY_KEY="x").status_code == 422


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"bbox": [10, 10, 5, 20]}, "objects[0].bbox"),
        ({"bbox": [900, 900, 950, 950]}, "objects[0].bbox"),
        ({"class_id": 10**9}, "objects[0].class_id"),
        ({"origin": "magic"}, "objects[0].origin"),
        ({"id": ""}, "objects[0].id"),
    ],
)
def test_an_invalid_document_is_422_with_the_path_in_it(
    bob: APIClient, world: Any, change: dict[str, Any], path: str
) -> None:
    document = one_box(world.label.pk)
    document["objects"][0] |= change
    answer = submit(bob, draw(bob, world.project), document)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_document")
    assert answer.json()["details"]["path"] == path


def test_a_draft_is_saved_given_back_and_gone_after_the_submit(bob: APIClient, carol: APIClient, world: Any) -> None:
    work = draw(bob, world.project)
    body = {"document": one_box(world.label.pk), "lease_token": work["lease"]["token"]}
    address = f"/api/items/{world.item.pk}/draft/"
    assert bob.put(address, body, format="json", HTTP_IF_MATCH="0").status_code == 200
    assert draw(bob, world.project)["draft"]["document"] == body["document"]
    assert carol.get(f"/api/items/{world.item.pk}/").json()["draft"] is None
    submit(bob, work, body["document"])
    assert not Draft.objects.exists()


def test_a_draft_can_be_thrown_away(bob: APIClient, world: Any, cast: Any) -> None:
    Draft.objects.create(item=world.item, user=cast.bob, document={"objects": []}, base_revision=0)
    assert bob.delete(f"/api/items/{world.item.pk}/draft/").status_code == 204
    assert not Draft.objects.exists()


def test_skip_and_report(bob: APIClient, project: Any, cast: Any) -> None:
    add_items(project, 2)
    for name, state in (("skip", "skipped"), ("report", "problem")):
        work = draw(bob, project)
        body = {"lease_token": work["lease"]["token"], "reason": "broken picture"}
        assert bob.post(f"/api/items/{work['item']['id']}/{name}/", body, format="json").json()["state"] == state
    assert Item.objects.get(state="problem").problem == "broken picture"


def test_a_report_needs_a_reason(bob: APIClient, world: Any) -> None:
    work = draw(bob, world.project)
    body = {"lease_token": work["lease"]["token"], "reason": " "}
    assert bob.post(f"/api/items/{world.item.pk}/report/", body, format="json").status_code in (400, 422)


def test_a_reviewed_item_is_opened_with_its_truth_and_submitted_again(
    bob: APIClient, carol: APIClient, world: Any
) -> None:
    address = f"/api/items/{world.reviewed.pk}/open/"
    work = bob.post(address, {}, format="json").json()
    assert work["annotation"]["revision"] == work["item"]["revision"] == 1
    assert carol.post(address, {}, format="json").json()["code"] == "leased_by_other"
    assert submit(bob, work, {"objects": []}).json()["revision"] == 2


def test_the_list_is_filtered_by_a_closed_set_and_paged_by_id(
    cast: Any, client_of: Any, world: Any, labels: dict[str, int]
) -> None:
    add_items(world.project, 5, start=10)
    alice, address = client_of(cast.alice), f"/api/projects/{world.project.pk}/items/"

    def ids(query: str) -> list[int]:
        return [row["id"] for row in alice.get(address + query).json()["results"]]

    everything = ids("")
    first = alice.get(address + "?limit=4").json()
    assert len(everything) == 7 and everything == sorted(everything)
    assert first["next"] == everything[3]
    assert ids(f"?limit=4&after={first['next']}") == everything[4:]
    assert alice.get(address + f"?after={everything[-1]}").json() == {"results": [], "next": None}
    assert ids("?state=reviewed") == [world.reviewed.pk]
    assert len(ids("?state=reviewed,queued")) == 7
    assert ids("?split=val,test") == []
    assert ids(f"?class={labels['car']}") == [world.reviewed.pk]
    assert ids("?q=12.PNG") == [item.pk for item in Item.objects.filter(name="12.png")]


@pytest.mark.parametrize(
    "query", ["state=nonsense", "split=x", "limit=-1", "limit=501", "after=²", "after=" + "9" * 40, "q=%00", "class=a"]
)
def test_a_filter_that_is_not_of_the_set_is_refused(cast: Any, client_of: Any, world: Any, query: str) -> None:
    answer = client_of(cast.alice).get(f"/api/projects/{world.project.pk}/items/?{query}")
    assert answer.status_code == 422 and answer.json()["details"]["field"]


def test_a_picture_is_served_so_that_no_browser_runs_it(bob: APIClient, world: Any) -> None:
    answer = bob.get(f"/api/items/{world.item.pk}/image/", HTTP_ACCEPT="image/avif,image/webp")
    assert b"".join(answer.streaming_content) == PICTURE
    assert answer["Content-Type"] == "image/png"
    assert answer["Content-Length"] == str(len(PICTURE))
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["ETag"] == f'"{world.item.blob}"'
    assert "private" in answer["Cache-Control"]


def test_a_known_picture_is_not_sent_again(bob: APIClient, world: Any) -> None:
    address = f"/api/items/{world.item.pk}/image/"
    answer = bob.get(address, HTTP_IF_NONE_MATCH=f'"{world.item.blob}"')
    assert (answer.status_code, answer.content) == (304, b"")
    assert bob.get(address, HTTP_IF_NONE_MATCH='"other"').status_code == 200


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (b"\xff\xd8\xff\xe0" + b"\0" * 20, "image/jpeg"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
        (b"RIFF\x10\0\0\0AVI LIST", "application/octet-stream"),
        (b"BM" + b"\0" * 30, "image/bmp"),
        (b"II*\x00" + b"\0" * 30, "image/tiff"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>", "application/octet-stream"),
        (b"<!DOCTYPE html><script>alert(1)</script>", "application/octet-stream"),
    ],
)
def test_the_type_of_a_picture_is_the_servers_word(bob: APIClient, world: Any, data: bytes, media_type: str) -> None:
    from annotator import storage

    Item.objects.filter(pk=world.item.pk).update(blob=storage.put_bytes(data), name="evil.html")
    assert bob.get(f"/api/items/{world.item.pk}/image/")["Content-Type"] == media_type


def test_a_missing_picture_is_404_and_not_a_broken_stream(bob: APIClient, world: Any) -> None:
    Item.objects.filter(pk=world.item.pk).update(blob="0" * 64)
    assert bob.get(f"/api/items/{world.item.pk}/image/").status_code == 404


def test_returned_items_wait_again(cast: Any, client_of: Any, world: Any, make_item: Callable[..., Any]) -> None:
    skipped = make_item(world.project, 9, state="skipped")
    address = f"/api/projects/{world.project.pk}/items/return/"
    answer = client_of(cast.alice).post(address, {"item_ids": [skipped.pk, 10**6]}, format="json")
    skipped.refresh_from_db()
    assert answer.json() == {"items": 1} and skipped.state == "queued"


def test_auto_labels_of_a_source_are_reverted_and_wait(
    cast: Any, client_of: Any, world: Any, make_item: Callable[..., Any], make_prediction: Callable[..., Any]
) -> None:
    item = make_item(world.project, 11, state="new")
    label = LabelClass.objects.filter(project=world.project).first()
    assert label is not None
    guess = make_prediction(item, (0.99, label.pk, [1.0, 1.0, 9.0, 9.0]), source="77")
    annotations.accept_predictions(project=world.project, prediction_ids=[guess.pk])
    alice, address = client_of(cast.alice), f"/api/projects/{world.project.pk}/items/revert/"
    assert alice.post(address, {"source_id": 10**6}, format="json").status_code == 404
    assert alice.post(address, {"source_id": guess.source_id}, format="json").json() == {"items": 1}
    item.refresh_from_db()
    assert (item.state, item.queue_entry.reason, item.queue_entry.done) == ("queued", "returned", False)


def test_a_report_is_shown_with_the_region_it_is_pinned_to(
    bob: APIClient, cast: Any, client_of: Any, world: Any
) -> None:
    work = draw(bob, world.project)
    region = {"id": "p1", "class_id": world.label.pk, "bbox": [1.0, 2.0, 9.0, 10.0]}
    body = {"lease_token": work["lease"]["token"], "reason": "a van or a bus?", "region": region}
    address = f"/api/items/{world.item.pk}/report/"
    assert bob.post(address, {**body, "region": {"id": "x" * 65}}, format="json").status_code == 400
    assert bob.post(address, {**body, "region": {**region, "bbox": [9, 9, 1, 1]}}, format="json").status_code == 422
    assert bob.post(address, body, format="json").json()["state"] == "problem"
    item = client_of(cast.alice).get(f"/api/items/{world.item.pk}/").json()["item"]
    assert (item["problem"], item["problem_region"]) == ("a van or a bus?", region)


def test_a_postponed_item_comes_back_with_its_draft_when_nothing_else_waits(
    bob: APIClient, world: Any, make_item: Callable[..., Any]
) -> None:
    other = make_item(world.project, 21)
    work = draw(bob, world.project)
    address, document = f"/api/items/{world.item.pk}/postpone/", one_box(world.label.pk)
    body = {"lease_token": work["lease"]["token"], "document": document}
    assert bob.post(address, body, format="json").status_code == 428
    assert bob.post(address, body, format="json", HTTP_IF_MATCH="7").status_code == 412
    assert bob.post(address, body, format="json", HTTP_IF_MATCH="0").json()["state"] == "queued"
    again = draw(bob, world.project)
    assert again["item"]["id"] == other.pk
    assert submit(bob, again, one_box(world.label.pk)).status_code == 200
    back = draw(bob, world.project)
    assert (back["item"]["id"], back["draft"]["document"]) == (world.item.pk, document)


def test_a_suggestion_comes_with_the_work_of_the_next_person(bob: APIClient, carol: APIClient, world: Any) -> None:
    document = one_box(world.label.pk)
    address = f"/api/items/{world.item.pk}/suggestions/"
    made = bob.post(address, {"document": document, "base_revision": 0}, format="json")
    assert made.status_code == 201
    work = carol.post(f"/api/items/{world.item.pk}/open/", {}, format="json").json()
    (shown,) = work["suggestions"]
    assert (shown["id"], shown["base_revision"]) == (made.json()["id"], 0)
    assert shown["document"]["objects"][0]["class_id"] == world.label.pk

    def say(who: APIClient, outcome: str) -> Any:
        return who.patch(f"/api/suggestions/{shown['id']}/", {"outcome": outcome}, format="json")

    assert (say(carol, "gone").status_code, say(carol, "dismissed").json()["state"]) == (400, "dismissed")
    assert carol.get(f"/api/items/{world.item.pk}/").json()["suggestions"] == []
    assert (say(bob, "open").status_code, say(carol, "open").json()["state"]) == (403, "open")
    assert len(carol.get(f"/api/items/{world.item.pk}/").json()["suggestions"]) == 1
