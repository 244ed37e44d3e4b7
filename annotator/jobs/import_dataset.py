"""Imports a zip or a folder of pictures with or without labels.

Every batch is one transaction, and an item remembers the run and the path that it came from: a run that is killed goes
on behind its last batch, and its report is the same as if nothing had happened.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from django.conf import settings

from annotator import storage
from annotator.core.decoding import Decoded, DecoderPool
from annotator.core.format import SourceImage, SourceObject, SourceSet
from annotator.core.importing import ClassTable, DocumentMaker, ImportReport, Placer
from annotator.core.tasktypes import TASK_TYPES
from annotator.jobs.context import RunContext
from annotator.jobs.import_source import open_source, read_source
from annotator.models import Item, Project, User
from annotator.services import imports, predictions
from annotator.services.imports import ImportTarget, Incoming

BATCH = 100
DECODERS = 2


def run(context: RunContext) -> dict[str, Any]:
    """Parameters: ``source`` {zip_sha256 | folder, name}, ``format``, ``labels`` truth | guesses | none, ``dataset``,
    ``split`` keep | hash, ``create_classes`` bool or null (= when the project has none), ``dry_run``."""
    params = context.params
    report = ImportReport()
    project = Project.objects.get(pk=context.project_id)
    actor = User.objects.filter(pk=context.actor_id or 0).first()
    root = open_source(context, report)
    context.progress(0, 1, stage="read")
    labels = params.get("labels") or "truth"
    chosen, source = read_source(root, params.get("format") or "auto", project.task_type, labels, report)
    context.log(f"{len(source.images)} pictures found as {chosen.label}")
    source = _fit_labels(source, project.task_type, labels, report)
    created, table = _classes(context, project, actor, source, report)
    importer = _Importer(context, project, actor, root, report, table)
    importer.run(source)
    if project.task_type == "object_detection":
        report.counts["boxes_read"] = source.boxes_read
    facts = {
        "format": chosen.slug,
        "dry_run": importer.dry_run,
        "dataset": params["dataset"],
        "classes_created": created,
    }
    result = report.as_result(**facts, file=_store_report(context, report))
    if not importer.dry_run:
        context.log(
            f"{report.counts['items']} new items, {len(report.refusals)} refusals, {len(report.notices)} notices"
        )
    asked = None if importer.dry_run else _predict_next(context, project, actor, report)
    shutil.rmtree(context.workdir, ignore_errors=True)
    return {**result, "predict_run_id": asked}


def _predict_next(context: RunContext, project: Project, actor: User | None, report: ImportReport) -> int | None:
    """Let the deployed model guess what came in; the key makes a second try of this run ask only once."""
    if not report.counts["items"]:
        return None
    key = uuid.uuid5(uuid.NAMESPACE_URL, f"winnow:predict-after:{context.run_id}")
    asked = predictions.ask_for_guesses(actor=actor, project=project, idempotency_key=key)
    return asked.pk if asked else None


def _fit_labels(source: SourceSet, task_type: str, labels: str, report: ImportReport) -> SourceSet:
    """Drop labels that are not wanted, and class folders where boxes or masks are."""
    images = source.images
    if labels == "none":
        images = [replace(one, objects=(), labelled=False) for one in images]
    elif any(_lacks_shape(thing, task_type) for one in images for thing in one.objects):
        wanted = "boxes" if task_type == "object_detection" else "masks"
        report.notice(
            "", "folder_names_unused", f"folders named by class hold no {wanted}; pictures come in unlabelled"
        )
        images = [replace(one, objects=(), labelled=False) for one in images]
    used = {thing.class_name for one in images for thing in one.objects}
    classes = source.classes if used else []
    return replace(source, images=images, classes=classes)


def _lacks_shape(thing: SourceObject, task_type: str) -> bool:
    shape = {"object_detection": thing.bbox, "semantic_segmentation": thing.mask}
    return task_type in shape and shape[task_type] is None


def _classes(
    context: RunContext, project: Project, actor: User | None, source: SourceSet, report: ImportReport
) -> tuple[list[str], ClassTable]:
    """(names of the classes made, the project's classes); a dry run makes none but acts as if it had."""
    table = imports.class_table(project)
    create = context.params.get("create_classes")
    if create is None:
        create = context.checkpoint.get("create_classes", not table.ids)
        context.save_checkpoint(create_classes=create)
    if not create:
        return [], table
    missing = table.missing(source.classes)
    if context.params.get("dry_run"):
        return missing, table.with_names(missing)
    if missing:
        context.save_checkpoint(classes_created=missing)
        imports.prepare_classes(actor=actor, project=project, names=missing)
    return context.checkpoint.get("classes_created", []), imports.class_table(project)


def _store_report(context: RunContext, report: ImportReport) -> dict[str, Any] | None:
    """The whole list as a blob, for download; None when there is nothing to tell."""
    path = context.workdir / "report.jsonl"
    if not report.write_lines(path):
        return None
    return {
        "sha256": storage.put_file(path),
        "name": f"import-{context.run_id}.jsonl",
        "size_bytes": path.stat().st_size,
    }


@dataclass(frozen=True)
class _Known:
    item_id: int | None
    path: str


class _Importer:
    """Decodes, de-duplicates and stores, batch after batch."""

    def __init__(
        self,
        context: RunContext,
        project: Project,
        actor: User | None,
        root: Path,
        report: ImportReport,
        classes: ClassTable,
    ) -> None:
        params = context.params
        self.context, self.project, self.actor, self.root, self.report = context, project, actor, root, report
        self.dry_run = bool(params.get("dry_run"))
        self.guesses = params.get("labels") == "guesses"
        self.target: ImportTarget | None = None
        if not self.dry_run:
            reference = f"run:{context.run_id}" if self.guesses else None
            self.target = imports.prepare_target(
                actor=actor, project=project, dataset=params["dataset"], guesses_of=reference
            )
        self.maker = DocumentMaker(
            TASK_TYPES[project.task_type], classes, "prediction" if self.guesses else "annotation"
        )
        self.placer = Placer(keep_splits=params.get("split") != "hash")
        self.known: dict[str, _Known] = {}
        self.mine: dict[str, Item] = {}
        self.ids: dict[str, int] = {}
        self.batch: list[Incoming] = []
        self.labels_for_known: dict[int, tuple[str, dict[str, Any]]] = {}

    def run(self, source: SourceSet) -> None:
        self._load_known()
        total = len(source.images)
        self.report.counts.update(images_read=total, items=0, labelled=0, duplicates=0, near_duplicates=0)
        self.report.counts[self._stored_key()] = 0
        done = 0
        with DecoderPool(self.context.workdir / "decoded", processes=DECODERS, max_pixels=settings.MAX_PIXELS) as pool:
            for image, decoded in self._decode(pool, source.images):
                if decoded is None:
                    self._count_mine(image)
                elif decoded.code is not None:
                    self.report.refuse(image.path, decoded.code, decoded.reason)
                else:
                    self._take(image, decoded)
                done += 1
                if len(self.batch) + len(self.labels_for_known) >= BATCH:
                    self._flush()
                self.context.progress(done, total, stage="pictures")
            self._flush()

    def _stored_key(self) -> str:
        return "boxes_stored" if self.project.task_type == "object_detection" else "objects"

    def _load_known(self) -> None:
        """What the project has: for de-duplication, for twins, and what an earlier try of this run stored."""
        rows = Item.objects.filter(project=self.project).order_by("pk")
        for item in rows.filter(metadata__run=self.context.run_id).defer("class_counts"):
            self.mine[item.metadata["path"]] = item
            self.ids[item.metadata["path"]] = item.pk
        names = {item.pk: path for path, item in self.mine.items()}
        values = rows.values_list("pk", "source_sha256", "dhash", "split", "name")
        for item_id, sha256, dhash, split, name in values.iterator(chunk_size=5000):
            path = names.get(item_id, name)
            self.known[sha256] = _Known(item_id, path)
            if dhash is not None:
                self.placer.know(_key(item_id, path), imports.unsigned_hash(dhash), split)

    def _decode(self, pool: DecoderPool, images: list[SourceImage]) -> Iterator[tuple[SourceImage, Decoded | None]]:
        """Decoded pictures in order; None for those that an earlier try stored."""
        waiting = iter(pool.decode_all(self.root / one.path for one in images if one.path not in self.mine))
        for image in images:
            yield image, None if image.path in self.mine else next(waiting)[1]

    def _count_mine(self, image: SourceImage) -> None:
        """Count again what an earlier try of this run stored, so that the report is whole."""
        item = self.mine[image.path]
        for code, reason in item.metadata.get("notices", ()):
            self.report.notice(image.path, code, reason)
        document = self.maker.make(image, (item.width, item.height), self.report)
        self._count(document, item.split, twin=item.twin_id is not None)

    def _count(self, document: dict[str, Any] | None, split: str, *, twin: bool) -> None:
        counts = self.report.counts
        counts["items"] += 1
        counts["labelled"] += document is not None
        counts["near_duplicates"] += twin
        counts[self._stored_key()] += len(document["objects"]) if document else 0
        self.report.splits[split] += 1

    def _take(self, image: SourceImage, decoded: Decoded) -> None:
        known = self.known.get(decoded.sha256)
        if known is not None:
            self._take_known(image, decoded, known)
            return
        for code, reason in decoded.notices:
            self.report.notice(image.path, code, reason)
        document = self.maker.make(image, (decoded.width, decoded.height), self.report)
        split, twin = self.placer.place(image, decoded.sha256, decoded.dhash, self.report)
        self.known[decoded.sha256] = _Known(None, image.path)
        self.placer.know(_key(None, image.path), decoded.dhash, split)
        self._count(document, split, twin=twin is not None)
        if not self.dry_run:
            self.batch.append(self._incoming(image, decoded, split, document, twin))

    def _take_known(self, image: SourceImage, decoded: Decoded, known: _Known) -> None:
        self.report.counts["duplicates"] += 1
        document = self.maker.make(image, (decoded.width, decoded.height), self.report)
        self.report.notice(image.path, "duplicate", f"the same file as “{known.path}”; it was not stored again")
        if document is not None and known.item_id is not None and not self.dry_run:
            self.labels_for_known[known.item_id] = (image.path, document)

    def _incoming(
        self, image: SourceImage, decoded: Decoded, split: str, document: dict[str, Any] | None, twin: str | None
    ) -> Incoming:
        original = self.root / image.path
        assert decoded.thumbnail_path is not None
        thumbnail = Path(decoded.thumbnail_path)
        upright = Path(decoded.data_path) if decoded.data_path else None
        metadata: dict[str, Any] = {"run": self.context.run_id, "path": image.path}
        if decoded.notices:
            metadata["notices"] = [list(one) for one in decoded.notices]
        twin_id, _, twin_path = (twin or "").partition(":")
        made = Incoming(
            name=PurePosixPath(image.path).name,
            path=image.path,
            sha256=decoded.sha256,
            blob=storage.put_file(upright or original),
            thumbnail=storage.put_bytes(thumbnail.read_bytes()),
            width=decoded.width,
            height=decoded.height,
            dhash=decoded.dhash,
            split=split,
            document=document,
            twin_id=int(twin_id) if twin_id else self.ids.get(twin_path),
            twin_path=twin_path or None,
            metadata=metadata,
        )
        for part in (thumbnail, upright):
            if part is not None:
                part.unlink(missing_ok=True)
        return made

    def _flush(self) -> None:
        if self.target is None:
            return
        if self.batch:
            self.ids |= imports.store_items(actor=self.actor, target=self.target, incoming=self.batch)
            self.batch = []
        if self.labels_for_known:
            documents = {item_id: document for item_id, (_, document) in self.labels_for_known.items()}
            taken = imports.label_known_items(actor=self.actor, target=self.target, documents=documents)
            for item_id in sorted(taken):
                path, document = self.labels_for_known[item_id]
                self.report.counts["labelled_before"] += 1
                self.report.counts[self._stored_key()] += len(document["objects"])
                self.report.notice(path, "labels_added", "the item was there without labels; it has these now")
            self.labels_for_known = {}


def _key(item_id: int | None, path: str) -> str:
    """Key of a picture for the placer: its item's id where it has one, and its path."""
    return f"{item_id if item_id is not None else ''}:{path}"
