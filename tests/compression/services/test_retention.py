"""What the policy removes, and what it never does."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from annotator import storage
from annotator.models import AuditEvent, Run
from compression.services.retention import clean_artifacts
from prelabel.models import ModelVersion
from tests.world import add_variant, manifest_of

pytestmark = pytest.mark.django_db(transaction=True)
LONG_AGO = timedelta(days=90)


@pytest.fixture(autouse=True)
def policy(settings: Any) -> None:
    settings.KEEP_RUNS_DAYS, settings.KEEP_MODELS = 30, 1


def old_run(project: Any, settings: Any, **fields: Any) -> tuple[Run, Path]:
    given = {"state": "succeeded", "finished_at": timezone.now() - LONG_AGO, **fields}
    run = Run.objects.create(project=project, kind="compress", queue="train", **given)
    folder = Path(settings.DATA_DIR) / "runs" / str(run.pk)
    folder.mkdir(parents=True)
    (folder / "weights").write_bytes(b"x" * 1000)
    return run, folder


def old_variant(project: Any, number: int) -> Any:
    data = f"file of {number}".encode()
    sha256 = storage.put_bytes(data)
    variant = add_variant(project, number)
    variant.manifest = manifest_of(data)
    assert variant.manifest["files"]["model.onnx"]["sha256"] == sha256
    variant.save()
    ModelVersion.objects.filter(pk=variant.version_id).update(created_at=timezone.now() - LONG_AGO)
    return variant


def test_folders_of_old_runs_go_and_those_of_new_or_living_ones_stay(project: Any, settings: Any) -> None:
    run, gone = old_run(project, settings, checkpoint={"epoch": 3})
    _, fresh = old_run(project, settings, finished_at=timezone.now())
    _, living = old_run(project, settings, state="running", finished_at=None)
    done = clean_artifacts(actor=None)
    assert (done.runs, done.bytes) == ([run.pk], 1000)
    assert not gone.exists() and fresh.exists() and living.exists()
    run.refresh_from_db()
    assert run.checkpoint == {}  # a retry starts from nothing instead of from a file that is gone
    assert AuditEvent.objects.filter(verb="run.clean", target_id=str(run.pk)).count() == 1


def test_a_dry_run_counts_and_removes_nothing(project: Any, settings: Any) -> None:
    _, folder = old_run(project, settings)
    old_variant(project, 1)
    add_variant(project, 2)
    out = io.StringIO()
    call_command("clean_artifacts", "--dry-run", stdout=out)
    assert "1 run folders and 1 model versions would go" in out.getvalue()
    assert folder.exists() and ModelVersion.objects.count() == 2
    assert not AuditEvent.objects.filter(verb__endswith=".clean").exists()


def test_an_old_model_goes_with_the_files_that_nothing_else_has(project: Any) -> None:
    gone, shared = old_variant(project, 1), add_variant(project, 2)
    own = gone.manifest["files"]["model.onnx"]["sha256"]
    theirs = shared.manifest["files"]["model.onnx"]["sha256"]
    files = {"weights.safetensors": {"sha256": theirs, "size_bytes": 1}}
    ModelVersion.objects.filter(pk=gone.version_id).update(training_files=files)
    done = clean_artifacts(actor=None)
    assert done.versions == [gone.version_id]
    assert not storage.has_blob(own) and storage.has_blob(theirs)
    assert AuditEvent.objects.get(verb="model.clean").before["number"] == 1


def test_what_is_needed_stays_however_old(project: Any, world: Any) -> None:
    parent, child, teacher = (old_variant(project, number) for number in (11, 12, 13))
    newest = add_variant(project, 14)
    newest.version.parent = child.version
    newest.version.save()
    child.version.refresh_from_db()
    child.version.parent = parent.version
    child.version.save()
    ModelVersion.objects.filter(pk=world.variant.version_id).update(created_at=timezone.now() - LONG_AGO)  # deployed
    waiting = Run.objects.create(
        project=project, kind="compress", queue="train", params={"teacher_version_id": teacher.version_id}
    )
    assert clean_artifacts(actor=None).versions == []
    waiting.state = "succeeded"
    waiting.save()
    assert clean_artifacts(actor=None).versions == [teacher.version_id]


def test_zero_keeps_everything(project: Any, settings: Any) -> None:
    settings.KEEP_RUNS_DAYS, settings.KEEP_MODELS = 0, 0
    _, folder = old_run(project, settings)
    old_variant(project, 1)
    add_variant(project, 2)
    done = clean_artifacts(actor=None)
    assert (done.runs, done.versions) == ([], [])
    assert folder.exists()
