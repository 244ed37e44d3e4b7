"""The retrain run on a toy project: real training, export, INT8, gate, registration, deployment, resumption."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from annotator import storage
from annotator.core.errors import RunCancelled
from annotator.jobs.runner import execute
from annotator.models import DatasetVersion, Run, RunEvent
from annotator.services import runs
from compression.jobs import JOBS
from compression.models import EvaluationReport
from prelabel.models import Deployment, ModelVariant, ModelVersion
from tests.compression.conftest import draw_manifest, shapes_manifest
from tests.compression.jobs.filled import fill
from tests.conftest import Cast, make_project

pytestmark = pytest.mark.django_db(transaction=True)
SMALL = {"base": "toy", "epochs": 2, "image_size": 96, "batch": 8, "minutes": 60.0, "seed": 5}


@pytest.fixture(autouse=True)
def smallest_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A base model small enough for a test."""
    from prelabel.core import base_models

    for slug, task_type, arch in (
        ("toy", "object_detection", "yolo11t"),
        ("toy-classifier", "image_classification", "mobilenet_v3_small"),
    ):
        toy = base_models.BaseModel(slug, task_type, arch, "Toy", "AGPL-3.0")
        monkeypatch.setitem(base_models.BASE_MODELS, slug, toy)


@pytest.fixture
def version(cast: Cast, tmp_path: Path) -> DatasetVersion:
    project = make_project(cast, "object_detection", ("vehicle", "pedestrian", "traffic_sign"))
    return fill(project, draw_manifest(tmp_path / "drawn"), tmp_path / "drawn")


def start(version: DatasetVersion, cast: Cast, **params: Any) -> Run:
    given = {**SMALL, "version_id": version.pk, **params}
    return runs.create_run(actor=cast.dora, project=version.project, kind="retrain", params=given)


def finish(run: Run) -> Run:
    execute(run.pk, JOBS["retrain"])
    run.refresh_from_db()
    return run


def test_a_run_trains_compresses_judges_registers_and_deploys(version: DatasetVersion, cast: Cast) -> None:
    run = finish(start(version, cast, deploy_if_passed=True))
    assert (run.state, run.error) == ("succeeded", None)
    model = ModelVersion.objects.get(pk=run.result["model_version_id"])
    assert set(model.training_files) == {"weights.safetensors", "architecture.json", "training.json"}
    assert model.record["seed"] == 5
    assert model.record["quantize"]
    variants = {one.precision: one for one in ModelVariant.objects.filter(version=model)}
    assert set(variants) == {"fp32", "int8"}
    assert variants["int8"].size_bytes < variants["fp32"].size_bytes
    assert variants["int8"].latency["p20_ms"] > 0
    assert variants["int8"].gate["parent_variant_id"] == variants["fp32"].pk
    assert {"map50", "map5095"} <= set(variants["fp32"].metrics)
    assert sorted(EvaluationReport.objects.values_list("variant_id", "split")) == sorted(
        (variant.pk, split) for variant in variants.values() for split in ("val", "test")
    )
    report = EvaluationReport.objects.filter(split="test").first()
    assert report is not None
    assert len(json.loads(storage.read_blob(report.per_image_sha256))["images"]) == 6
    epochs = [event.data["epoch"] for event in RunEvent.objects.filter(run=run, kind="metric")]
    assert epochs == [1.0, 2.0]
    stages = list(RunEvent.objects.filter(run=run, kind="stage").values_list("message", flat=True))
    assert [s for s in stages if s != "prepare"] == [
        "snapshot", "train", "export", "quantize", "evaluate", "benchmark", "gate", "register",
    ]  # fmt: skip
    _deployed_only_what_passed(run, variants)


def _deployed_only_what_passed(run: Run, variants: dict[str, ModelVariant]) -> None:
    deployment = Deployment.objects.filter(active=True).first()
    if variants["int8"].gate["verdict"] == "pass":
        assert deployment is not None
        assert deployment.variant_id == variants["int8"].pk
    else:  # two epochs often find nothing; the float twin has nothing to be compared with yet
        assert deployment is None or deployment.variant_id == variants["fp32"].pk
    assert run.result["deployment_id"] == (deployment.pk if deployment else None)
    if deployment is not None:
        assert Run.objects.filter(kind="predict", project=run.project).exists()


def test_a_run_taken_up_again_repeats_no_finished_stage(
    version: DatasetVersion, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    from compression.core.judging import judge as judging

    run = start(version, cast)
    real = judging.compare_latency

    def die(*args: Any, **kwargs: Any) -> Any:
        raise SystemExit("the worker is told to stop")

    monkeypatch.setattr(judging, "compare_latency", die)
    with pytest.raises(SystemExit):
        execute(run.pk, JOBS["retrain"])
    run.refresh_from_db()
    assert run.state == "queued"
    before = RunEvent.objects.filter(run=run, kind="metric").count()
    monkeypatch.setattr(judging, "compare_latency", real)
    run = finish(run)
    assert run.state == "succeeded"
    assert RunEvent.objects.filter(run=run, kind="metric").count() == before == 2
    assert ModelVersion.objects.count() == 1


def test_the_next_training_starts_from_the_last_and_is_compared_with_what_is_deployed(
    version: DatasetVersion, cast: Cast
) -> None:
    from prelabel.services.deployments import deploy_variant

    first = finish(start(version, cast))
    variant = ModelVariant.objects.get(pk=first.result["variants"]["fp32"]["id"])
    deploy_variant(actor=cast.dora, variant=variant, reason="the first model of this project", predict=False)
    second = finish(start(version, cast, base=None, epochs=1))
    assert (second.state, second.error) == ("succeeded", None)
    model = ModelVersion.objects.get(pk=second.result["model_version_id"])
    assert model.parent_id == first.result["model_version_id"]
    assert model.record["warm_start"] is True
    gates = {name: one["gate"] for name, one in second.result["variants"].items()}
    assert set(gates["int8"]["comparisons"]) == {"fp32", "deployed"}
    assert set(gates["fp32"]["comparisons"]) == {"deployed"}
    assert ModelVariant.objects.get(version=model, precision="fp32").gate["parent_variant_id"] == variant.pk
    assert second.result["deployed_before"] is not None


def test_a_person_can_stop_it_in_mid_training(version: DatasetVersion, cast: Cast, monkeypatch: Any) -> None:
    from annotator.jobs.context import RunContext

    run = start(version, cast)
    real = RunContext.metric

    def ask_to_stop(self: RunContext, **values: float) -> None:
        real(self, **values)
        runs.request_cancel(actor=cast.dora, run=run)

    monkeypatch.setattr(RunContext, "metric", ask_to_stop)
    run = finish(run)
    assert run.state == "cancelled"
    assert run.error["code"] == RunCancelled.code
    assert not ModelVersion.objects.exists()


def test_too_few_images_fail_with_the_numbers(cast: Cast, tmp_path: Path) -> None:
    project = make_project(cast, "object_detection", ("vehicle", "pedestrian", "traffic_sign"))
    manifest = draw_manifest(tmp_path / "drawn", {"train": 3, "val": 1, "test": 1})
    run = finish(start(fill(project, manifest, tmp_path / "drawn"), cast))
    assert (run.state, run.error["code"]) == ("failed", "too_few_images")
    assert "3 train" in run.error["message"]
    assert "at least 8 train" in run.error["message"]


def test_classes_without_examples_are_named_in_the_log(cast: Cast, tmp_path: Path) -> None:
    project = make_project(cast, "image_classification", ("disc", "square", "star"))
    version = fill(project, shapes_manifest(tmp_path / "drawn", {"train": 8, "val": 2, "test": 3}), tmp_path / "drawn")
    run = finish(start(version, cast, base="toy-classifier", epochs=2, image_size=32))
    assert (run.state, run.error) == ("succeeded", None)
    lines = list(RunEvent.objects.filter(run=run, kind="log").values_list("message", flat=True))
    assert "Classes without an example in train cannot be learned: star" in lines
    assert "accuracy" in ModelVariant.objects.filter(version__run=run).first().metrics  # type: ignore[union-attr]
