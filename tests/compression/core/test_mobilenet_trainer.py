"""Really trains a MobileNet on plain shapes: it learns them, exports them, and goes on after a stop."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from annotator.core.errors import RunCancelled
from compression.core.evaluation import evaluate
from compression.core.model import Model
from compression.core.snapshot import Snapshot, materialize
from compression.core.step import StepContext
from compression.core.steps import load_step
from compression.core.trainer import EpochReport, Trained, TrainRequest
from compression.core.trainers import load_trainer, trainer_for_arch
from prelabel.core.artifact import load_artifact
from prelabel.core.runtime import open_session
from tests.compression.conftest import shapes_manifest


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    root = tmp_path_factory.mktemp("shapes")
    manifest = shapes_manifest(root / "blobs", {"train": 24, "val": 6, "test": 6})
    return materialize(manifest, root / "snapshot", lambda sha256: root / "blobs" / sha256)


@pytest.fixture(scope="module")
def learned(shapes: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    workdir = tmp_path_factory.mktemp("mobilenet")
    request = TrainRequest(shapes, workdir, "mobilenet_v3_small", epochs=8, image_size=64, batch=16, seed=1)
    return load_trainer(trainer_for_arch("mobilenet_v3_small")).train(request)


@pytest.fixture(scope="module")
def exported(learned: Trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return load_trainer("mobilenet").export(learned, tmp_path_factory.mktemp("onnx"))


def test_it_learns_plain_shapes_and_keeps_its_best_epoch(learned: Trained) -> None:
    record = json.loads((learned.folder / "training.json").read_text())
    best = record["history"][record["best_epoch"] - 1]
    assert best["accuracy"] == max(row["accuracy"] for row in record["history"])
    assert best["accuracy"] >= 0.9


def test_the_exported_classifier_answers_as_the_trained_one(learned: Trained, exported: Path) -> None:
    from compression.core.trainers.mobilenet import load

    network, _ = load(learned.folder)
    picture = np.random.default_rng(2).random((1, 3, 64, 64), dtype=np.float32)
    with torch.no_grad():
        expected = network(torch.from_numpy(picture)).numpy()
    for runtime in ("onnxruntime", "openvino"):
        found = open_session(load_artifact(exported).model_path, runtime=runtime).run(picture)[0]
        assert np.abs(found - expected).max() < 1e-3


def test_int8_classifier_judges_the_test_pictures(exported: Path, shapes: Snapshot, tmp_path: Path) -> None:
    result = load_step("int8_static").apply(Model(artifact=exported), StepContext(snapshot=shapes, out=tmp_path))
    found = evaluate(result.artifact, shapes.items["test"], shapes.classes, shapes.task_type)
    assert found.metrics["accuracy"] >= 0.75
    assert len(found.images) == 12


def test_a_stopped_training_goes_on_with_the_next_epoch(shapes: Snapshot, tmp_path: Path) -> None:
    seen: list[int] = []

    def stop(report: EpochReport) -> None:
        seen.append(report.epoch)
        raise RunCancelled("stop")

    request = TrainRequest(
        shapes, tmp_path, "mobilenet_v2", epochs=2, image_size=32, batch=16, on_epoch=stop, options={"lr": 0.001}
    )
    with pytest.raises(RunCancelled):
        load_trainer("mobilenet").train(request)
    trained = load_trainer("mobilenet").train(replace(request, on_epoch=lambda report: seen.append(report.epoch)))
    assert seen == [1, 2]
    assert len(json.loads((trained.folder / "training.json").read_text())["history"]) == 2
