"""The evaluate run: the shipped road model on drawn scenes that it has never seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from annotator import storage
from annotator.jobs.runner import execute
from annotator.models import DatasetVersion, Run
from annotator.services import runs
from annotator.services.versions import read_manifest
from compression.core.judging.evaluation import evaluate
from compression.core.snapshot import materialize
from compression.jobs import JOBS
from compression.models import EvaluationReport
from prelabel.core.base_models import SHIPPED
from prelabel.models import ModelVariant
from prelabel.selectors.registry import model_rows
from prelabel.services import registry
from tests.compression.conftest import draw_manifest
from tests.compression.jobs.filled import fill
from tests.conftest import Cast, make_project

pytestmark = pytest.mark.django_db(transaction=True)
SPLITS = {"train": 8, "val": 2, "test": 4}


@pytest.fixture
def version(cast: Cast, tmp_path: Path) -> DatasetVersion:
    project = make_project(cast, "object_detection", ("vehicle", "pedestrian", "traffic_sign"))
    return fill(project, draw_manifest(tmp_path / "drawn", SPLITS), tmp_path / "drawn")


@pytest.fixture
def variant(version: DatasetVersion, cast: Cast) -> ModelVariant:
    record = registry.VersionRecord("winnow-road", "yolo11p")
    made = registry.register_version(actor=cast.dora, project=version.project, record=record)
    return registry.register_variant(actor=cast.dora, version=made, artifact_folder=SHIPPED / "road")


def done(cast: Cast, version: DatasetVersion, variant_id: int) -> Run:
    params = {"variant_id": variant_id, "version_id": version.pk}
    run = runs.create_run(actor=cast.dora, project=version.project, kind="evaluate", params=params)
    execute(run.pk, JOBS["evaluate"])
    run.refresh_from_db()
    return run


def test_the_models_page_shows_what_was_measured_on_test(
    version: DatasetVersion, variant: ModelVariant, cast: Cast, tmp_path: Path
) -> None:
    run = done(cast, version, variant.pk)
    assert (run.state, run.error, run.queue) == ("succeeded", None, "train")
    snapshot = materialize(read_manifest(version), tmp_path / "again", storage.blob_path)
    directly = evaluate(SHIPPED / "road", snapshot.items["test"], snapshot.classes, "object_detection").metrics
    shown = model_rows(version.project_id)[0]["variants"][0]["metrics"]
    assert shown["map50"] == pytest.approx(directly["map50"]) and shown["map50"] > 0
    assert run.result["images"] == {"val": 2, "test": 4}
    reports = EvaluationReport.objects.filter(variant=variant, dataset_version=version, run=run)
    assert set(reports.values_list("split", flat=True)) == {"val", "test"}
    assert reports.get(split="test").intervals["map50"]


def test_val_says_how_often_scores_are_right_and_why_nothing_is_accepted(
    version: DatasetVersion, variant: ModelVariant, cast: Cast
) -> None:
    done(cast, version, variant.pk)
    variant.refresh_from_db()
    found = variant.calibration
    assert (found["kind"], found["pictures"], found["dataset_version"]) == ("none", 2, version.number)
    assert found["reason"]["code"] == "few"
    assert set(found["thresholds"]["0.98"]) == {"vehicle", "pedestrian", "traffic_sign"}
    assert all(row["threshold"] is None and row["reason"] == "few" for row in found["thresholds"]["0.98"].values())


def test_a_second_evaluation_renews_the_reports(version: DatasetVersion, variant: ModelVariant, cast: Cast) -> None:
    first, second = done(cast, version, variant.pk), done(cast, version, variant.pk)
    assert first.result["metrics"] == second.result["metrics"]
    assert set(EvaluationReport.objects.values_list("run_id", flat=True)) == {second.pk}


def test_a_variant_of_another_project_is_not_found(version: DatasetVersion, cast: Cast) -> None:
    run = done(cast, version, 10**9)
    assert (run.state, run.error["code"]) == ("failed", "not_found")
