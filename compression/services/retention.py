"""Cleans what is no longer needed: work folders of old runs, and models that nobody has used for long.

Kept in every case: what is or ever was deployed (a rollback must find it), the parents of what is kept, the newest
versions of each project, and whatever a waiting or running run names.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from annotator import storage
from annotator.models import Run, User
from annotator.models.runs import FINISHED
from annotator.services import audit
from compression.models import EvaluationReport
from prelabel.models import Deployment, ModelVariant, ModelVersion


@dataclass
class Cleaning:
    """What would go, or went. ``bytes`` of run folders and of model files that nothing else refers to."""

    runs: list[int] = field(default_factory=list)
    versions: list[int] = field(default_factory=list)
    bytes: int = 0


def clean_artifacts(*, actor: User | None, dry_run: bool = False) -> Cleaning:
    """Apply the policy (WINNOW_KEEP_RUNS_DAYS, WINNOW_KEEP_MODELS); ``dry_run`` only counts. 0 keeps everything."""
    done = Cleaning()
    if settings.KEEP_RUNS_DAYS:
        for run in _old_runs():
            _clean_run(actor, run, done, dry_run)
    if settings.KEEP_MODELS:
        for version in _old_versions():
            _clean_version(actor, version, done, dry_run)
    return done


def _cutoff() -> Any:
    return timezone.now() - timedelta(days=settings.KEEP_RUNS_DAYS)


def _folder(run_id: int) -> Path:
    return Path(settings.DATA_DIR) / "runs" / str(run_id)


def _old_runs() -> Iterable[Run]:
    ended = Run.objects.filter(state__in=FINISHED, finished_at__lt=_cutoff()).order_by("pk")
    return [run for run in ended.iterator(chunk_size=1000) if _folder(run.pk).is_dir()]


def _clean_run(actor: User | None, run: Run, done: Cleaning, dry_run: bool) -> None:
    size = sum(path.lstat().st_size for path in _folder(run.pk).rglob("*") if path.is_file() or path.is_symlink())
    done.runs.append(run.pk)
    done.bytes += size
    if dry_run:
        return
    with transaction.atomic():
        # A retry in this moment waits for the lock, and then starts from nothing.
        locked = Run.objects.select_for_update().get(pk=run.pk)
        if locked.state not in FINISHED:
            done.runs.remove(run.pk)
            return
        after = {"bytes": size}
        audit.record(actor=actor, verb="run.clean", target=run, project_id=run.project_id, after=after)
        if locked.checkpoint:
            locked.checkpoint = {}
            locked.save(update_fields=["checkpoint"])
        shutil.rmtree(_folder(run.pk), ignore_errors=True)


def _old_versions() -> list[ModelVersion]:
    """Versions beyond the newest of each project, old enough, and needed by nothing."""
    kept = set(Deployment.objects.values_list("variant__version_id", flat=True)) | _named_by_runs()
    for project_id in ModelVersion.objects.order_by().values_list("project_id", flat=True).distinct():
        newest = ModelVersion.objects.filter(project_id=project_id).order_by("-number")
        kept |= set(newest.values_list("pk", flat=True)[: settings.KEEP_MODELS])
    kept |= _ancestors(kept)
    old = ModelVersion.objects.exclude(pk__in=kept)
    if settings.KEEP_RUNS_DAYS:
        old = old.filter(created_at__lt=_cutoff())
    return list(old.prefetch_related("variants").order_by("pk"))


def _ancestors(ids: set[int]) -> set[int]:
    parent_of = dict(ModelVersion.objects.values_list("pk", "parent_id"))
    found: set[int] = set()
    for one in ids:
        parent = parent_of.get(one)
        while parent is not None and parent not in found:
            found.add(parent)
            parent = parent_of.get(parent)
    return found


def _named_by_runs() -> set[int]:
    """Versions that a waiting or running run starts from, learns from, exports or measures."""
    found: set[int] = set()
    variants: set[int] = set()
    for params in Run.objects.exclude(state__in=FINISHED).values_list("params", flat=True):
        named = [params.get("teacher_version_id"), (params.get("source") or {}).get("model_version_id")]
        base = params.get("base")
        named.append(int(base) if isinstance(base, str) and base.isascii() and base.isdecimal() else None)
        found |= {int(one) for one in named if one is not None}
        if params.get("variant_id") is not None:
            variants.add(int(params["variant_id"]))
    return found | set(ModelVariant.objects.filter(pk__in=variants).values_list("version_id", flat=True))


def _clean_version(actor: User | None, version: ModelVersion, done: Cleaning, dry_run: bool) -> None:
    own = _blobs_of([version])
    others = _blobs_of(ModelVersion.objects.exclude(pk=version.pk).prefetch_related("variants"))
    removable = own - others
    done.versions.append(version.pk)
    done.bytes += sum(storage.blob_size(sha256) for sha256 in removable if storage.has_blob(sha256))
    if dry_run:
        return
    with transaction.atomic():
        before = {"name": version.name, "number": version.number, "arch": version.arch, "files": len(own)}
        audit.record(actor=actor, verb="model.clean", target=version, project_id=version.project_id, before=before)
        version.delete()
        # After the commit: a row without its files is worse than files without a row.
        transaction.on_commit(lambda: _delete_blobs(removable))


def _delete_blobs(hashes: Iterable[str]) -> None:
    for sha256 in hashes:
        storage.delete_blob(sha256)


def _blobs_of(versions: Iterable[ModelVersion]) -> set[str]:
    """Hashes of all files of these versions: weights, variants, reports."""
    versions = list(versions)
    found = {entry["sha256"] for version in versions for entry in version.training_files.values()}
    variants = [variant for version in versions for variant in version.variants.all()]
    found |= {entry["sha256"] for variant in variants for entry in variant.manifest["files"].values()}
    for pair in EvaluationReport.objects.filter(variant__in=variants).values_list("per_image_sha256", "details_sha256"):
        found |= {sha256 for sha256 in pair if sha256}
    return found
