"""Compressing the model that ships with Winnow: an int8 file and its weights, no fp32 file."""

from __future__ import annotations

from pathlib import Path

import pytest

from compression.models import EvaluationReport, LatencyMeasurement
from prelabel.core.base_models import SHIPPED
from prelabel.models import ModelVersion
from prelabel.services import registry
from tests.compression.conftest import draw_manifest
from tests.compression.jobs.filled import fill
from tests.compression.jobs.sources import INT8, finish, start
from tests.conftest import Cast, make_project

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("brief")]


@pytest.fixture
def source(cast: Cast, tmp_path: Path) -> ModelVersion:
    project = make_project(cast, "object_detection", ("vehicle", "pedestrian", "traffic_sign"))
    version = fill(project, draw_manifest(tmp_path / "drawn"), tmp_path / "drawn")
    folder = SHIPPED / "road"
    record = registry.VersionRecord("winnow-road", "yolo11p", dataset_version=version, training_folder=folder)
    made = registry.register_version(actor=cast.dora, project=project, record=record)
    registry.register_variant(actor=cast.dora, version=made, artifact_folder=folder)
    return made


def test_what_was_measured_of_its_weights_in_fp32_is_not_said_of_its_int8_file(
    source: ModelVersion, cast: Cast
) -> None:
    run = finish(start(source, cast, INT8))
    assert (run.state, run.error) == ("succeeded", None)
    variants = {one.precision: one for one in source.variants.all()}
    assert set(variants) == {"int8", "fp32"}  # the fp32 file that it was compared with joined them
    judged = EvaluationReport.objects.filter(run=run)
    assert not judged.filter(variant=variants["int8"]).exists()
    assert set(judged.filter(variant=variants["fp32"]).values_list("split", flat=True)) == {"val", "test"}
    assert not LatencyMeasurement.objects.filter(variant=variants["int8"]).exists()
    assert LatencyMeasurement.objects.filter(variant=variants["fp32"]).exists()
    first = run.result["table"][0]
    assert first["name"] == "source fp32" and first["size_bytes"] > 2 * variants["int8"].size_bytes
    assert (variants["fp32"].metrics or {})["map50"] == pytest.approx(first["metric"])
    made = ModelVersion.objects.get(parent=source).variants.get()  # its int8 file is another than the shipped one
    assert (made.gate or {})["parent_variant_id"] == variants["fp32"].pk
