"""What a training starts as: the preset that a person named, fitted to the model that goes on."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from compression.core.snapshot import Snapshot
from compression.jobs.stages import preset_of
from compression.services.starts import Start
from prelabel.core.base_models import BASE_MODELS

ROAD = next(entry for entry in BASE_MODELS.values() if entry.shipped and entry.task_type == "object_detection")


def snapshot_of(classes: tuple[str, ...]) -> Snapshot:
    return Snapshot(Path(), "object_detection", classes, tuple(range(len(classes))), {})


def test_a_model_that_goes_on_with_its_classes_keeps_its_picture_size_unless_a_person_says_another() -> None:
    assert ROAD.folder is not None
    described = json.loads((ROAD.folder / "architecture.json").read_text(encoding="utf-8"))
    start = Start(described["arch"], ROAD.folder, None, "")
    known = snapshot_of(tuple(described["classes"]))
    assert preset_of({"preset": "quick"}, start, known).image_size == 416
    assert preset_of({"preset": "quick", "image_size": 320}, start, known).image_size == 320
    assert preset_of({"preset": "quick"}, start, snapshot_of(("other",))).image_size == 320
    assert preset_of({"preset": "quick"}, replace(start, folder=None), known).image_size == 320
