"""One test shaped like each hole that was found in our peers, where we have the same kind of door.

The list is of published advisories of Label Studio, CVAT and doccano; doors that we do not have (import by URL, storage
endpoints, webhooks, avatars, Markdown) need no test.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from annotator import storage
from annotator.models import Annotation, Draft, Item, Member, Project, User
from annotator.services import queue
from tests.world import build_world

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def alice(cast: Any, client_of: Any) -> APIClient:
    return client_of(cast.alice)


@pytest.fixture
def dora(cast: Any, client_of: Any) -> APIClient:
    return client_of(cast.dora)


@pytest.mark.parametrize(
    "query",
    [
        "project__members__user__password__startswith=argon2",
        "dataset__project__members__user__email=dora@example.org",
        "ordering=project__members__user__password",
        "order_by=-annotations__author__password",
        "fields=annotations__author__password",
        "q__regex=.*",
        "state__in=reviewed",
    ],
)
def test_no_filter_reaches_through_a_relation(alice: APIClient, world: Any, query: str) -> None:
    """CVE-2023-47117: password hashes leaked letter by letter through filters. Here such a name has no effect."""
    address = f"/api/projects/{world.project.pk}/items/"
    assert alice.get(f"{address}?{query}").content == alice.get(address).content


@pytest.mark.parametrize("name", ["evil.html", "evil.svg", "evil.png.html"])
def test_what_is_no_picture_is_never_served_as_a_page(alice: APIClient, world: Any, name: str) -> None:
    """CVE-2023-47115, CVE-2024-23633, CVE-2026-65986: stored files came back with a type of the attacker's choice."""
    script = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    Item.objects.filter(pk=world.item.pk).update(blob=storage.put_bytes(script), name=name)
    answer = alice.get(f"/api/items/{world.item.pk}/image/")
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].startswith("sandbox")


def test_an_upload_does_not_choose_its_type_or_its_place(alice: APIClient, project: Any, settings: Any) -> None:
    upload = SimpleUploadedFile("../../static/app/evil.html", b"<script>", content_type="text/html")
    alice.post(f"/api/projects/{project.pk}/imports/", {"file": upload})
    stored = [path for path in Path(settings.DATA_DIR).rglob("*") if path.is_file()]
    assert [len(path.name) for path in stored] == [64]  # one blob, named by its content


def test_an_error_does_not_reflect_html_as_html(alice: APIClient, project: Any) -> None:
    """CVE-2025-25296, CVE-2025-47783: input came back in a page."""
    answer = alice.get(f"/api/projects/{project.pk}/items/?state=<script>alert(1)</script>")
    assert answer["Content-Type"] == "application/json"
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/etc", "..", "//etc/passwd", "%2e%2e/", "..\\..", "a/../../.."])
def test_an_import_path_cannot_leave_its_root(
    alice: APIClient, project: Any, settings: Any, tmp_path: Path, path: str
) -> None:
    """CVE-2022-36551, CVE-2025-25295, CVE-2026-47682: server files read or written through import and export."""
    settings.IMPORT_ROOT = str(tmp_path)
    assert alice.post(f"/api/projects/{project.pk}/imports/", {"path": path}, format="json").status_code == 404


@pytest.mark.parametrize("path", ["/static/../annotator/config/settings.py", "/static/%2e%2e/%2e%2e/manage.py"])
def test_static_files_do_not_lead_out_of_their_folder(client: Any, path: str) -> None:
    """GHSA-cpmr-mw4j-99r7: an alias led out of the static folder, without a log-in."""
    assert client.get(path).status_code == 404


def test_nobody_registers_themselves(db: None) -> None:
    """The main hole of exposed installations: open registration."""
    body = {"email": "new@example.org", "password": "long enough words"}
    assert APIClient().post("/api/users/", body, format="json").status_code == 401
    assert not User.objects.filter(email="new@example.org").exists()


def test_staff_cannot_make_themselves_or_others_more(dora: APIClient, cast: Any) -> None:
    """CVE-2026-23526: a staff user made himself superuser by sending the field."""
    body = {"email": "f@example.org", "password": "long enough words", "is_superuser": True, "is_staff": True}
    assert dora.post("/api/users/", body, format="json").status_code == 201
    made = User.objects.get(email="f@example.org")
    assert not made.is_superuser and not made.is_staff
    dora.patch("/api/session/", {"locale": "en", "is_superuser": True}, format="json")
    assert not User.objects.filter(is_superuser=True).exists()


def test_fields_that_are_not_asked_for_are_not_written(alice: APIClient, world: Any, cast: Any) -> None:
    """Mass assignment: a lead sends what only the server may set."""
    body = {"name": "new", "task_type": "image_classification", "active_source": None, "id": 1, "revision": 99}
    answer = alice.patch(f"/api/projects/{world.project.pk}/", body, format="json", HTTP_IF_MATCH="1")
    project = Project.objects.get(pk=world.project.pk)
    assert answer.status_code == 200
    assert (project.task_type, project.revision) == ("object_detection", 2)
    assert project.active_source_id == world.prediction.source_id
    alice.patch(f"/api/labels/{world.label.pk}/", {"project": 1, "project_id": 1, "name": "x"}, format="json")
    world.label.refresh_from_db()
    assert world.label.project_id == world.project.pk


def test_a_lead_cannot_raise_their_own_role(alice: APIClient, world: Any, cast: Any) -> None:
    own = Member.objects.get(project=world.project, user=cast.alice)
    assert alice.patch(f"/api/members/{own.pk}/", {"role": "admin"}, format="json").status_code == 403
    own.refresh_from_db()
    assert own.role == "lead"


def test_ids_of_another_project_are_worth_nothing(
    world: Any, cast: Any, client_of: Any, classification_project: Any
) -> None:
    """CVE-2024-45393, CVE-2024-47172, GHSA-m7p7-6w4m-886p: things of other people by their number."""
    stranger = User.objects.create(email="stranger@example.org")
    Member.objects.create(project=classification_project, user=stranger, role="admin")
    client = client_of(stranger)  # admin of one project, nobody in the other
    reads = [
        f"/api/items/{world.item.pk}/", f"/api/items/{world.item.pk}/image/", f"/api/runs/{world.run.pk}/",
        f"/api/runs/{world.run.pk}/events/", f"/api/runs/{world.run.pk}/download/",
        f"/api/variants/{world.variant.pk}/download/", f"/api/projects/{world.project.pk}/audit/",
    ]  # fmt: skip
    writes = [
        f"/api/items/{world.item.pk}/open/", f"/api/runs/{world.run.pk}/cancel/", f"/api/runs/{world.run.pk}/retry/",
        f"/api/variants/{world.variant.pk}/deploy/",
    ]  # fmt: skip
    assert {client.get(address).status_code for address in reads} == {404}
    assert {client.post(address, {}, format="json").status_code for address in writes} == {404}
    assert client.patch(f"/api/labels/{world.label.pk}/", {"name": "x"}, format="json").status_code == 404
    assert client.delete(f"/api/members/{world.member.pk}/").status_code == 404


def test_an_outsider_cannot_tell_what_exists(world: Any, cast: Any, client_of: Any) -> None:
    eve = client_of(cast.eve)
    there, absent = eve.get(f"/api/items/{world.item.pk}/"), eve.get("/api/items/999999/")
    assert there.status_code == absent.status_code == 404
    assert there.json()["code"] == absent.json()["code"]


def test_a_lease_token_that_leaked_is_worth_nothing_to_others(world: Any, cast: Any, client_of: Any) -> None:
    """CVE-2026-22033: a write in somebody else's name."""
    entry = queue.lease_item(actor=cast.bob, item=world.item)
    body = {"document": {"objects": []}, "lease_token": str(entry.lease_token)}
    carol = client_of(cast.carol)
    answer = carol.post(f"/api/items/{world.item.pk}/submit/", body, format="json", HTTP_IF_MATCH="0")
    assert answer.status_code == 409
    assert not Annotation.objects.filter(item=world.item).exists()


def test_a_draft_is_seen_by_its_writer_alone(world: Any, cast: Any, client_of: Any) -> None:
    Draft.objects.create(item=world.item, user=cast.bob, document={"objects": []}, base_revision=0)
    address = f"/api/items/{world.item.pk}/"
    assert client_of(cast.bob).get(address).json()["draft"] is not None
    assert client_of(cast.carol).get(address).json()["draft"] is None
    client_of(cast.carol).delete(address + "draft/")
    assert Draft.objects.count() == 1


def test_a_forged_host_is_refused(client: Any, db: None) -> None:
    answer = client.get("/api/health/", HTTP_HOST="evil.example.org")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_no_page_may_be_framed_and_every_answer_has_its_policy(client: Any, db: None) -> None:
    answer = client.get("/api/session/")
    assert answer["X-Frame-Options"] == "DENY"
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "Access-Control-Allow-Origin" not in answer


def test_the_deploy_check_is_clean_behind_https(tmp_path: Path) -> None:
    """Label Studio's defaults give five warnings here."""
    env = dict(os.environ)
    env.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)  # set for the browser tests of this process, never in production
    env |= {"WINNOW_HTTPS": "1", "WINNOW_DATA_DIR": str(tmp_path), "WINNOW_HOSTS": "winnow.example.org"}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_world_of_these_tests_is_whole(classification_project: Any, project: Any, cast: Any) -> None:
    assert build_world(project, cast).ids().keys() >= {"item_id", "run_id", "variant_id"}
