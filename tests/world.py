"""One project with something of everything, for tests that go through all routes and all services."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from annotator import storage
from annotator.models import (
    Annotation,
    Dataset,
    DatasetVersion,
    Item,
    LabelClass,
    Member,
    Prediction,
    PredictionSource,
    QueueEntry,
    Run,
    Suggestion,
)
from annotator.services import annotations, queue, versions
from annotator.services.queue import Waiting
from compression.models import EvaluationReport
from prelabel.models import Deployment, ModelVariant, ModelVersion

PICTURE = b"\x89PNG\r\n\x1a\n-not-a-real-picture-but-served-as-one"
ONNX = b"\x08\x08\x12\x04test-not-a-real-graph"
BOX = [4.0, 4.0, 20.0, 20.0]


@dataclass(frozen=True)
class World:
    """The ids that routes need."""

    project: Any
    item: Item
    reviewed: Item
    label: LabelClass
    member: Member
    run: Run
    version: DatasetVersion
    variant: ModelVariant
    deployment: Deployment
    prediction: Prediction
    suggestion: Suggestion
    search: Run

    def ids(self) -> dict[str, int]:
        """Route parameter → id."""
        return {
            "project_id": self.project.pk,
            "item_id": self.item.pk,
            "label_id": self.label.pk,
            "suggestion_id": self.suggestion.pk,
            "member_id": self.member.pk,
            "run_id": self.run.pk,
            "search_id": self.search.pk,
            "variant_id": self.variant.pk,
            "other_id": self.variant.pk,
            "request_id": 1,
        }


def manifest_of(data: bytes, task_type: str = "object_detection", classes: tuple[str, ...] = ("car", "person")) -> Any:
    """The manifest of a model with these bytes as its only file."""
    return {
        "schema": 1,
        "name": "toy",
        "task_type": task_type,
        "predictor": "onnx_detector",
        "arch": "toy",
        "classes": list(classes),
        "input": {"width": 64, "height": 64, "channels": "RGB", "name": "images"},
        "preprocess": {"resize": "letterbox", "pad": 114, "scale": 1.0, "mean": [0, 0, 0], "std": [1, 1, 1]},
        "output": {"decoder": "yolox", "nms_iou": 0.45, "strides": [8, 16, 32]},
        "precision": "fp32",
        "files": {"model.onnx": {"sha256": hashlib.sha256(data).hexdigest(), "size_bytes": len(data)}},
        "licence": "test",
    }


def add_items(project: Any, count: int, *, start: int = 0, state: str = "queued") -> list[Item]:
    """Queued (or other) items that share one picture."""
    dataset, _ = Dataset.objects.get_or_create(project=project, name="made")
    blob = storage.put_bytes(PICTURE)
    items = Item.objects.bulk_create(
        Item(project=project, dataset=dataset, name=f"{number}.png", blob=blob, source_sha256=f"{number:064x}",
             width=64, height=48, split="train", state=state)
        for number in range(start, start + count)
    )  # fmt: skip
    if state == "queued":
        waiting = [Waiting(item.pk, "uncertain", 0.5) for item in items]
        queue.enqueue_items(project_id=project.pk, waiting=waiting)
    return items


def review(item: Item, author: Any, class_id: int) -> Annotation:
    """A person's annotation without the work around it."""
    one = {"id": "m-1", "bbox": BOX, "class_id": class_id, "origin": "manual", "prediction_id": None}
    return annotations.append_annotation(item=item, document={"objects": [one]}, author=author, origin="human")


def add_variant(project: Any, number: int = 1, **fields: Any) -> ModelVariant:
    """A model version with one variant whose file is there."""
    storage.put_bytes(ONNX)
    version = ModelVersion.objects.create(project=project, number=number, name="toy", arch="toy")
    return ModelVariant.objects.create(
        version=version, precision="fp32", manifest=manifest_of(ONNX), size_bytes=len(ONNX), **fields
    )


def build_world(project: Any, cast: Any) -> World:
    """Something of everything in the project."""
    item, reviewed = add_items(project, 2)
    label = LabelClass.objects.filter(project=project).first()
    assert label is not None
    source = PredictionSource.objects.create(project=project, kind="model", name="toy v1 fp32")
    guess = {"id": "p1", "bbox": BOX, "class_id": label.pk, "score": 0.95, "top3": [], "entropy": 0.1}
    prediction = Prediction.objects.create(item=item, source=source, document={"objects": [guess]}, object_count=1)
    review(reviewed, cast.bob, label.pk)
    Item.objects.filter(pk=reviewed.pk).update(state="reviewed")
    QueueEntry.objects.filter(item=reviewed).update(done=True)
    reviewed.refresh_from_db()
    variant = add_variant(project)
    source.reference = f"variant:{variant.pk}"
    source.save()
    deployment = Deployment.objects.create(project=project, variant=variant, source=source)
    project.active_source = source
    project.save()
    version = versions.freeze_version(actor=cast.alice, project=project)
    EvaluationReport.objects.create(variant=variant, dataset_version=version, split="test", metrics={"map50": 0.5})
    exported = storage.put_bytes(b"PK-an-export")
    run = Run.objects.create(
        project=project,
        kind="export_dataset",
        queue="io",
        created_by=cast.alice,
        result={"file": {"sha256": exported, "name": "export.zip", "size_bytes": 12}},
    )
    search = Run.objects.create(
        project=project, kind="find_similar", queue="predict", created_by=cast.bob, state="succeeded",
        checkpoint={"rows": [{"item_id": item.pk, "object": "p1", "score": 0.9, "bbox": BOX, "class_id": label.pk}]},
    )  # fmt: skip
    suggestion = Suggestion.objects.create(
        item=reviewed, author=cast.carol, author_name="Carol", document={"objects": []}, base_revision=1
    )
    return World(
        project=project,
        item=item,
        reviewed=reviewed,
        label=label,
        member=Member.objects.get(project=project, user=cast.carol),
        run=run,
        version=version,
        variant=variant,
        deployment=deployment,
        prediction=prediction,
        suggestion=suggestion,
        search=search,
    )
