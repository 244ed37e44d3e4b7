"""A real worker says what machine it runs on, and takes from that machine's own queue."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from compression.models import DeviceProfile, LatencyMeasurement
from compression.services import exports
from prelabel.services.registry import VersionRecord, register_variant, register_version
from tests.contracts.exported_models import make_exportable
from tests.flows.workers import Staff, succeeded, wait_for

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_worker_registers_its_device_and_measures_there(
    people: Staff, project: Any, cast: Any, tmp_path: Path
) -> None:
    given = make_exportable("classifier", tmp_path / "model")
    version = register_version(actor=cast.dora, project=project, record=VersionRecord("small", "mobilenet_v3_small"))
    variant = register_variant(actor=cast.dora, version=version, artifact_folder=given.model.artifact)
    people.env["WINNOW_DEVICE_NAME"] = "edge-1"
    people.env["WINNOW_DEVICE_SEEN_S"] = "0.5"
    people.worker("io")  # keeps no device: it is no place to measure
    people.worker("predict")
    device = wait_for(lambda: DeviceProfile.objects.filter(name="edge-1").first(), people, timeout_s=90)
    assert device.queues == ["predict"] and device.runtimes["onnxruntime"]
    run = exports.start_benchmark(actor=cast.dora, variant=variant, device_id=device.pk)
    done = succeeded(run.pk, people, timeout_s=120)
    assert done.queue == f"device.{device.pk}"
    assert LatencyMeasurement.objects.get(variant=variant).device == device
    seen = device.last_seen
    assert wait_for(lambda: DeviceProfile.objects.filter(pk=device.pk, last_seen__gt=seen).exists(), people)
