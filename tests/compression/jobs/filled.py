"""Projects filled with drawn pictures that people have reviewed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from annotator import storage
from annotator.models import Annotation, Dataset, DatasetVersion, Item, LabelClass, Project
from annotator.services import versions


def fill(project: Project, manifest: dict[str, Any], blobs: Path) -> DatasetVersion:
    """Items of a manifest as reviewed by people, and the version frozen of them."""
    dataset = Dataset.objects.create(project=project, name="scenes")
    ids = {c["id"]: LabelClass.objects.get(project=project, name=c["name"]).pk for c in manifest["classes"]}
    for entry in manifest["items"]:
        item = Item.objects.create(
            project=project,
            dataset=dataset,
            name=entry["name"],
            blob=storage.put_file(blobs / entry["sha256"]),
            source_sha256=entry["sha256"],
            width=entry["width"],
            height=entry["height"],
            split=entry["split"],
            state="reviewed",
            revision=1,
        )
        objects = [{**one, "id": f"m-{n}", "class_id": ids[one["class_id"]]} for n, one in enumerate(entry["objects"])]
        Annotation.objects.create(item=item, revision=1, document={"objects": objects}, origin="human")
    return versions.freeze_version(actor=None, project=project, note="toy")
