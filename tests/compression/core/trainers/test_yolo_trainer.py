"""Really trains, exports and resumes the smallest YOLO on drawn scenes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from annotator.core.errors import BadArtifact, RunCancelled
from compression.core.snapshot import Snapshot
from compression.core.trainer import EpochReport, Trained, TrainRequest
from compression.core.trainers import load_trainer
from compression.core.training.checkpoint import load_checkpoint
from prelabel.core.artifact import load_artifact
from prelabel.core.runtime import open_session

ROOT = Path(__file__).resolve().parents[4]


def test_training_leaves_weights_a_description_and_a_record(trained: Trained) -> None:
    record = json.loads((trained.folder / "training.json").read_text())
    assert [row["epoch"] for row in record["history"]] == [1, 2, 3]
    assert record["history"][-1]["cls"] < record["history"][0]["cls"]
    assert record["input_shape"] == [160, 96]
    assert record["packages"]["torch"]
    assert 1 <= record["best_epoch"] <= 3
    assert json.loads((trained.folder / "architecture.json").read_text())["arch"] == "yolo11t"
    assert not list(trained.folder.glob("*.pt"))


@pytest.mark.parametrize("runtime", ["onnxruntime", "openvino"])
def test_the_exported_model_answers_as_the_trained_one(fp32: Path, trained: Trained, runtime: str) -> None:
    from compression.core.vendor.yolo import network as networks

    network, _ = networks.load(trained.folder)
    network.model[-1].end2end = False
    network.model[-1].export = True
    picture = np.random.default_rng(1).random((1, 3, 96, 160), dtype=np.float32)
    with torch.no_grad():
        expected = network(torch.from_numpy(picture)).numpy()
    found = open_session(load_artifact(fp32).model_path, runtime=runtime).run(picture)[0]
    assert found.shape == expected.shape == (1, 4 + 3, 12 * 20 + 6 * 10 + 3 * 5)
    assert np.abs(found[:, 4:] - expected[:, 4:]).max() < 1e-4
    assert np.abs(found[:, :4] - expected[:, :4]).max() < 0.05  # pixels


def test_a_finished_training_is_not_done_again(toy_request: Callable[..., TrainRequest], trained: Trained) -> None:
    def fail(report: EpochReport) -> None:
        raise AssertionError("an epoch was trained again")

    request = toy_request(workdir=trained.folder.parent, on_epoch=fail)
    assert load_trainer("yolo").train(request).folder == trained.folder


def test_a_cancelled_training_stops_at_the_next_report_and_goes_on_later(
    toy_request: Callable[..., TrainRequest],
) -> None:
    seen: list[int] = []

    def stop(report: EpochReport) -> None:
        seen.append(report.epoch)
        raise RunCancelled("stop")

    request = toy_request(epochs=2, on_epoch=stop)
    with pytest.raises(RunCancelled):
        load_trainer("yolo").train(request)
    load_trainer("yolo").train(replace(request, on_epoch=lambda report: seen.append(report.epoch)))
    assert seen == [1, 2]


def test_the_same_seed_gives_the_same_weights(toy_request: Callable[..., TrainRequest]) -> None:
    records = [
        json.loads((load_trainer("yolo").train(toy_request(epochs=1)).folder / "training.json").read_text())
        for _ in range(2)
    ]
    assert records[0]["weights_sha256"] == records[1]["weights_sha256"]


def test_running_out_of_memory_halves_the_batch(
    toy_request: Callable[..., TrainRequest], monkeypatch: pytest.MonkeyPatch
) -> None:
    from compression.core.vendor.yolo.training import Training

    real = Training.preprocess_batch

    def hungry(self: Training, batch: dict[str, Any]) -> dict[str, Any]:
        if len(batch["img"]) > 4:
            raise MemoryError("can't allocate memory")
        return real(self, batch)

    monkeypatch.setattr(Training, "preprocess_batch", hungry)
    trained = load_trainer("yolo").train(toy_request(epochs=1))
    assert json.loads((trained.folder / "training.json").read_text())["settings"]["batch"] == 4


def test_weights_of_classes_move_with_their_names(trained: Trained) -> None:
    from compression.core.vendor.yolo import network as networks

    before, _ = networks.load(trained.folder)
    after = networks.build(networks.describe("yolo11t", ["tram", "pedestrian", "vehicle", "bus"]))
    copied, total = networks.load_matching(after, trained.folder)
    rows = [model.model[-1].cv3[0][2].weight.detach() for model in (before, after)]
    assert torch.equal(rows[1][1], rows[0][1])  # pedestrian
    assert torch.equal(rows[1][2], rows[0][0])  # vehicle
    assert copied == total


def test_an_architecture_may_name_only_known_layers(trained: Trained) -> None:
    from compression.core.vendor.yolo import network as networks

    described = networks.describe("yolo11t", ["a"])
    described["yaml"]["backbone"][0][2] = "os.system"
    with pytest.raises(BadArtifact, match="not allowed"):
        networks.build(described)
    described = networks.describe("yolo11t", ["a"])
    described["yaml"]["activation"] = "__import__('os')"
    with pytest.raises(BadArtifact, match="unknown keys"):
        networks.build(described)


def test_a_training_killed_in_the_middle_goes_on_where_it_was(toy_snapshot: Snapshot, tmp_path: Path) -> None:
    workdir = tmp_path / "work"
    code = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from compression.core.snapshot import Snapshot, SnapshotItem
from compression.core.trainer import TrainRequest
from compression.core.trainers import load_trainer
snapshot = {toy_snapshot!r}
load_trainer("yolo").train(TrainRequest(snapshot, Path({str(workdir)!r}), "yolo11t", epochs=40, image_size=96, batch=8))
""".replace("PosixPath(", "Path(")
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    index = workdir / "checkpoints" / "last.json"
    deadline = time.monotonic() + 60
    while not (index.exists() and json.loads(index.read_text())["epoch"] >= 2):
        assert process.poll() is None, process.stderr and process.stderr.read().decode()[-800:]
        assert time.monotonic() < deadline, "no second epoch within a minute"
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    reached = load_checkpoint(workdir / "checkpoints")
    assert reached is not None
    epochs: list[int] = []

    def stop_after_two(report: EpochReport) -> None:
        epochs.append(report.epoch)
        if len(epochs) == 2:
            raise RunCancelled("enough")

    request = TrainRequest(toy_snapshot, workdir, "yolo11t", epochs=40, image_size=96, batch=8, on_epoch=stop_after_two)
    with pytest.raises(RunCancelled):
        load_trainer("yolo").train(request)
    assert epochs == [reached["epoch"] + 1, reached["epoch"] + 2]
    after = load_checkpoint(workdir / "checkpoints")
    assert after is not None
    assert [row["epoch"] for row in after["history"]] == list(range(1, reached["epoch"] + 3))


def test_a_changed_checkpoint_is_refused(toy_request: Callable[..., TrainRequest]) -> None:
    def stop(report: EpochReport) -> None:
        raise RunCancelled("stop")

    request = toy_request(on_epoch=stop)
    with pytest.raises(RunCancelled):
        load_trainer("yolo").train(request)
    path = next((request.workdir / "checkpoints").glob("epoch-*.pt"))
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(BadArtifact, match="not the one this run wrote"):
        load_trainer("yolo").train(request)


def test_yolo26_exports_the_head_that_gives_class_vectors(toy_snapshot: Snapshot, tmp_path: Path) -> None:
    request = TrainRequest(toy_snapshot, tmp_path / "work", "yolo26n", epochs=1, image_size=96, batch=8)
    folder = load_trainer("yolo").export(load_trainer("yolo").train(request), tmp_path / "onnx")
    picture = np.random.default_rng(1).random((1, 3, 64, 96), dtype=np.float32)
    found = open_session(load_artifact(folder).model_path).run(picture)
    # Its other head would give 300 rows of 6.
    assert [output.shape for output in found] == [(1, 4 + 3, 8 * 12 + 4 * 6 + 2 * 3)]


def test_ultralytics_leaves_pillow_as_it_was() -> None:
    import_module("compression.core.vendor.yolo.training")
    assert Image.open.__module__ == "PIL.Image"
