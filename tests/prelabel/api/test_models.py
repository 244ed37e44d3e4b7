"""Models over HTTP: import refusals, the gate at the door, deploy, roll back, download."""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from annotator import storage
from annotator.models import PredictionSource, Project, Run
from prelabel.models import Deployment
from tests.world import ONNX, add_variant, manifest_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def dora(cast: Any, client_of: Any) -> APIClient:
    return client_of(cast.dora)


def send(client: APIClient, project: Any, manifest: Any, data: bytes = ONNX, name: str = "model.onnx") -> Any:
    text = manifest if isinstance(manifest, bytes) else json.dumps(manifest).encode()
    body = {"manifest": SimpleUploadedFile("manifest.json", text), "model": SimpleUploadedFile(name, data)}
    return client.post(f"/api/projects/{project.pk}/models/", body)


def test_a_model_with_its_manifest_becomes_a_run_that_checks_it(dora: APIClient, project: Any) -> None:
    answer = send(dora, project, manifest_of(ONNX))
    run = Run.objects.get()
    assert answer.status_code == 202
    assert (run.kind, run.queue) == ("import_model", "predict")
    assert run.params["manifest"]["files"]["model.onnx"]["size_bytes"] == len(ONNX)


def test_a_manifest_without_a_sha256_gets_the_files_own(dora: APIClient, project: Any) -> None:
    send(dora, project, manifest_of(ONNX) | {"files": {}})
    files = Run.objects.get().params["manifest"]["files"]
    assert files == manifest_of(ONNX)["files"]


def test_training_files_that_a_manifest_also_lists_do_not_confuse_the_check(dora: APIClient, project: Any) -> None:
    manifest = manifest_of(ONNX)
    manifest["files"] = {"weights.safetensors": {"sha256": "0" * 64, "size_bytes": 1}} | manifest["files"]
    assert send(dora, project, manifest, name="toy.onnx").status_code == 202
    assert list(Run.objects.get().params["manifest"]["files"]) == ["model.onnx"]


class Evil:
    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return (exec, ("raise SystemExit('the pickle ran')",))


def torch_like_zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as bundle:
        bundle.writestr("archive/data.pkl", pickle.dumps(Evil()))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("model.pt", ONNX),
        ("model.pkl", pickle.dumps(Evil())),
        ("model.onnx", pickle.dumps(Evil())),
        ("model.onnx", torch_like_zip()),
        ("model.txt", ONNX),
        ("..onnx", ONNX),
    ],
)
def test_pickles_and_other_files_are_refused_and_never_opened(
    dora: APIClient, project: Any, name: str, data: bytes
) -> None:
    answer = send(dora, project, manifest_of(data), data, name)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_artifact")
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    ("manifest", "field"),
    [
        (manifest_of(b"other bytes"), "files"),
        (manifest_of(ONNX, task_type="image_classification"), None),
        (manifest_of(ONNX) | {"classes": []}, "classes"),
        (manifest_of(ONNX) | {"classes": ["a", "a"]}, "classes"),
        (manifest_of(ONNX) | {"schema": 99}, "schema"),
        (b"{", "manifest"),
        (b"[" * 100_000, "manifest"),
        (b"[]", "manifest"),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused_with_its_field(
    dora: APIClient, project: Any, manifest: Any, field: str | None
) -> None:
    answer = send(dora, project, manifest)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_artifact")
    assert field is None or answer.json()["details"]["field"] == field
    assert not Run.objects.exists()


def test_a_model_for_another_task_is_refused(dora: APIClient, classification_project: Any) -> None:
    answer = send(dora, classification_project, manifest_of(ONNX))
    assert answer.json()["details"]["field"] == "task_type"


def test_a_model_above_the_limit_is_refused_by_name(dora: APIClient, project: Any, settings: Any) -> None:
    settings.MODEL_MAX_BYTES = 5
    answer = send(dora, project, manifest_of(ONNX))
    assert answer.status_code == 413 and "WINNOW_MODEL_MAX_MB" in answer.json()["message"]


def test_models_are_listed_with_what_a_training_can_start_from(dora: APIClient, world: Any) -> None:
    found = dora.get(f"/api/projects/{world.project.pk}/models/").json()
    version = found["results"][0]
    assert (version["name"], version["trainable"]) == ("toy", False)
    assert version["variants"][0]["deployed"] is True
    assert version["variants"][0]["input"]["width"] == 64
    bases = {one["slug"]: one for one in found["base_models"]}
    assert bases["yolo11n"]["default"] and "mobilenet_v2" not in bases


def deploy(client: APIClient, variant: Any, reason: str = "") -> Any:
    return client.post(f"/api/variants/{variant.pk}/deploy/", {"reason": reason}, format="json")


def test_a_deploy_makes_the_variant_the_source_and_predicts_again(dora: APIClient, project: Any) -> None:
    variant = add_variant(project)
    answer = deploy(dora, variant)
    source = PredictionSource.objects.get(project=project)
    run = Run.objects.get()
    assert answer.status_code == 201
    assert (answer.json()["variant_id"], answer.json()["predict_run_id"]) == (variant.pk, run.pk)
    assert (run.kind, run.params) == ("predict", {"scope": "unreviewed"})
    assert Project.objects.get(pk=project.pk).active_source == source
    assert source.reference == f"variant:{variant.pk}"


def test_what_the_gate_refused_is_not_deployed_by_a_reason_alone(dora: APIClient, project: Any) -> None:
    variant = add_variant(project, gate={"verdict": "refuse", "drop": 0.9, "reasons": ["precision 0.08 of 0.69"]})
    answer = deploy(dora, variant, "I really want this one")
    assert (answer.status_code, answer.json()["code"]) == (409, "gate_refused")
    assert "0.08" in answer.json()["message"]
    assert not Deployment.objects.exists() and not Run.objects.exists()


def test_a_refusal_is_overridden_by_saying_so_and_why(dora: APIClient, project: Any) -> None:
    variant = add_variant(project, gate={"verdict": "refuse", "drop": 0.9, "reasons": ["precision 0.08 of 0.69"]})
    address = f"/api/variants/{variant.pk}/deploy/"
    short = dora.post(address, {"reason": "because", "override": True}, format="json")
    assert (short.status_code, short.json()["code"]) == (409, "gate_refused")
    assert short.json()["details"]["gate_reasons"] == ["precision 0.08 of 0.69"]
    answer = dora.post(address, {"reason": "only a fallback is needed", "override": True}, format="json")
    assert answer.status_code == 201
    assert Deployment.objects.get().reason == "only a fallback is needed"


def test_what_the_gate_could_not_tell_needs_a_typed_reason(dora: APIClient, project: Any) -> None:
    variant = add_variant(project, gate={"verdict": "inconclusive", "drop": 0.01, "interval": [-0.05, 0.07]})
    for reason in ("", "   ok     "):
        answer = deploy(dora, variant, reason)
        assert (answer.status_code, answer.json()["code"]) == (409, "gate_inconclusive")
    assert deploy(dora, variant, "small test set, looked at 40 pictures").status_code == 201
    assert Deployment.objects.get().reason == "small test set, looked at 40 pictures"


def test_one_deployment_is_active_and_a_second_press_changes_nothing(dora: APIClient, project: Any) -> None:
    first, second = add_variant(project, 1), add_variant(project, 2)
    deploy(dora, first)
    made = deploy(dora, second).json()
    again = deploy(dora, second).json()
    assert again["id"] == made["id"]
    assert Deployment.objects.count() == 2
    assert Deployment.objects.get(active=True).variant == second


def test_rollback_goes_back_one_by_one_and_then_no_further(dora: APIClient, project: Any) -> None:
    variants = [add_variant(project, number) for number in (1, 2, 3)]
    for variant in variants:
        deploy(dora, variant)
    address = f"/api/projects/{project.pk}/rollback/"
    assert dora.post(address, {"reason": "bad"}, format="json").json()["variant_id"] == variants[1].pk
    assert dora.post(address, {}, format="json").json()["variant_id"] == variants[0].pk
    end = dora.post(address, {}, format="json")
    assert (end.status_code, end.json()["code"]) == (409, "nothing_to_roll_back_to")
    assert "bad" in Deployment.objects.get(variant=variants[1], previous__variant=variants[0], active=False,
                                           reason__contains="rollback").reason  # fmt: skip


def test_without_a_deployment_there_is_nothing_to_predict_with(dora: APIClient, project: Any) -> None:
    answer = dora.post(f"/api/projects/{project.pk}/predict/", {}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_deployed")


def test_predict_is_a_run(dora: APIClient, world: Any) -> None:
    answer = dora.post(f"/api/projects/{world.project.pk}/predict/", {"scope": "new"}, format="json")
    assert (answer.status_code, answer.json()["queue"]) == (202, "predict")
    assert answer.json()["params"]["scope"] == "new"


@pytest.mark.parametrize("precision", ["nan", "0.4", "1.01", "x", "inf"])
def test_a_precision_out_of_range_is_refused(dora: APIClient, world: Any, precision: str) -> None:
    answer = dora.get(f"/api/projects/{world.project.pk}/thresholds/estimate/?precision={precision}")
    assert answer.status_code == 422


def test_without_reviewed_val_items_there_is_no_estimate(dora: APIClient, world: Any) -> None:
    found = dora.get(f"/api/projects/{world.project.pk}/thresholds/estimate/").json()
    assert (found["accept"], found["show"], found["n"], found["curve"]) == (None, None, 0, [])


def test_refused_bytes_are_not_kept(dora: APIClient, project: Any) -> None:
    import hashlib

    data = pickle.dumps(Evil())
    send(dora, project, manifest_of(data), data)
    assert not storage.has_blob(hashlib.sha256(data).hexdigest())
