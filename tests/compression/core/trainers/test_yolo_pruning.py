"""Opens real YOLOs for pruning, cuts them by torch-pruning, and lets them run, be stored, exported and trained on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch_pruning
from torch import nn

from annotator.core.errors import BadArtifact
from compression.core.snapshot import Snapshot
from compression.core.trainer import PruningView, Trained
from compression.core.trainers import load_trainer
from prelabel.core.artifact import load_artifact
from prelabel.core.runtime import open_session

EIGHTY = [f"class {number}" for number in range(80)]


def build(arch: str, classes: list[str] = EIGHTY) -> Any:
    from compression.core.vendor.yolo import network as networks

    return networks.build(networks.describe(arch, classes)).eval()


def prune(view: PruningView, ratio: float, importance: Any = None) -> None:
    """Cut every layer by the same share of its channels."""
    torch_pruning.pruner.BasePruner(
        view.network,
        view.example,
        importance=importance or torch_pruning.importance.GroupMagnitudeImportance(p=2),
        pruning_ratio=ratio,
        round_to=8,
        ignored_layers=list(view.ignored),
        output_transform=view.outputs,
    ).step()


def size(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


@pytest.fixture(scope="module")
def pruned(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """The toy detector at half its width."""
    trainer = load_trainer("yolo")
    network, architecture = trainer.load(trained.folder)
    with trainer.pruning(network, trained.folder) as view:
        prune(view, 0.5)
    return trainer.save(network, architecture, trained.folder, tmp_path_factory.mktemp("pruned"))


# Params of the stock nets over those of the pruned ones at 80 classes, as torch-pruning's recipe measured them.
@pytest.mark.parametrize(
    ("arch", "ratio", "times"),
    [
        ("yolo11n", 0.5, 3.46),
        ("yolo11n", 0.3, 2.14),
        ("yolov8n", 0.5, 3.95),
        ("yolo26n", 0.5, 2.89),
        ("yolo11t", 0.5, 3.2),
    ],
)
def test_pruning_shrinks_as_measured_and_leaves_a_network_that_runs(arch: str, ratio: float, times: float) -> None:
    from compression.core.vendor.yolo.surgery import opened

    network = build(arch)
    before, kinds = size(network), [type(module) for module in network.modules()]
    with opened(network, (64, 64)) as view:
        prune(view, ratio)
    assert before / size(network) == pytest.approx(times, rel=0.03)
    assert [type(module) for module in network.modules()] == kinds
    assert not network.training
    assert all(module.training is False for module in network.modules())
    with torch.no_grad():
        assert network(torch.rand(1, 3, 96, 160))[0].shape[1:] in {(84, 315), (300, 6)}


@pytest.mark.parametrize("arch", ["yolo11n", "yolov8n", "yolo26n"])
def test_opening_and_closing_without_a_cut_changes_nothing(arch: str) -> None:
    from compression.core.vendor.yolo.surgery import opened

    network = build(arch)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    picture = torch.rand(1, 3, 64, 96)
    with torch.no_grad():
        expected = network(picture)[0]
    with opened(network, (64, 64)) as view, torch.no_grad():
        assert all(one.ndim == 4 for one in view.network(picture))
    with torch.no_grad():
        torch.testing.assert_close(network(picture)[0], expected)  # the memory's layout moves the last bits
    after = network.state_dict()
    assert list(after) == list(before)
    assert all(torch.equal(after[name], tensor) for name, tensor in before.items())


def test_a_cut_network_comes_back_from_its_folder_as_it_was(pruned: Trained, trained: Trained) -> None:
    trainer = load_trainer("yolo")
    network, architecture = trainer.load(trained.folder)
    with trainer.pruning(network, trained.folder) as view:
        prune(view, 0.5)
    again, stored = trainer.load(pruned.folder)
    picture = torch.rand(1, 3, 96, 160)
    with torch.no_grad():
        assert torch.equal(again(picture)[0], network(picture)[0])
    assert stored["widths"]["model.2.cv2.conv"] == [8, 12, 1]
    assert {key: value for key, value in stored.items() if key != "widths"} == architecture
    record = json.loads((pruned.folder / "training.json").read_text())
    assert record["weights_sha256"] != json.loads((trained.folder / "training.json").read_text())["weights_sha256"]


@pytest.mark.parametrize(
    ("layer", "width", "words"),
    [
        ("model.2.cv2.conv", [4000, 12, 1], "wider"),
        ("model.2.cv2.conv", [8, 11, 1], "do not fit"),
        ("model.2.cv2.conv", [0, 12, 1], "positive"),
        ("model.2.cv2.conv", [8.5, 12, 1], "whole numbers"),
        ("model.99.conv", [8, 12, 1], "no such layer"),
    ],
)
def test_widths_that_cannot_be_are_refused(
    pruned: Trained, tmp_path: Path, layer: str, width: list[Any], words: str
) -> None:
    described = json.loads((pruned.folder / "architecture.json").read_text())
    described["widths"][layer] = width
    (tmp_path / "architecture.json").write_text(json.dumps(described))
    (tmp_path / "weights.safetensors").write_bytes((pruned.folder / "weights.safetensors").read_bytes())
    with pytest.raises(BadArtifact, match=words):
        load_trainer("yolo").load(tmp_path)


def test_a_pruned_network_exports_to_onnx_that_answers_alike(pruned: Trained, tmp_path: Path) -> None:
    trainer = load_trainer("yolo")
    folder = trainer.export(pruned, tmp_path / "onnx")
    network, _ = trainer.load(pruned.folder)
    network.model[-1].export = True  # type: ignore[index, union-attr]
    picture = np.random.default_rng(1).random((1, 3, 96, 160), dtype=np.float32)
    with torch.no_grad():
        expected = network(torch.from_numpy(picture)).numpy()
    found = open_session(load_artifact(folder).model_path).run(picture)[0]
    assert np.abs(found[:, 4:] - expected[:, 4:]).max() < 1e-4
    assert np.abs(found[:, :4] - expected[:, :4]).max() < 0.05  # pixels


def test_losses_carry_gradients_for_taylor_inside_and_outside_of_the_view(
    trained: Trained, toy_snapshot: Snapshot
) -> None:
    trainer = load_trainer("yolo")
    network, _ = trainer.load(trained.folder)
    mean = network.model[1].bn.running_mean.clone()  # type: ignore[index, union-attr]
    losses = list(trainer.losses(network, trained.folder, toy_snapshot, 2))
    assert len(losses) == 2
    losses[0].backward()  # type: ignore[no-untyped-call]
    with trainer.pruning(network, trained.folder) as view:
        half = view.network.model[2].first.conv.weight  # type: ignore[index, union-attr]
        assert half.grad is not None and half.grad.abs().sum() > 0
        for loss in trainer.losses(view.network, trained.folder, toy_snapshot, 2):
            loss.backward()  # type: ignore[no-untyped-call]
        before = size(network)
        prune(view, 0.5, torch_pruning.importance.GroupTaylorImportance())
    assert size(network) < before
    assert torch.equal(network.model[1].bn.running_mean, mean[:8]) or len(mean) == 8  # type: ignore[index, union-attr]
