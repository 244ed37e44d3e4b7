"""Gets at what shall be imported: unpacks the zip or finds the folder, and reads it in its format."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path, PurePosixPath

from django.conf import settings

from annotator import storage
from annotator.core.archive import extract_zip
from annotator.core.errors import BadUpload, NotAllowed, NotFound, Unprocessable
from annotator.core.format import Format, SourceSet, content_root, foreign_pictures, walk_files
from annotator.core.formats import FORMATS, sniff
from annotator.core.importing import ImportReport
from annotator.jobs.context import RunContext


def open_source(context: RunContext, report: ImportReport) -> Path:
    """The folder to read: the unpacked zip (once, kept across tries) or a server folder below the import root."""
    source = context.params["source"]
    if "zip_sha256" not in source:
        return content_root(_server_folder(source["folder"]))
    target = context.workdir / "source"
    if not target.is_dir():
        part = context.workdir / "source.part"
        shutil.rmtree(part, ignore_errors=True)
        extracted = extract_zip(
            storage.blob_path(source["zip_sha256"]),
            part,
            on_progress=lambda done, total: context.progress(done, total, stage="unpack"),
        )
        context.save_checkpoint(skipped=extracted.skipped)
        part.rename(target)
    for name, reason in context.checkpoint.get("skipped", ()):
        report.notice(name, "nested_archive", reason)
    return content_root(target)


def _server_folder(name: str) -> Path:
    if not settings.IMPORT_ROOT:
        raise NotAllowed("import from server folders is off; whoever runs this server can set WINNOW_IMPORT_ROOT")
    root = Path(settings.IMPORT_ROOT).resolve()
    folder = (root / name).resolve()
    if not folder.is_relative_to(root) or not folder.is_dir():
        raise NotFound(f"there is no folder “{name[:200]}” below the import root any more")
    return folder


def read_source(root: Path, wanted: str, task_type: str, labels: str, report: ImportReport) -> tuple[Format, SourceSet]:
    """Read the folder in the format wanted (``auto`` = what it looks like).

    Raises BadUpload when there is no picture, Unprocessable when its labels are of another task type.
    """
    chosen = sniff(root) if wanted == "auto" else FORMATS[wanted]
    if labels != "none" and task_type not in chosen.task_types:
        raise Unprocessable(
            f"{chosen.label} labels are for {' or '.join(sorted(chosen.task_types))}, this project is {task_type}; "
            "choose another project, or import the pictures without labels",
            code="wrong_task_type",
        )
    source = chosen.read(root)
    if labels != "none" and wanted not in ("auto", "image_folder") and chosen.sniff(root) <= 0:
        raise BadUpload(
            f"there are no {chosen.label} labels in it; choose the format that it is of, or import without labels",
            code="no_labels",
        )
    if labels != "none" and chosen.slug == "image_folder":
        _report_unread(root, report)
    report.refusals += source.refusals
    report.notices += source.notices
    for path, kind in foreign_pictures(root):
        reason = f"{kind} files are not taken; convert to JPEG, PNG, WebP, BMP or TIFF"
        report.refuse(path, "unsupported_format", reason)
    if not source.images:
        first = f" The first fault: {source.refusals[0].reason}" if source.refusals else ""
        raise BadUpload(f"there is no picture in it that could be read as {chosen.label}.{first}", code="no_pictures")
    return chosen, source


def _report_unread(root: Path, report: ImportReport) -> None:
    """A notice of files that look like labels where only pictures were understood."""
    suffixes = Counter(PurePosixPath(path).suffix.lower() for path in walk_files(root))
    for suffix in (".txt", ".xml", ".json", ".jsonl", ".csv"):
        if suffixes[suffix]:
            reason = (
                f"{suffixes[suffix]} {suffix} file(s) are not labels of a kind that is known here; they were not read"
            )
            report.notice("", "files_unread", reason)
