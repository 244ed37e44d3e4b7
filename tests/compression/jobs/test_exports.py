"""The export and benchmark runs on a real registered model, taken up after a kill, refused where they cannot be."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from annotator import storage
from annotator.core.errors import Conflict, NotFound, Unprocessable
from annotator.jobs.runner import execute
from annotator.models import AuditEvent, Dataset, DatasetVersion, Item, Run, RunEvent
from compression.core.benchmarking.device import device_profile, here_name
from compression.jobs import JOBS
from compression.models import DeviceProfile, EvaluationReport, LatencyMeasurement
from compression.services import exports
from compression.services.devices import see_device
from prelabel.models import ModelVariant
from prelabel.services.deployments import deploy_variant
from prelabel.services.registry import VersionRecord, register_variant, register_version
from tests.contracts.exported_models import Exportable, make_exportable

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Exportable:
    """The shipped road detector, at a small input."""
    return make_exportable("detector", tmp_path_factory.mktemp("road"))


@pytest.fixture
def variant(project: Any, cast: Any, given: Exportable) -> ModelVariant:
    """The detector in the registry, with pictures in its project."""
    dataset = Dataset.objects.create(project=project, name="road")
    for number, picture in enumerate(given.pictures):
        Item.objects.create(
            project=project, dataset=dataset, name=picture.name, blob=storage.put_file(picture), width=320, height=192,
            source_sha256=f"{number:064x}", split="train", state="new", media_type="image",
        )  # fmt: skip
    record = VersionRecord("road", "yolo11p", training_folder=given.model.trained)
    version = register_version(actor=cast.dora, project=project, record=record)
    return register_variant(actor=cast.dora, version=version, artifact_folder=given.model.artifact)


@pytest.fixture
def device(db: None) -> DeviceProfile:
    return see_device(name=here_name(), profile=device_profile(), queues=["train"])


def done(run: Run) -> Run:
    execute(run.pk, JOBS[run.kind])
    run.refresh_from_db()
    return run


def test_an_export_becomes_variants_with_their_parity_and_leaves_the_deployed_file_alone(
    variant: ModelVariant, cast: Any
) -> None:
    before = dict(variant.manifest["files"])
    asked = exports.start_export(actor=cast.dora, variant=variant, targets=["onnx", "openvino", "torchscript"])
    run = done(asked)
    assert (run.state, run.error) == ("succeeded", None)
    made = {one.format: one for one in ModelVariant.objects.filter(version=variant.version)}
    assert set(made) == {"onnx", "onnx_dynamic", "openvino", "torchscript"}
    assert made["onnx"].manifest["files"] == before
    for name in ("onnx_dynamic", "openvino", "torchscript"):
        parity = made[name].manifest["export"]["parity"]
        assert parity["pictures"] == 3 and parity["agreement"] >= parity["tolerance"]
        assert all(storage.has_blob(entry["sha256"]) for entry in made[name].manifest["files"].values())
    assert [one["target"] for one in run.result["exports"]] == ["onnx", "openvino", "torchscript"]
    again = Run.objects.create(
        project=variant.version.project, kind="export_model", queue="train", state="queued",
        params={**run.params, "targets": ["openvino"]},
    )  # fmt: skip
    done(again)
    assert ModelVariant.objects.filter(version=variant.version).count() == 4


def test_what_cannot_be_exported_is_told_and_the_rest_is_made(
    variant: ModelVariant, cast: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from compression.core.exporting.environments import ISOLATED

    monkeypatch.setenv("WINNOW_TARGETS_DIR", str(tmp_path))
    monkeypatch.setitem(ISOLATED, "ncnn", "a_package_that_nobody_has")
    run = done(exports.start_export(actor=cast.dora, variant=variant, targets=["ncnn", "openvino"]))
    assert run.state == "succeeded"
    assert run.result["exports"][0]["error"]["code"] == "target_missing"
    assert "install_target ncnn" in RunEvent.objects.filter(run=run, message__startswith="ncnn").get().message
    alone = done(exports.start_export(actor=cast.dora, variant=variant, targets=["ncnn"]))
    assert (alone.state, alone.error["code"]) == ("failed", "target_missing")


def test_a_killed_export_takes_up_what_was_finished(
    variant: ModelVariant, cast: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from compression.core.targets.openvino import OpenVinoTarget
    from compression.jobs import export_model

    run = exports.start_export(actor=cast.dora, variant=variant, targets=["openvino"])

    def killed(**_: Any) -> None:
        raise SystemExit("SIGKILL after the file was written, before it was registered")

    with monkeypatch.context() as patch:
        patch.setattr(export_model, "register_variant", killed)
        with pytest.raises(SystemExit):
            execute(run.pk, JOBS["export_model"])
    monkeypatch.setattr(OpenVinoTarget, "export", lambda *_: pytest.fail("it was exported already"))
    assert done(run).state == "succeeded"
    assert ModelVariant.objects.filter(version=variant.version, format="openvino").exists()


def test_a_benchmark_is_done_in_the_devices_queue_and_kept_once_a_device(
    variant: ModelVariant, cast: Any, device: DeviceProfile
) -> None:
    run = exports.start_benchmark(actor=cast.dora, variant=variant, device_id=device.pk)
    assert run.queue == f"device.{device.pk}"
    assert done(run).state == "succeeded", run.error
    kept = LatencyMeasurement.objects.get(variant=variant, device=device)
    assert 0 < kept.p20_ms <= kept.p50_ms <= kept.p95_ms
    assert set(kept.result["baselines"]) == {"pytorch_eager_fp32", "best_fp32"}
    assert kept.result["macs"] > 0 and kept.result["memory"]["peak_bytes"] > 0
    assert AuditEvent.objects.filter(verb="model.benchmark", target_id=str(variant.pk)).exists()


def test_a_worker_refuses_to_measure_for_another_machine(
    variant: ModelVariant, cast: Any, device: DeviceProfile
) -> None:
    other = see_device(name="elsewhere", profile={"cpu": "x", "cores": 4}, queues=["predict"])
    run = done(exports.start_benchmark(actor=cast.dora, variant=variant, device_id=other.pk))
    assert (run.state, run.error["code"]) == ("failed", "wrong_device")


def test_starting_is_refused_where_it_makes_no_sense(variant: ModelVariant, cast: Any, device: DeviceProfile) -> None:
    def export(**fields: Any) -> Callable[[], Run]:
        return lambda: exports.start_export(**{"actor": cast.dora, "variant": variant, "targets": ["onnx"]} | fields)

    with pytest.raises(Unprocessable, match="no target “tflite”"):
        export(targets=["tflite"])()
    with pytest.raises(Unprocessable, match="not written in int8"):
        export(targets=["openvino"], precision="int8")()
    variant.version.training_files = {}
    with pytest.raises(Unprocessable, match="came as a file alone"):
        export(targets=["torchscript"])()
    with pytest.raises(NotFound):
        exports.start_benchmark(actor=cast.dora, variant=variant, device_id=10**9)
    DeviceProfile.objects.update(last_seen=timezone.now() - timedelta(hours=1))
    with pytest.raises(Conflict, match="no worker"):
        exports.start_benchmark(actor=cast.dora, variant=variant, device_id=device.pk)
    variant.manifest = {**variant.manifest, "target": "ncnn"}
    with pytest.raises(Unprocessable, match="export itself"):
        export()()
    with pytest.raises(Unprocessable, match="cannot predict here"):
        deploy_variant(actor=cast.dora, variant=variant)


def test_an_export_goes_to_a_machine_that_has_the_converters(variant: ModelVariant, cast: Any) -> None:
    """The usual queue while all are alike; the able machine's own where they differ."""
    see_device(name="plain", profile={"cpu": "x", "targets": {"onnx": None, "tensorrt": "no GPU"}}, queues=["train"])
    gpu = see_device(
        name="gpu", profile={"cpu": "y", "targets": {"onnx": None, "tensorrt": None}}, queues=["train_gpu"]
    )

    def queue_of(*targets: str) -> str:
        return exports.start_export(actor=cast.dora, variant=variant, targets=list(targets)).queue

    assert queue_of("onnx") == "train"
    assert queue_of("onnx", "tensorrt") == gpu.queue


def test_queues_of_a_machines_living_workers_are_listed_together(db: None) -> None:
    see_device(name="box", profile={"cpu": "x", "cores": 2}, queues=["train_gpu"])
    assert see_device(name="box", profile={"cpu": "x", "cores": 2}, queues=["predict"]).queues == [
        "predict", "train_gpu",
    ]  # fmt: skip
    DeviceProfile.objects.update(last_seen=timezone.now() - timedelta(hours=1))
    assert see_device(name="box", profile={"cpu": "x", "cores": 2}, queues=["predict"]).queues == ["predict"]


def test_a_downloaded_bundle_holds_model_card_and_examples(variant: ModelVariant, cast: Any, client_of: Any) -> None:
    version = DatasetVersion.objects.create(
        project=variant.version.project, number=1, manifest_sha256="0" * 64, counts={"train": 9, "val": 3, "test": 3}
    )
    variant.version.dataset_version = version
    variant.version.save()
    EvaluationReport.objects.create(
        variant=variant, dataset_version=version, split="test", intervals={"map50": [0.7, 0.8]},
        metrics={
            "map50": 0.75,
            "per_class": {str(n): {"map50": v, "map5095": v, "truths": 9} for n, v in enumerate((0.8, 0.7, 0.75))},
        },
    )  # fmt: skip
    answer = client_of(cast.alice).get(f"/api/variants/{variant.pk}/download/")
    assert answer.streaming and answer["Content-Disposition"] == 'attachment; filename="road-v1-fp32.zip"'
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as bundle:
        assert bundle.testzip() is None
        assert set(bundle.namelist()) == {
            "manifest.json", "labels.txt", "README.md", "MODEL_CARD.md", "model.onnx", "examples/run_onnxruntime.py",
            "examples/run_openvino.py",
        }  # fmt: skip
        card = bundle.read("MODEL_CARD.md").decode()
        assert storage.put_bytes(bundle.read("model.onnx")) == variant.manifest["files"]["model.onnx"]["sha256"]
    assert "| test | map50 | 0.7500 | 0.7000 to 0.8000 |" in card
    assert "pedestrian 0.700" in card


def test_a_bundle_of_a_target_is_there_once_it_was_exported(variant: ModelVariant, cast: Any, client_of: Any) -> None:
    client, address = client_of(cast.alice), f"/api/variants/{variant.pk}/download/?target=openvino"
    missing = client.get(address)
    assert (missing.status_code, "export it first" in missing.json()["message"]) == (404, True)
    done(exports.start_export(actor=cast.dora, variant=variant, targets=["openvino"]))
    answer = client.get(address)
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as bundle:
        assert {"model.xml", "model.bin", "examples/run_openvino.py"} <= set(bundle.namelist())
        assert "of the answers agree" in bundle.read("MODEL_CARD.md").decode()


def test_devices_and_starts_over_http(variant: ModelVariant, cast: Any, client_of: Any, device: DeviceProfile) -> None:
    dora = client_of(cast.dora)
    (row,) = dora.get("/api/devices/").json()["results"]
    assert (row["id"], row["online"], row["here"]) == (device.pk, True, True)
    assert row["targets"]["onnx"] is None and row["runtimes"]["onnxruntime"]
    export = dora.post(f"/api/variants/{variant.pk}/export/", {"targets": ["openvino"]}, format="json")
    assert (export.status_code, export.json()["kind"]) == (202, "export_model")
    wrong = dora.post(f"/api/variants/{variant.pk}/export/", {"targets": ["onnx", "psd"]}, format="json")
    assert (wrong.status_code, wrong.json()["details"]["field"]) == (422, "targets.1")
    benchmark = dora.post(f"/api/variants/{variant.pk}/benchmark/", {"device_id": device.pk}, format="json")
    assert (benchmark.status_code, benchmark.json()["queue"]) == (202, f"device.{device.pk}")
    options = dora.get(f"/api/projects/{variant.version.project_id}/compress/options/").json()
    assert {one["slug"]: one["missing"] for one in options["targets"]}["onnx"] is None
