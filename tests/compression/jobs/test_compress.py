"""The compress run on a toy project: real steps, real files, a whole passage each, kills in every stage."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from annotator.core.errors import RunFailed
from annotator.jobs.runner import execute
from annotator.models import DatasetVersion, Run, RunEvent
from annotator.services import runs
from compression.core.planning import latency_floor
from compression.core.trainer import Trained
from compression.jobs import JOBS
from compression.models import CompressionTrial, EvaluationReport, LatencyMeasurement
from compression.services.devices import see_device
from prelabel.models import Deployment, ModelVariant, ModelVersion
from tests.compression.conftest import draw_manifest
from tests.compression.jobs.filled import fill
from tests.compression.jobs.sources import INT8, LOOSE, PRUNE, finish, register_toy, start
from tests.conftest import Cast, make_project

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def version(cast: Cast, tmp_path: Path) -> DatasetVersion:
    project = make_project(cast, "object_detection", ("vehicle", "pedestrian", "traffic_sign"))
    return fill(project, draw_manifest(tmp_path / "drawn"), tmp_path / "drawn")


@pytest.fixture
def source(version: DatasetVersion, trained: Trained, fp32: Path, cast: Cast) -> ModelVersion:
    """A trained toy detector of the project."""
    return register_toy(cast.dora, version, trained, fp32)


def stages_of(run: Run) -> list[str]:
    return list(RunEvent.objects.filter(run=run, kind="stage").values_list("message", flat=True))


@pytest.mark.usefixtures("short_benchmark")
def test_the_quick_plan_adds_an_int8_file_to_the_model(source: ModelVersion, cast: Cast) -> None:
    run = finish(start(source, cast, INT8, targets=["openvino"]))
    assert (run.state, run.error) == ("succeeded", None)
    result = run.result
    assert result["model_version_ids"] == [source.pk]  # the same weights: another file of the same version
    best = ModelVariant.objects.get(pk=result["best_variant_id"])
    fp32 = ModelVariant.objects.get(version=source, precision="fp32")
    assert (best.precision, best.version_id) == ("int8", source.pk)
    assert best.size_bytes < 0.5 * fp32.size_bytes
    assert best.gate is not None and best.gate["parent_variant_id"] == fp32.pk
    assert result["targets_met"] is True
    assert [row["name"] for row in result["table"]] == ["source fp32", "quantize int8"]
    assert result["table"][1]["ratio"] > 2
    assert result["table"][1]["speedup_eager"] > 0 and result["table"][1]["speedup_best"] > 0
    reported = set(EvaluationReport.objects.values_list("variant_id", "split"))
    assert reported == {(one.pk, split) for one in (best, fp32) for split in ("val", "test")}
    assert set(LatencyMeasurement.objects.values_list("variant_id", flat=True)) == {best.pk, fp32.pk}
    assert {"few_images"} <= {one["code"] for one in result["advice"]}
    export = Run.objects.get(pk=result["export_run_id"])
    assert (export.kind, export.params["variant_id"]) == ("export_model", best.pk)
    assert stages_of(run) == [
        "snapshot", "source", "step 1/1 quantize", "evaluate", "benchmark", "gate", "register", "export",
    ]  # fmt: skip


@pytest.mark.usefixtures("brief")
def test_pruned_weights_become_a_version_of_their_own(source: ModelVersion, cast: Cast) -> None:
    run = finish(start(source, cast, PRUNE, INT8, deploy_if_passed=True))
    assert (run.state, run.error) == ("succeeded", None)
    made = ModelVersion.objects.get(pk=run.result["model_version_ids"][0])
    assert (made.parent_id, made.run_id, made.name) == (source.pk, run.pk, "yolo11t pruned 50 %")
    assert set(made.training_files) >= {"weights.safetensors", "architecture.json", "training.json"}
    assert [one["step"] for one in made.record["steps"]] == ["prune", "quantize"]
    variants = {one.precision: one for one in made.variants.all()}
    assert set(variants) == {"fp32", "int8"}
    assert run.result["front"] == [variants["int8"].pk] == [run.result["best_variant_id"]]
    sizes = [row["size_bytes"] for row in run.result["table"]]
    assert sizes[0] > sizes[1] and run.result["table"][-1]["ratio"] > 1
    told_of_source = RunEvent.objects.get(run=run, kind="log", message__startswith="source: ")
    assert f"{sizes[0] / 1e6:.3f} MB, val " in told_of_source.message
    told = [one.data for one in RunEvent.objects.filter(run=run, kind="log") if "step" in one.data]
    assert [one["step"] for one in told] == ["prune", "quantize"]
    assert all({"size_bytes", "metric", "latency_ms", "seconds"} <= set(one) for one in told)
    verdict = (variants["int8"].gate or {})["verdict"]
    assert Deployment.objects.filter(variant=variants["int8"]).exists() == (verdict == "pass")


STOPS: dict[str, tuple[str, str]] = {
    "in the middle of pruning": ("compression.core.steps.prune", "rebuild"),
    "after a step, before it is judged": ("compression.core.planning.pipeline", "compare_latency"),
    "while quantizing": ("compression.core.steps.quantize", "Trials"),
    "while evaluating on test": ("compression.core.judging.judge", "describe"),
    "while timing": ("compression.core.judging.judge", "measure"),
    "at the gate": ("compression.core.judging.judge", "decide_within"),
    "while registering": ("compression.jobs.candidates", "register_training"),
    "before the latencies are kept": ("compression.jobs.compress", "keep_latencies"),
}


@pytest.mark.usefixtures("brief")
def test_a_run_killed_in_every_stage_makes_one_model_and_repeats_no_step(
    source: ModelVersion, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = start(source, cast, PRUNE, INT8)
    for where, name in STOPS.values():
        with monkeypatch.context() as patch:
            patch.setattr(f"{where}.{name}", _die)
            with pytest.raises(SystemExit):
                execute(run.pk, JOBS["compress"])
        run.refresh_from_db()
        assert run.state == "queued"
    run = finish(run)
    assert (run.state, run.error) == ("succeeded", None)
    assert ModelVersion.objects.filter(run=run).count() == 1
    assert ModelVariant.objects.filter(version__run=run).count() == 2
    epochs = RunEvent.objects.filter(run=run, kind="metric").count()
    assert epochs == 1  # the one epoch after pruning was trained once
    steps = [one.data["step"] for one in RunEvent.objects.filter(run=run, kind="log") if "step" in one.data]
    assert steps == ["prune", "quantize"]


def _die(*args: Any, **kwargs: Any) -> Any:
    raise SystemExit("the worker is told to stop")


@pytest.mark.usefixtures("brief")
def test_a_failed_run_is_done_again_from_the_stage_that_is_named(
    source: ModelVersion, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = start(source, cast, PRUNE, INT8)
    with monkeypatch.context() as patch:
        patch.setattr("compression.core.judging.judge.decide_within", _fail)
        run = finish(run)
    assert (run.state, run.error["code"]) == ("failed", "run_failed")
    steps = Path(run_folder(run)) / "compress" / "steps"
    before = {path.name: _written(path) for path in steps.iterdir()}
    run = finish(runs.retry_run(actor=cast.dora, run=run, stage="step 2/2 quantize"))
    assert (run.state, run.error) == ("succeeded", None)
    told = [one.data["step"] for one in RunEvent.objects.filter(run=run, kind="log") if "step" in one.data]
    assert told == ["prune", "quantize", "quantize"]
    assert len(before) == 2


def _fail(*args: Any, **kwargs: Any) -> Any:
    raise RunFailed("the gate fell from its hinges")


def _written(path: Path) -> float:
    return (path / "model.json").stat().st_mtime


def run_folder(run: Run) -> Path:
    from django.conf import settings

    return Path(settings.DATA_DIR) / "runs" / str(run.pk)


@pytest.mark.slow
@pytest.mark.usefixtures("brief")
def test_a_search_tries_plans_within_its_budget_and_goes_on_after_a_kill(
    source: ModelVersion, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut = {"step": "prune", "options": {"amount": 0.5, "epochs": 0}}
    run = start(source, cast, cut, INT8, search={"minutes": None, "trials": 3})
    from compression.jobs import compress

    real, heard = compress.record_trial, []

    def die_in_the_second(**values: Any) -> None:
        real(**values)
        heard.append(values["number"])
        if heard[-1] == 1:
            raise SystemExit("the worker is told to stop")

    with monkeypatch.context() as patch:
        patch.setattr(compress, "record_trial", die_in_the_second)
        with pytest.raises(SystemExit):
            execute(run.pk, JOBS["compress"])
    run.refresh_from_db()
    assert run.state == "queued"
    assert list(CompressionTrial.objects.values_list("number", "state")) == [(0, "complete"), (1, "running")]
    run = finish(run)
    assert (run.state, run.error) == ("succeeded", None)
    trials = list(CompressionTrial.objects.filter(run=run))
    assert [(one.number, one.state) for one in trials] == [(number, "complete") for number in range(3)]
    assert len({str(one.plan) for one in trials}) == 3
    assert any(one.on_front and one.variant_id for one in trials)
    assert set(run.result["front"]) == {one.variant_id for one in trials if one.variant_id}


@pytest.mark.usefixtures("brief")
def test_a_size_below_the_floor_of_the_network_is_refused_before_any_training(source: ModelVersion, cast: Cast) -> None:
    run = finish(start(source, cast, PRUNE, INT8, budgets={"size_mb": 0.02, "max_drop": 1.0}))
    assert (run.state, run.error["code"]) == ("failed", "below_possible")
    assert run.error["details"]["least_mb"] > 0.02
    assert not RunEvent.objects.filter(run=run, kind="metric").exists()


@pytest.mark.usefixtures("brief")
def test_a_latency_that_the_smallest_network_misses_clearly_is_refused_before_any_training(
    source: ModelVersion, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(latency_floor, "contention", lambda rows, load: {"busy": False})
    run = finish(start(source, cast, PRUNE, INT8, budgets={"latency_ms": 0.001, "max_drop": 1.0}))
    assert (run.state, run.error["code"]) == ("failed", "latency_below_possible")
    told = run.error["details"]
    assert told["field"] == "budgets.latency_ms"
    assert told["least_ms"] > 0.001 and told["source_ms"] > 0
    assert (told["image_size"], told["amount"]) == (64, 0.9)  # of 160 px: two fifths
    assert f"{told['least_ms']:.2f} ms" in run.error["message"]
    assert not RunEvent.objects.filter(run=run, kind="metric").exists()


@pytest.mark.usefixtures("brief")
def test_an_unreachable_latency_is_said_with_how_near_it_came(
    source: ModelVersion, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(latency_floor, "contention", lambda rows, load: {"busy": True})  # so nothing is refused
    run = finish(start(source, cast, INT8, budgets={"latency_ms": 0.001, "max_drop": 1.0}, minutes=0.001))
    assert (run.state, run.result["targets_met"]) == ("succeeded", False)
    advice = next(one for one in run.result["advice"] if one["code"] == "target_missed")
    assert advice["severity"] == "bad"
    assert advice["values"]["target"] == "latency_ms"
    assert advice["values"]["reached"] > 0.001
    assert advice["values"]["stopped"] == "out_of_time"
    assert f"{advice['values']['least_ms']:.2f} ms here" in advice["text"]
    said = RunEvent.objects.filter(run=run, kind="log", message__contains="will hardly be reached")
    assert "Other work used the machine" in said.get().message


@pytest.mark.usefixtures("brief")
def test_a_latency_wanted_on_another_device_is_judged_by_no_number_of_this_one(
    source: ModelVersion, cast: Cast
) -> None:
    far = see_device(name="rpi-5", profile={}, queues=["train"])
    budgets = {"latency_ms": 0.001, "max_drop": 1.0, "device_id": far.pk}  # which this machine would miss
    run = finish(
        start(source, cast, INT8, budgets=budgets, gates=LOOSE | {"max_latency_ms": 1e6}, deploy_if_passed=True)
    )
    assert (run.state, run.error) == ("succeeded", None)
    assert (run.result["missed"], "targets_met" in run.result) == ([], False)
    assert run.result["unjudged"][0]["device"] == "rpi-5"
    best = ModelVariant.objects.get(pk=run.result["best_variant_id"])
    assert best.gate is not None and best.gate["verdict"] != "pass"  # a toy that finds nothing is refused besides
    rules = {one["code"]: one for one in best.gate["rules"]}
    assert rules["latency_elsewhere"]["verdict"] == "inconclusive"
    assert "not measured on rpi-5" in rules["latency_elsewhere"]["text"]
    assert not {"latency_within_limit", "latency_beyond_limit"} & set(rules)
    for row in run.result["table"]:
        assert row["latency_p20_ms"] is None and row["latency_here_ms"] > 0
        assert "not measured on rpi-5" in row["latency_note"]
    assert "latency_elsewhere" in {one["code"] for one in run.result["advice"]}
    assert run.result["deployment_id"] is None and not Deployment.objects.exists()


@pytest.mark.usefixtures("brief")
def test_a_file_that_was_tampered_with_is_refused(source: ModelVersion, cast: Cast, settings: Any) -> None:
    files = source.variants.get().manifest["files"]
    sha256 = files["model.onnx"]["sha256"]
    blob = Path(settings.DATA_DIR) / "blobs" / sha256[:2] / sha256
    data = bytearray(blob.read_bytes())
    data[len(data) // 2] ^= 0xFF
    blob.write_bytes(bytes(data))
    run = finish(start(source, cast, INT8))
    assert (run.state, run.error["code"]) == ("failed", "bad_artifact")


@pytest.mark.usefixtures("brief")
def test_a_disk_without_room_stops_the_run_which_can_be_retried(
    source: ModelVersion, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    run, real = start(source, cast, INT8), shutil.disk_usage
    with monkeypatch.context() as patch:
        patch.setattr(
            "compression.core.planning.pipeline.shutil.disk_usage", lambda path: real(path)._replace(free=10**6)
        )
        run = finish(run)
    assert (run.state, run.error["code"]) == ("failed", "disk_full")
    assert "clean_artifacts" in run.error["message"]
    assert runs.retry_run(actor=cast.dora, run=run).state == "queued"


@pytest.mark.usefixtures("brief")
@pytest.mark.parametrize("plan", [[PRUNE], [INT8]])
def test_a_cancelled_run_leaves_no_model(
    source: ModelVersion, cast: Cast, monkeypatch: pytest.MonkeyPatch, plan: list[dict[str, Any]]
) -> None:
    from annotator.jobs.context import RunContext

    run = start(source, cast, *plan)
    real: Callable[..., None] = RunContext.progress

    def ask_to_stop(self: RunContext, done: int, total: int, stage: str | None = None) -> None:
        if stage and stage.startswith("step") and not Run.objects.get(pk=run.pk).cancel_requested:
            runs.request_cancel(actor=cast.dora, run=run)
        real(self, done, total, stage)

    monkeypatch.setattr(RunContext, "progress", ask_to_stop)
    assert finish(run).state == "cancelled"
    assert ModelVersion.objects.count() == 1
