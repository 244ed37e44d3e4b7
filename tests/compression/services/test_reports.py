"""Reports are stored with all that a later comparison needs, audited, and once for each variant, version and split."""

from __future__ import annotations

import json
from typing import Any

import pytest

from annotator import storage
from annotator.models import AuditEvent
from compression.core.judging.judgement import ImageResult, judge_image
from compression.core.judging.report import describe
from compression.models import EvaluationReport
from compression.services import reports
from prelabel.core.metric import Truth
from tests.compression.core.judging.judged_boxes import Shown

pytestmark = pytest.mark.django_db
CLASSES = ("car", "person")


def judged() -> list[ImageResult]:
    truth, hit = [Truth((0, 0, 20, 20), 0)], [Shown((0, 0, 20, 20), 0, 0.9)]
    return [judge_image(hit, truth, 2, item_id=1), judge_image([], truth, 2, item_id=2)]


def record(world: Any, metrics: dict[str, Any], split: str = "val") -> EvaluationReport:
    images = judged()
    return reports.record_evaluation(
        variant=world.variant,
        dataset_version=world.version,
        run=None,
        split=split,
        metrics=metrics,
        images=[image.to_json() for image in images],
        details=describe(images, CLASSES, "object_detection", resamples=20),
    )


def test_the_images_are_stored_in_the_newer_form_and_read_back(world: Any) -> None:
    report = record(world, {"map50": 0.5})
    stored = json.loads(storage.read_blob(report.per_image_sha256))
    assert stored["schema"] == 3
    assert [ImageResult.from_json(one) for one in stored["images"]] == judged()


def test_intervals_are_a_column_and_curves_a_blob(world: Any) -> None:
    report = record(world, {"map50": 0.5})
    details = json.loads(storage.read_blob(report.details_sha256))
    assert report.intervals == details["intervals"] and set(report.intervals) == {"map50", "map5095"}
    assert details["item_ids"] == [1, 2] and details["worst"][0]["item_id"] == 2


def test_evaluating_again_replaces_the_report_and_leaves_both_in_the_trail(world: Any) -> None:
    first, second = record(world, {"map50": 0.5}), record(world, {"map50": 0.6, "per_class": {}})
    assert first.pk == second.pk
    assert EvaluationReport.objects.get(pk=first.pk).metrics["map50"] == 0.6
    events = AuditEvent.objects.filter(verb="model.evaluate", target_id=str(first.pk)).order_by("pk")
    assert [event.after["again"] for event in events] == [False, True]
    assert events[1].after["metrics"] == {"map50": 0.6}
    assert events[1].project_id == world.project.pk


def test_where_the_event_cannot_be_written_there_is_no_report(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**given: Any) -> None:
        raise RuntimeError("no room")

    monkeypatch.setattr(reports.audit, "record", fail)
    with pytest.raises(RuntimeError):
        record(world, {"map50": 0.5})
    assert not EvaluationReport.objects.filter(split="val").exists()
