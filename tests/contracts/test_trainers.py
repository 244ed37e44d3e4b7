"""What every trainer of the table promises, tried on very small networks that are really trained."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch_pruning
from torch import nn

from annotator.core.errors import BadArtifact, RunCancelled, Unprocessable
from compression.core.snapshot import Snapshot, materialize
from compression.core.trainer import EpochReport, PruningView, Teacher, Trained, Trainer, TrainRequest
from compression.core.trainers import TRAINERS, load_trainer
from compression.core.training.record import repeat
from prelabel.core.artifact import load_artifact
from prelabel.core.runtime import open_session
from tests.compression.conftest import draw_manifest, masks_manifest, shapes_manifest
from tests.contracts.small_models import hashes

SPLITS = {"train": 8, "val": 2, "test": 2}
DATA: dict[str, Callable[[Path, dict[str, int]], dict[str, Any]]] = {
    "object_detection": draw_manifest,
    "image_classification": shapes_manifest,
    "semantic_segmentation": masks_manifest,
}
ARCHS = {
    "yolo": "yolo11t",
    "classifier": "mobilenet_v3_small",
    "ssdlite": "ssdlite320_mobilenet_v3_large_050",
    "retinanet": "retinanet_mobilenet_v2",
    "segmenter": "lraspp_mobilenet_v3_small",
}


@dataclass(frozen=True)
class Case:
    """A trainer, the request it was given and what came of it."""

    trainer: Trainer
    request: TrainRequest
    trained: Trained

    def again(self, workdir: Path, **fields: Any) -> TrainRequest:
        """The same request in another folder."""
        return replace(self.request, workdir=workdir, **fields)


@pytest.fixture(scope="session", params=sorted(TRAINERS))
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    """One small training of each trainer."""
    slug, root = request.param, tmp_path_factory.mktemp(request.param)
    manifest = DATA[TRAINERS[slug].task_type](root / "blobs", SPLITS)
    snapshot: Snapshot = materialize(manifest, root / "snapshot", lambda sha256: root / "blobs" / sha256)
    asked = TrainRequest(snapshot, root / "work", ARCHS[slug], epochs=2, image_size=64, batch=4, seed=1, threads=1)
    trainer = load_trainer(slug)
    return Case(trainer, asked, trainer.train(asked))


def outputs(network: nn.Module) -> torch.Tensor:
    """What a network in eval mode says of one fixed picture."""
    picture = torch.from_numpy(np.random.default_rng(3).random((1, 3, 64, 64), dtype=np.float32))
    with torch.no_grad():
        found: Any = network(picture)
    while not isinstance(found, torch.Tensor):
        found = next(iter(found.values())) if isinstance(found, Mapping) else found[0]
    return found


def cut(view: PruningView, share: float = 0.5) -> None:
    torch_pruning.pruner.BasePruner(
        view.network,
        view.example,
        importance=torch_pruning.importance.GroupMagnitudeImportance(p=1),
        pruning_ratio=share,
        round_to=4,
        ignored_layers=list(view.ignored),
        output_transform=view.outputs,
    ).step()


def size(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


@pytest.fixture(scope="session")
def narrow(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """The trained network, cut to half its channels and saved."""
    network, architecture = case.trainer.load(case.trained.folder)
    with case.trainer.pruning(network, case.trained.folder) as view:
        cut(view)
    return case.trainer.save(network, architecture, case.trained.folder, tmp_path_factory.mktemp("narrow"))


def test_the_table_and_the_trainer_say_the_same(case: Case) -> None:
    info = TRAINERS[case.trainer.slug]
    assert case.trainer.task_type == info.task_type
    assert ARCHS[case.trainer.slug] in info.archs
    assert set(ARCHS) == set(TRAINERS)


def test_the_record_holds_all_that_decided_the_numbers(case: Case) -> None:
    record = json.loads((case.trained.folder / "training.json").read_text())
    for key in ("seed", "packages", "revision", "data_sha256", "request", "weights_sha256", "history", "best_epoch"):
        assert key in record, key
    assert not list(case.trained.folder.glob("*.pt"))


def test_a_network_comes_back_as_it_was_saved_and_its_source_is_left_alone(case: Case, tmp_path: Path) -> None:
    before = hashes(case.trained.folder)
    network, architecture = case.trainer.load(case.trained.folder)
    assert not network.training
    saved = case.trainer.save(network, architecture, case.trained.folder, tmp_path)
    again, described = case.trainer.load(saved.folder)
    assert torch.equal(outputs(again), outputs(network))
    assert described == architecture
    assert hashes(case.trained.folder) == before


def test_a_view_without_a_cut_changes_nothing(case: Case) -> None:
    network, _ = case.trainer.load(case.trained.folder)
    expected, kinds = outputs(network), [type(module) for module in network.modules()]
    state = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    with case.trainer.pruning(network, case.trained.folder) as view:
        assert isinstance(view.outputs(view.network(view.example)), torch.Tensor)
    torch.testing.assert_close(outputs(network), expected)
    assert [type(module) for module in network.modules()] == kinds
    assert all(torch.equal(tensor, state[name]) for name, tensor in network.state_dict().items())


def test_a_cut_network_is_smaller_runs_is_stored_and_exported(case: Case, narrow: Trained, tmp_path: Path) -> None:
    network, architecture = case.trainer.load(case.trained.folder)
    whole = size(network)
    small, described = case.trainer.load(narrow.folder)
    assert size(small) < 0.6 * whole
    assert outputs(small).shape == outputs(network).shape
    assert described["widths"] and "widths" not in architecture
    folder = case.trainer.export(narrow, tmp_path / "onnx")
    spec = load_artifact(folder).manifest.input
    picture = np.random.default_rng(5).random((1, 3, spec.height, spec.width), dtype=np.float32)
    with torch.no_grad():
        found: Any = small(torch.from_numpy(picture))
    while not isinstance(found, torch.Tensor):
        found = next(iter(found.values())) if isinstance(found, Mapping) else found[0]
    told = open_session(load_artifact(folder).model_path, runtime="onnxruntime").run(picture)[0]
    if told.shape == found.shape:  # else the export ends in a decision of its own, compared by that trainer's tests
        assert np.abs(told - found.numpy()).max() < 0.05


def test_a_cut_network_learns_on_without_growing_back(case: Case, narrow: Trained, tmp_path: Path) -> None:
    _, architecture = case.trainer.load(narrow.folder)
    request = case.again(tmp_path, epochs=1, init=narrow.folder, architecture=architecture)
    trained = case.trainer.train(request)
    before, after = (case.trainer.load(one.folder)[0].state_dict() for one in (narrow, trained))
    assert {k: v.shape for k, v in after.items()} == {k: v.shape for k, v in before.items()}


def test_losses_carry_gradients_and_leave_the_averages(case: Case) -> None:
    network, _ = case.trainer.load(case.trained.folder)
    buffers = {name: tensor.clone() for name, tensor in network.named_buffers()}
    losses = list(case.trainer.losses(network, case.trained.folder, case.request.snapshot, 1))
    assert len(losses) == 1
    losses[0].backward()  # type: ignore[no-untyped-call]
    assert any(parameter.grad is not None and parameter.grad.abs().sum() > 0 for parameter in network.parameters())
    assert all(torch.equal(tensor, buffers[name]) for name, tensor in network.named_buffers())


def test_a_training_repeated_from_its_record_gives_the_same_weights(case: Case, tmp_path: Path) -> None:
    again = case.trainer.train(repeat(case.trained.folder, case.request.snapshot, tmp_path))
    records = [json.loads((one.folder / "training.json").read_text()) for one in (case.trained, again)]
    assert records[0]["weights_sha256"] == records[1]["weights_sha256"]


def test_a_cancelled_training_goes_on_with_the_next_epoch(case: Case, tmp_path: Path) -> None:
    seen: list[int] = []

    def stop(report: EpochReport) -> None:
        seen.append(report.epoch)
        if len(seen) == 1:
            raise RunCancelled("stop")

    request = case.again(tmp_path, on_epoch=stop)
    with pytest.raises(RunCancelled):
        case.trainer.train(request)
    case.trainer.train(request)
    assert seen == [1, 2]


def test_a_teacher_of_other_classes_is_refused(case: Case, tmp_path: Path) -> None:
    teacher = tmp_path / "teacher"
    teacher.mkdir()
    for path in case.trained.folder.iterdir():
        (teacher / path.name).write_bytes(path.read_bytes())
    described = json.loads((teacher / "architecture.json").read_text())
    (teacher / "architecture.json").write_text(json.dumps({**described, "classes": [*described["classes"][:-1], "x"]}))
    with pytest.raises(Unprocessable, match="other classes"):
        case.trainer.train(case.again(tmp_path / "work", teacher=Teacher(teacher)))


def test_training_for_int8_needs_weights_to_start_from(case: Case, tmp_path: Path) -> None:
    with pytest.raises(Unprocessable):
        case.trainer.train(case.again(tmp_path, quantization_aware=True))


def test_a_folder_with_foreign_weights_is_refused(case: Case, narrow: Trained, tmp_path: Path) -> None:
    (tmp_path / "architecture.json").write_bytes((case.trained.folder / "architecture.json").read_bytes())
    (tmp_path / "weights.safetensors").write_bytes((narrow.folder / "weights.safetensors").read_bytes())
    with pytest.raises(BadArtifact):
        case.trainer.load(tmp_path)
