"""Imports and exports over HTTP: what is taken, and what is refused at the door."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from annotator import storage
from annotator.models import Run

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(cast: Any, client_of: Any) -> APIClient:
    return client_of(cast.alice)


def zip_file(data: bytes = b"PK\x05\x06" + b"\0" * 18, name: str = "street.zip") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def test_an_upload_becomes_a_blob_and_a_run(alice: APIClient, project: Any) -> None:
    answer = alice.post(f"/api/projects/{project.pk}/imports/", {"file": zip_file(), "labels": "none"})
    run = Run.objects.get()
    assert answer.status_code == 202 and answer.json()["id"] == run.pk
    assert (run.kind, run.queue, run.state) == ("import_dataset", "io", "queued")
    assert run.params["source"]["name"] == "street.zip"
    assert run.params["dataset"] == "street"
    assert (run.params["format"], run.params["labels"], run.params["split"]) == ("auto", "none", "keep")
    assert storage.has_blob(run.params["source"]["zip_sha256"])


def test_an_upload_above_the_limit_is_refused_by_name(alice: APIClient, project: Any, settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 10
    answer = alice.post(f"/api/projects/{project.pk}/imports/", {"file": zip_file()})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert "WINNOW_UPLOAD_MAX_MB" in answer.json()["message"]
    assert not Run.objects.exists()


def test_a_name_that_climbs_out_is_only_a_name(alice: APIClient, project: Any) -> None:
    alice.post(f"/api/projects/{project.pk}/imports/", {"file": zip_file(name="../../../etc/cron.d/evil.zip")})
    assert Run.objects.get().params["source"]["name"] == "evil.zip"


def test_the_same_key_imports_once(alice: APIClient, project: Any) -> None:
    key = str(uuid.uuid4())
    ids = {
        alice.post(f"/api/projects/{project.pk}/imports/", {"file": zip_file()}, HTTP_IDEMPOTENCY_KEY=key).json()["id"]
        for _ in range(2)
    }
    assert len(ids) == 1


@pytest.mark.parametrize(
    "body", [{}, {"path": "a", "format": "nonsense"}, {"path": "a", "labels": "maybe"}, {"path": ""}]
)
def test_an_import_that_says_too_little_or_nonsense_is_refused(
    alice: APIClient, project: Any, body: dict[str, str]
) -> None:
    assert alice.post(f"/api/projects/{project.pk}/imports/", body, format="json").status_code in (400, 422)


def test_server_folders_are_off_until_somebody_names_a_root(alice: APIClient, project: Any, settings: Any) -> None:
    settings.IMPORT_ROOT = None
    answer = alice.post(f"/api/projects/{project.pk}/imports/", {"path": "/etc"}, format="json")
    assert answer.status_code == 403
    assert "WINNOW_IMPORT_ROOT" in answer.json()["message"]


def test_a_folder_below_the_root_is_taken_by_its_relative_name(
    alice: APIClient, project: Any, settings: Any, tmp_path: Path
) -> None:
    (tmp_path / "root" / "set" / "train").mkdir(parents=True)
    settings.IMPORT_ROOT = str(tmp_path / "root")
    for path in ("set/train", "/set/train", "./set/../set/train"):
        answer = alice.post(f"/api/projects/{project.pk}/imports/", {"path": path}, format="json")
        assert answer.json()["params"]["source"] == {"folder": "set/train", "name": "train"}


@pytest.mark.parametrize(
    "path", ["../outside", "set/../../outside", "/../outside", "link", "link/deep", "file", "absent", "x" * 300, "loop"]
)
def test_nothing_outside_the_root_is_reachable(
    alice: APIClient, project: Any, settings: Any, tmp_path: Path, path: str
) -> None:
    root = tmp_path / "root"
    (root / "set").mkdir(parents=True)
    (tmp_path / "outside" / "deep").mkdir(parents=True)
    (root / "link").symlink_to(tmp_path / "outside")
    (root / "loop").symlink_to(root / "loop")
    (root / "file").write_text("x")
    settings.IMPORT_ROOT = str(root)
    answer = alice.post(f"/api/projects/{project.pk}/imports/", {"path": path}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert not Run.objects.exists()


def test_an_export_is_a_run_and_a_format_that_cannot_hold_the_task_is_refused(
    alice: APIClient, project: Any, classification_project: Any
) -> None:
    address = f"/api/projects/{project.pk}/exports/"
    assert alice.post(address, {"format": "coco"}, format="json").status_code == 202
    refused = alice.post(f"/api/projects/{classification_project.pk}/exports/", {"format": "yolo"}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (422, "wrong_task_type")
    assert alice.post(address, {"format": "coco", "version_id": 10**6}, format="json").status_code == 404


def test_a_finished_export_is_downloaded_under_its_name(alice: APIClient, world: Any) -> None:
    answer = alice.get(f"/api/runs/{world.run.pk}/download/")
    assert b"".join(answer.streaming_content) == b"PK-an-export"
    assert answer["Content-Disposition"] == 'attachment; filename="export.zip"'
    assert answer["Content-Length"] == "12"
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_download_name_cannot_write_headers(alice: APIClient, world: Any) -> None:
    world.run.result["file"]["name"] = 'a"; x=1\r\nSet-Cookie: evil=1'
    world.run.save()
    answer = alice.get(f"/api/runs/{world.run.pk}/download/")
    assert "Set-Cookie" not in answer and "\n" not in answer["Content-Disposition"]


def test_a_run_without_a_file_has_no_download(alice: APIClient, project: Any) -> None:
    run = Run.objects.create(project=project, kind="export_dataset", queue="io")
    assert alice.get(f"/api/runs/{run.pk}/download/").status_code == 404
