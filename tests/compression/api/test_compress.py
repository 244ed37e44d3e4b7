"""Starting a compression: what can be chosen, what it would take, and every refusal with its field."""

from __future__ import annotations

import shutil
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from annotator.models import AuditEvent, DatasetVersion, Run
from annotator.services import versions
from compression.models import CompressionTrial, DeviceProfile, EvaluationReport, LatencyMeasurement
from prelabel.models import ModelVersion
from tests.world import add_items, add_variant, review

pytestmark = pytest.mark.django_db
SPLITS = {"train": 8, "val": 2, "test": 2}


@pytest.fixture
def dora(cast: Any, client_of: Any) -> APIClient:
    return client_of(cast.dora)


@pytest.fixture
def ready(world: Any, cast: Any) -> DatasetVersion:
    """A version that is large enough, and a model that can be trained on."""
    start = 500
    for split, count in SPLITS.items():
        for item in add_items(world.project, count, start=start, state="reviewed"):
            item.split = split
            item.save()
            review(item, cast.bob, world.label.pk)
        start += 50
    files = {"weights.safetensors": {"sha256": "0" * 64, "size_bytes": 1}}
    ModelVersion.objects.filter(pk=world.variant.version_id).update(training_files=files)
    return versions.freeze_version(actor=cast.alice, project=world.project)


def body(world: Any, version: DatasetVersion | None, **changes: Any) -> dict[str, Any]:
    return {
        "dataset_version_id": version.pk if version else None,
        "source": {"model_version_id": world.variant.version_id},
        "preset": "quick",
    } | changes


def send(client: APIClient, world: Any, given: dict[str, Any], what: str = "", **headers: str) -> Any:
    return client.post(f"/api/projects/{world.project.pk}/compress/{what}", given, format="json", **headers)


def test_a_preset_is_queued_with_its_steps_written_out(dora: APIClient, world: Any, ready: DatasetVersion) -> None:
    answer = send(dora, world, body(world, ready, preset="balanced"))
    assert answer.status_code == 202, answer.content
    row = answer.json()
    assert (row["kind"], row["queue"], row["state"]) == ("compress", "train", "queued")
    steps = row["params"]["plan"]
    assert [one["step"] for one in steps] == ["prune", "quantize"]
    assert steps[0]["options"]["importance"] == "l2"  # a default, written out
    assert row["params"]["budgets"]["max_drop"] == 0.02
    assert AuditEvent.objects.filter(verb="run.compress", target_id=row["id"]).count() == 1


def test_without_a_version_what_is_reviewed_now_is_frozen(dora: APIClient, world: Any, ready: DatasetVersion) -> None:
    before = DatasetVersion.objects.count()
    key = {"HTTP_IDEMPOTENCY_KEY": str(uuid.uuid4())}
    ids = {send(dora, world, body(world, None), **key).json()["id"] for _ in range(2)}
    assert len(ids) == 1
    assert DatasetVersion.objects.count() == before + 1


def test_a_search_keeps_its_own_limits(dora: APIClient, world: Any, ready: DatasetVersion) -> None:
    params = send(dora, world, body(world, ready, preset="fastest")).json()["params"]
    assert params["aim"] == "latency"
    assert params["search"] == {"minutes": 90.0, "trials": 12}
    assert params["plan"][0]["step"] == "resolution"
    own = send(dora, world, body(world, ready, search={"trials": 3}, preset=None)).json()["params"]
    assert own["search"] == {"minutes": None, "trials": 3}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"plan": [{"step": "prune", "options": {"amount": 1.5}}]}, "plan.0.options.amount"),
        ({"plan": [{"step": "quantize"}, {"step": "sharpen"}]}, "plan.1.step"),
        ({"plan": [{"step": "prune"}, {"step": "architecture"}]}, "plan.1.step"),
        ({"plan": [{"step": "distil"}]}, "teacher_version_id"),
        ({"teacher_version_id": 10**9}, "teacher_version_id"),
        ({"preset": "magic"}, "preset"),
        ({"preset": None}, "plan"),
        ({"budgets": {"size_mb": 0.001, "device_id": 10**9}}, "budgets.device_id"),
        ({"source": {"model_version_id": 10**9}}, "source.model_version_id"),
        ({"source": {"train": {"base": "nonsense"}}}, "source.train.base"),
        ({"dataset_version_id": 10**9}, "dataset_version_id"),
        ({"queue": "gpu"}, "queue"),
        ({"targets": ["onnx", "abacus"]}, "targets.1"),
    ],
)
def test_every_refusal_names_its_field(
    dora: APIClient, world: Any, ready: DatasetVersion, changes: dict[str, Any], field: str
) -> None:
    answer = send(dora, world, body(world, ready, **changes))
    assert answer.status_code in (404, 422), answer.content
    assert answer.json()["details"]["field"] == field
    problems = send(dora, world, body(world, ready, **changes), "estimate/").json()["problems"]
    assert field in {one["field"] for one in problems}
    assert not Run.objects.filter(kind="compress").exists()


@pytest.mark.parametrize(
    "changes",
    [{"source": {}}, {"source": {"model_version_id": 1, "train": {}}}, {"seed": -1}, {"budgets": {"max_drop": 2}},
     {"minutes": "nan"}, {"plan": [{}]}, {"queue": "tpu"}, {"search": {"trials": 0}}],
)  # fmt: skip
def test_what_is_no_order_at_all_is_refused(
    dora: APIClient, world: Any, ready: DatasetVersion, changes: dict[str, Any]
) -> None:
    assert send(dora, world, body(world, ready, **changes)).status_code == 400


def test_too_few_images_are_refused_with_the_numbers(dora: APIClient, world: Any) -> None:
    answer = send(dora, world, body(world, world.version))
    assert (answer.status_code, answer.json()["code"]) == (422, "too_few_images")
    assert "at least 8 train, 1 val, 1 test" in answer.json()["message"]


def test_a_model_without_weights_takes_only_what_works_on_the_file(
    dora: APIClient, world: Any, ready: DatasetVersion
) -> None:
    ModelVersion.objects.update(training_files={})
    refused = send(dora, world, body(world, ready, plan=[{"step": "prune"}]))
    assert refused.json()["details"]["field"] == "plan.0.step"
    taken = send(dora, world, body(world, ready, preset="balanced"))
    assert [one["step"] for one in taken.json()["params"]["plan"]] == ["quantize"]


def test_a_teacher_of_other_classes_is_refused(dora: APIClient, world: Any, ready: DatasetVersion) -> None:
    other = add_variant(world.project, 7)
    other.manifest = {**other.manifest, "classes": ["car", "tree"]}
    other.save()
    files = {"weights.safetensors": {"sha256": "0" * 64, "size_bytes": 1}}
    ModelVersion.objects.filter(pk=other.version_id).update(training_files=files)
    answer = send(dora, world, body(world, ready, teacher_version_id=other.version_id))
    assert (answer.status_code, answer.json()["code"]) == (422, "different_classes")
    assert "car, tree against car, person" in answer.json()["message"]


def test_a_size_that_nothing_reaches_is_refused_at_once(dora: APIClient, world: Any, ready: DatasetVersion) -> None:
    world.variant.size_bytes = 10_000_000
    world.variant.save()
    answer = send(dora, world, body(world, ready, budgets={"size_mb": 1.0}))
    assert (answer.status_code, answer.json()["code"]) == (422, "below_possible")
    assert answer.json()["details"]["least_mb"] == 1.25  # four bits for each of 2.5 M weights
    assert send(dora, world, body(world, ready, preset="balanced", budgets={"size_mb": 1.0})).status_code == 202


def test_a_full_disk_is_said_before_the_start(
    dora: APIClient, world: Any, ready: DatasetVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=10**6))
    answer = send(dora, world, body(world, ready))
    assert (answer.status_code, answer.json()["code"]) == (422, "disk_full")


def test_an_estimate_gives_a_range_and_writes_nothing(dora: APIClient, world: Any, ready: DatasetVersion) -> None:
    quick = send(dora, world, body(world, ready), "estimate/").json()
    slow = send(dora, world, body(world, ready, preset="balanced"), "estimate/").json()
    assert quick["problems"] == []
    assert 0 < quick["seconds"]["low"] < quick["seconds"]["high"]
    assert slow["seconds"]["high"] > quick["seconds"]["high"]
    assert slow["disk_bytes"] > 0 and slow["free_bytes"] > 0 and slow["queue_position"] == 0
    assert [one["key"] for one in slow["summary"]][:2] == ["data", "source"]
    assert not Run.objects.filter(kind="compress").exists()


def test_a_gpu_that_was_just_seen_takes_the_run(dora: APIClient, world: Any, ready: DatasetVersion) -> None:
    device = DeviceProfile.objects.create(name="box", queues=["train_gpu"], last_seen=timezone.now())
    assert send(dora, world, body(world, ready, queue="gpu")).json()["queue"] == "train_gpu"
    device.last_seen -= timedelta(hours=1)
    device.save()
    assert send(dora, world, body(world, ready, queue="gpu")).status_code == 422


def test_the_options_hold_all_that_the_form_asks(dora: APIClient, world: Any, ready: DatasetVersion) -> None:
    where = f"/api/projects/{world.project.pk}/compress/options/"
    found = dora.get(where, {"version_id": world.variant.version_id, "dataset_version_id": ready.pk}).json()
    assert {"prune", "distil", "quantize", "resolution", "architecture"} <= {one["slug"] for one in found["steps"]}
    assert [one["slug"] for one in found["presets"]] == ["quick", "balanced", "smallest", "fastest"]
    assert found["dataset"]["counts"] == {"train": 9, "val": 2, "test": 2}  # the world's own item is a train one
    assert found["dataset"]["per_class"][0]["test"] == 2
    assert found["dataset"]["leakage"] == {"twins": 0}
    assert found["models"][0]["trainable"] is True
    assert found["queues"]["gpu"] == {"waiting": 0, "online": False}
    assert found["metric"] == "map50"
    assert dora.get(where).json()["dataset"]["counts"] == found["dataset"]["counts"]  # what would be frozen now
    assert dora.get(where, {"dataset_version_id": 10**9}).status_code == 404


def test_trials_are_listed_in_their_order(dora: APIClient, world: Any) -> None:
    run = Run.objects.create(project=world.project, kind="compress", queue="train")
    for number in (1, 0):
        CompressionTrial.objects.create(
            run=run, number=number, plan=[{"step": "quantize", "options": {}}], state="complete", size_bytes=10,
            metric=0.5, latency={"p20_ms": 1.5}, seconds=2.0, on_front=number == 0,
        )  # fmt: skip
    rows = dora.get(f"/api/runs/{run.pk}/trials/").json()["results"]
    assert [(one["number"], one["on_front"], one["latency_p20_ms"]) for one in rows] == [
        (0, True, 1.5),
        (1, False, 1.5),
    ]


def test_the_plot_keeps_one_evaluation_set_and_one_device(dora: APIClient, world: Any, ready: DatasetVersion) -> None:
    device = DeviceProfile.objects.create(name="box", last_seen=timezone.now())
    small, large = add_variant(world.project, 2), add_variant(world.project, 3)
    for variant, metric, size, latency in ((small, 0.8, 10, 5.0), (large, 0.7, 20, 9.0)):
        variant.size_bytes = size
        variant.save()
        EvaluationReport.objects.create(
            variant=variant, dataset_version=ready, split="test", metrics={"map50": metric},
            intervals={"map50": [metric - 0.1, metric + 0.1]},
        )  # fmt: skip
        LatencyMeasurement.objects.create(
            variant=variant, device=device, runtime="openvino", p20_ms=latency, p50_ms=latency, p95_ms=latency
        )
    EvaluationReport.objects.update_or_create(
        variant=world.variant, dataset_version=world.version, split="test", defaults={"metrics": {"map50": 0.9}}
    )
    found = dora.get(
        f"/api/projects/{world.project.pk}/pareto/", {"dataset_version_id": ready.pk, "device_id": device.pk}
    ).json()
    points = {one["variant_id"]: one for one in found["points"]}
    assert points[small.pk]["on_front"] == {"size": True, "latency": True}
    assert points[large.pk]["on_front"] == {"size": False, "latency": False}  # larger, slower and worse
    assert points[small.pk]["low"] == pytest.approx(0.7)
    old = points[world.variant.pk]
    assert (old["stale"], old["latency"], old["deployed"]) == (True, None, True)
    assert old["on_front"] == {"size": False, "latency": False}
