"""Writes annotations, with or without their pictures, as a zip in one of the data formats."""

from __future__ import annotations

import shutil
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from annotator import storage
from annotator.core.errors import NotFound, Unprocessable
from annotator.core.format import ExportItem, SourceObject, safe_file_name, walk_files
from annotator.core.formats import FORMATS
from annotator.core.picture import EXTENSIONS
from annotator.jobs.context import RunContext
from annotator.models import DatasetVersion, Project
from annotator.selectors.exports import ExportRow, ExportSource, current_annotations, frozen_annotations
from annotator.services.versions import read_manifest

# First bytes of the kinds that the storage holds → the extension that fits them.
_MAGIC = ((b"\xff\xd8", ".jpg"), (b"\x89PNG", ".png"), (b"RIFF", ".webp"), (b"BM", ".bmp"))
_SAME = {".jpg": {".jpg", ".jpeg", ".jpe", ".jfif"}, ".png": {".png"}, ".webp": {".webp"}, ".bmp": {".bmp", ".dib"}}


def run(context: RunContext) -> dict[str, Any]:
    """Parameters: ``format``, ``version_id`` or null (= what is annotated now), ``images`` bool."""
    params = context.params
    project = Project.objects.get(pk=context.project_id)
    chosen = FORMATS[params["format"]]
    if project.task_type not in chosen.task_types:
        raise Unprocessable(f"{chosen.label} cannot hold {project.task_type}", code="wrong_task_type")
    version = _version(project, params.get("version_id"))
    source = frozen_annotations(read_manifest(version)) if version else current_annotations(project)
    if not source.count:
        raise Unprocessable("nothing is annotated yet, so there is nothing to export", code="nothing_to_export")
    folder, archive = context.workdir / "export", context.workdir / "export.zip"
    shutil.rmtree(folder, ignore_errors=True)  # of a try that was killed
    writing = _Writing(context, source, bool(params.get("images", True)))
    chosen.write(folder, writing.items(), list(source.classes.values()))
    files = _pack(context, folder, archive)
    name = safe_file_name(f"{project.name}-{f'v{version.number}-' if version else ''}{chosen.slug}.zip")
    made = {"sha256": storage.put_file(archive), "name": name, "size_bytes": archive.stat().st_size}
    context.log(f"{writing.counts['items']} items, {writing.counts['objects']} objects as {chosen.label}")
    shutil.rmtree(context.workdir, ignore_errors=True)
    return {
        "format": chosen.slug,
        "version": version.number if version else None,
        "images": writing.with_images,
        "files": files,
        **writing.counts,
        "file": made,
    }


def _version(project: Project, version_id: int | None) -> DatasetVersion | None:
    if version_id is None:
        return None
    version = DatasetVersion.objects.filter(pk=version_id, project=project).first()
    if version is None:
        raise NotFound("there is no such version in this project")
    return version


@dataclass
class _Writing:
    """Feeds the format with items while counting them and reporting progress."""

    context: RunContext
    source: ExportSource
    with_images: bool
    counts: Counter[str] = field(default_factory=lambda: Counter(items=0, objects=0, reviewed=0, auto=0))

    def items(self) -> Iterator[ExportItem]:
        for row in self.source.rows:
            yield self._item(row)
            self.counts["items"] += 1
            self.counts["objects"] += len(row.objects)
            self.counts["reviewed" if row.human else "auto"] += 1
            self.context.progress(self.counts["items"], self.source.count, stage="write")

    def _item(self, row: ExportRow) -> ExportItem:
        objects = [
            SourceObject(self.source.classes[one["class_id"]], _box(one.get("bbox")), mask=_mask(one.get("rle")))
            for one in row.objects
        ]
        path = storage.blob_path(row.blob) if self.with_images else None
        return ExportItem(_file_name(row.name, path), row.split, row.width, row.height, objects, path)


def _box(bbox: list[float] | None) -> tuple[float, float, float, float] | None:
    return (bbox[0], bbox[1], bbox[2], bbox[3]) if bbox is not None else None


def _mask(rle: dict[str, Any] | None) -> str | None:
    return str(rle["counts"]) if rle is not None else None


def _file_name(name: str, path: Path | None) -> str:
    """The item's name with the extension of what is stored: pictures that came as TIFF are PNG by now."""
    pure = PurePosixPath(name)
    suffix = pure.suffix.lower()
    fitting = ".png" if suffix in (".tif", ".tiff") else suffix
    if path is not None:
        with path.open("rb") as file:
            head = file.read(4)
        fitting = next((extension for magic, extension in _MAGIC if head.startswith(magic)), fitting)
    if suffix in _SAME.get(fitting, {fitting}):
        return name
    stem = pure.stem if suffix in EXTENSIONS else pure.name
    return stem + fitting


def _pack(context: RunContext, folder: Path, archive: Path) -> int:
    """Zip the folder; pictures are stored as they are, for they are compressed already."""
    files = list(walk_files(folder))
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as out:
        for number, name in enumerate(files, start=1):
            picture = PurePosixPath(name).suffix.lower() in EXTENSIONS
            out.write(folder / name, name, compress_type=zipfile.ZIP_STORED if picture else None)
            context.progress(number, len(files), stage="pack")
    return len(files)
