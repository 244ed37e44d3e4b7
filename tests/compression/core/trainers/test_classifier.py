"""Really trains classifiers on plain shapes: they learn them, go on after a stop, learn from a teacher, and shrink."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import torch_pruning
from safetensors.torch import load_file

from annotator.core.errors import BadArtifact, RunCancelled, Unprocessable
from compression.core.judging.evaluation import evaluate
from compression.core.snapshot import Snapshot, materialize
from compression.core.trainer import EpochReport, Teacher, Trained, TrainRequest
from compression.core.trainers import TRAINERS, load_trainer, trainer_for_arch
from prelabel.core.artifact import load_artifact
from prelabel.core.runtime import open_session
from tests.compression.conftest import shapes_manifest

TRAINER = load_trainer("classifier")


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    root = tmp_path_factory.mktemp("shapes")
    manifest = shapes_manifest(root / "blobs", {"train": 24, "val": 6, "test": 6})
    return materialize(manifest, root / "snapshot", lambda sha256: root / "blobs" / sha256)


@pytest.fixture(scope="module")
def learned(shapes: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    workdir = tmp_path_factory.mktemp("classifier")
    request = TrainRequest(shapes, workdir, "mobilenet_v3_small", epochs=8, image_size=64, batch=16, seed=1)
    return load_trainer(trainer_for_arch("mobilenet_v3_small")).train(request)


@pytest.fixture(scope="module")
def exported(learned: Trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return TRAINER.export(learned, tmp_path_factory.mktemp("onnx"))


def record_of(trained: Trained) -> dict:
    return json.loads((trained.folder / "training.json").read_text())


def test_it_learns_plain_shapes_and_keeps_its_best_epoch(learned: Trained) -> None:
    record = record_of(learned)
    best = record["history"][record["best_epoch"] - 1]
    assert best["accuracy"] == max(row["accuracy"] for row in record["history"])
    assert best["accuracy"] >= 0.9


def test_the_exported_classifier_answers_as_the_trained_one(learned: Trained, exported: Path) -> None:
    network, _ = TRAINER.load(learned.folder)
    picture = np.random.default_rng(2).random((1, 3, 64, 64), dtype=np.float32)
    with torch.no_grad():
        expected = network(torch.from_numpy(picture)).numpy()
    for runtime in ("onnxruntime", "openvino"):
        found = open_session(load_artifact(exported).model_path, runtime=runtime).run(picture)[0]
        assert np.abs(found - expected).max() < 1e-3


def test_the_exported_classifier_judges_the_test_pictures(exported: Path, shapes: Snapshot) -> None:
    found = evaluate(exported, shapes.items["test"], shapes.classes, shapes.task_type)
    assert found.metrics["accuracy"] >= 0.75
    assert len(found.images) == 12


def test_a_stopped_training_ends_with_the_weights_of_an_uninterrupted_one(shapes: Snapshot, tmp_path: Path) -> None:
    seen: list[int] = []

    def stop(report: EpochReport) -> None:
        seen.append(report.epoch)
        raise RunCancelled("stop")

    whole = TrainRequest(shapes, tmp_path / "whole", "mobilenet_v2_035", epochs=2, image_size=32, batch=16, threads=1)
    request = replace(whole, workdir=tmp_path / "stopped", on_epoch=stop)
    with pytest.raises(RunCancelled):
        TRAINER.train(request)
    trained = TRAINER.train(replace(request, on_epoch=lambda report: seen.append(report.epoch)))
    assert seen == [1, 2]
    assert len(record_of(trained)["history"]) == 2
    expected = load_file(str(TRAINER.train(whole).folder / "weights.safetensors"))
    found = load_file(str(trained.folder / "weights.safetensors"))
    assert all(torch.equal(found[name], expected[name]) for name in expected)


@pytest.mark.parametrize("arch", TRAINERS["classifier"].archs)
def test_every_architecture_is_pruned_stored_narrow_and_read_again(arch: str, tmp_path: Path) -> None:
    from compression.core.trainers.classifier import build

    like = tmp_path / "like"
    described = {"schema": 1, "arch": arch, "classes": ["a", "b", "c"], "family": "classifier"}
    like.mkdir()
    (like / "training.json").write_text(json.dumps({"image_size": 64, "weights_sha256": "?"}))
    network = build(arch, 3).eval()
    before = sum(p.numel() for p in network.parameters())
    with TRAINER.pruning(network, like) as view:
        torch_pruning.pruner.BasePruner(
            view.network,
            view.example,
            importance=torch_pruning.importance.GroupMagnitudeImportance(p=2),
            pruning_ratio=0.5,
            round_to=8,
            ignored_layers=list(view.ignored),
        ).step()
    saved = TRAINER.save(network, described, like, tmp_path / "out")
    found, architecture = TRAINER.load(saved.folder)
    # Half of a shuffled network's channels stay: those that its blocks exchange.
    assert sum(p.numel() for p in found.parameters()) < (0.53 if arch.startswith("shuffle") else 0.5) * before
    assert architecture["widths"] and architecture["family"] == "classifier"
    picture = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        expected, answer = network(picture), found(picture)
    assert answer.shape == (1, 3)
    assert torch.allclose(answer, expected, rtol=0.02, atol=0.02 * float(expected.abs().max()))


def test_a_narrow_network_trains_on_with_its_widths_and_a_teacher(
    learned: Trained, shapes: Snapshot, tmp_path: Path
) -> None:
    network, described = TRAINER.load(learned.folder)
    with TRAINER.pruning(network, learned.folder) as view:
        torch_pruning.pruner.BasePruner(
            view.network,
            view.example,
            importance=torch_pruning.importance.GroupMagnitudeImportance(p=2),
            pruning_ratio=0.3,
            ignored_layers=list(view.ignored),
        ).step()
    narrow = TRAINER.save(network, described, learned.folder, tmp_path / "narrow")
    architecture = json.loads((narrow.folder / "architecture.json").read_text())
    request = TrainRequest(
        shapes,
        tmp_path / "work",
        "mobilenet_v3_small",
        init=narrow.folder,
        architecture=architecture,
        teacher=Teacher(learned.folder, temperature=3.0, hard=0.3, soft=0.7),
        keep_start=True,
        epochs=2,
        image_size=64,
        batch=24,
    )
    tuned = TRAINER.train(request)
    assert json.loads((tuned.folder / "architecture.json").read_text())["widths"] == architecture["widths"]
    assert (tuned.folder / "weights.safetensors").stat().st_size < 0.8 * (
        learned.folder / "weights.safetensors"
    ).stat().st_size


def test_training_with_rounding_refines_a_trained_network(learned: Trained, shapes: Snapshot, tmp_path: Path) -> None:
    request = TrainRequest(
        shapes,
        tmp_path,
        "mobilenet_v3_small",
        init=learned.folder,
        quantization_aware=True,
        epochs=1,
        image_size=64,
        batch=16,
        options={"lr": 0.0002},
        threads=1,
    )
    refined = TRAINER.train(request)
    assert record_of(refined)["history"][0]["accuracy"] >= 0.75
    assert set(load_file(str(refined.folder / "weights.safetensors"))) == set(
        load_file(str(learned.folder / "weights.safetensors"))
    )


def test_losses_give_every_trained_layer_a_gradient(learned: Trained, shapes: Snapshot) -> None:
    network, _ = TRAINER.load(learned.folder)
    losses = list(TRAINER.losses(network, learned.folder, shapes, 2))
    assert len(losses) == 2
    torch.stack(losses).sum().backward()
    assert all(p.grad is not None for p in network.parameters())


def test_a_teacher_of_other_or_reordered_classes_is_refused(shapes: Snapshot, tmp_path: Path) -> None:
    request = TrainRequest(shapes, tmp_path / "work", "mobilenet_v3_small", teacher=Teacher(tmp_path), image_size=32)
    for classes, word in ((["square", "disc"], "order"), (["disc", "star"], "star")):
        (tmp_path / "architecture.json").write_text(json.dumps({"arch": "resnet18", "classes": classes}))
        with pytest.raises(Unprocessable, match=word) as caught:
            TRAINER.train(request)
        assert caught.value.details["field"] == "teacher"


def test_weights_that_do_not_fit_are_refused(learned: Trained, tmp_path: Path) -> None:
    (tmp_path / "architecture.json").write_text(json.dumps({"arch": "mobilenet_v2", "classes": ["disc", "square"]}))
    (tmp_path / "weights.safetensors").write_bytes((learned.folder / "weights.safetensors").read_bytes())
    with pytest.raises(BadArtifact):
        TRAINER.load(tmp_path)


def test_a_variance_beyond_float16_survives_storage(tmp_path: Path) -> None:
    from compression.core.trainers.classifier import build
    from compression.core.training.trained_folder import describe_network, write_network

    network = build("mobilenet_v2_035", 2).eval()
    network.features[0][1].running_var.fill_(1e6)
    write_network(network, describe_network(build, network, "mobilenet_v2_035", ["a", "b"]), tmp_path)
    found, _ = TRAINER.load(tmp_path)
    assert float(found.features[0][1].running_var[0]) == 1e6
    assert found.features[0][0].weight.dtype == torch.float32
