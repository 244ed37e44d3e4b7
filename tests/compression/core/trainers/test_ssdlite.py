"""SSDLite against torchvision's own detector, and really trained, exported, pruned and taught on toy scenes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
import torch_pruning
from torchvision.models.detection import ssdlite320_mobilenet_v3_large

from compression.core.judging.evaluation import evaluate
from compression.core.snapshot import Snapshot
from compression.core.trainer import Teacher, Trained, TrainRequest
from compression.core.trainers import TRAINERS, load_trainer
from compression.core.trainers.ssdlite import FAMILY
from compression.core.training.box_pictures import BoxPictures
from compression.core.training.ssd import SsdLite, decoded, default_boxes, ssd_loss, taught_loss
from prelabel.core.artifact import InputSpec, load_artifact
from prelabel.core.runtime import open_session

TRAINER = load_trainer("ssdlite")
SIZE = 320


@pytest.fixture(scope="module")
def pair() -> tuple[SsdLite, torch.nn.Module]:
    """Ours and torchvision's with the same weights, and scores spread enough to be told apart."""
    torch.manual_seed(2)
    ours = SsdLite(3).eval()
    theirs = ssdlite320_mobilenet_v3_large(weights=None, weights_backbone=None, num_classes=4)
    for name, parameter in ours.named_parameters():
        if name.startswith("head.") and ".1." in name:
            torch.nn.init.normal_(parameter, std=0.3)
    theirs.load_state_dict(ours.state_dict())
    return ours, theirs


@pytest.fixture(scope="module")
def learned(toy_snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    request = TrainRequest(
        toy_snapshot,
        tmp_path_factory.mktemp("ssdlite"),
        "ssdlite320_mobilenet_v3_large_050",
        epochs=3,
        image_size=160,
        batch=8,
        threads=1,
        options={"lr": 0.002},
    )
    return TRAINER.train(request)


def test_the_loss_is_torchvision_s_own(pair: tuple[SsdLite, torch.nn.Module]) -> None:
    ours, theirs = pair
    images = torch.rand(2, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(3))
    boxes, classes = torch.tensor([[20.0, 30, 120, 200], [150, 40, 300, 300]]), torch.tensor([0, 2])
    empty = torch.zeros(0, 4), torch.zeros(0, dtype=torch.int64)
    theirs.train()
    for layer in theirs.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.eval()
    parts = theirs(list(images), [{"boxes": boxes, "labels": classes + 1}, {"boxes": empty[0], "labels": empty[1]}])
    found = ours(images * 2 - 1)  # its wrapper normalises by itself
    total = ssd_loss(found, [(boxes, classes), empty], default_boxes(SIZE, SIZE))
    assert total.item() == pytest.approx(sum(part.item() for part in parts.values()), rel=1e-4)


def test_decoded_boxes_and_scores_are_torchvision_s_own(pair: tuple[SsdLite, torch.nn.Module]) -> None:
    ours, theirs = pair
    image = torch.rand(3, SIZE, SIZE, generator=torch.Generator().manual_seed(4))
    with torch.no_grad():
        rows = decoded(ours, SIZE, SIZE)(image[None] * 2 - 1)[0].T
        expected = theirs.eval()([image])[0]
    corners = torch.cat([rows[:, :2] - rows[:, 2:4] / 2, rows[:, :2] + rows[:, 2:4] / 2], dim=1).clamp(0, SIZE)
    assert len(expected["boxes"]) > 20
    for box, score, label in zip(expected["boxes"][:20], expected["scores"], expected["labels"], strict=False):
        nearest = (corners - box).abs().sum(dim=1) + 100 * (rows[:, 3 + label] - score).abs()
        assert float(nearest.min()) < 0.05


@pytest.mark.parametrize(("width", "height"), [(320, 320), (160, 96), (96, 160)])
def test_there_is_a_default_box_for_every_output(width: int, height: int) -> None:
    network = FAMILY.build("ssdlite320_mobilenet_v3_large_050", 2).eval()
    with torch.no_grad():
        found = network(torch.zeros(1, 3, height, width))
    assert found["bbox_regression"].shape[1] == len(default_boxes(width, height))
    assert found["cls_logits"].shape[2] == 3


def test_a_taught_loss_is_nothing_for_equal_outputs_and_minds_only_what_the_teacher_sees() -> None:
    theirs = {"cls_logits": torch.tensor([[[9.0, 0.0], [-9.0, 0.0]]]), "bbox_regression": torch.zeros(1, 2, 4)}
    assert float(taught_loss(theirs, theirs, 2.0)) == pytest.approx(0.0, abs=1e-6)
    background = {**theirs, "bbox_regression": torch.tensor([[[1.0] * 4, [0.0] * 4]])}
    thing = {**theirs, "bbox_regression": torch.tensor([[[0.0] * 4, [1.0] * 4]])}
    assert float(taught_loss(background, theirs, 2.0)) < 0.001 < float(taught_loss(thing, theirs, 2.0))


def test_views_move_boxes_with_the_picture(toy_snapshot: Snapshot) -> None:
    spec = InputSpec(160, 96)
    pictures = BoxPictures(toy_snapshot.items["train"], spec, FAMILY.preprocess)
    images, targets, mappings = pictures.plain([0])
    first = [bbox for _, bbox in toy_snapshot.items["train"][0].objects]
    assert targets[0][0].numpy() == pytest.approx(np.array(first).clip(0, [160, 96] * 2), abs=0.01)
    assert images.shape == (1, 3, 96, 160) and mappings[0].scale_x == 1
    whole, _ = pictures.augmented([0], torch.Generator().manual_seed(1), 0.0, 0.0)
    mirrored, turned = pictures.augmented([0], torch.Generator().manual_seed(1), 0.0, 1.0)
    assert torch.allclose(whole.flip(3), mirrored)
    left = np.sort(160 - np.array(first)[:, 2])
    assert np.sort(turned[0][0][:, 0].numpy()) == pytest.approx(left.clip(0, 160), abs=0.01)


def test_it_trains_on_toy_scenes_and_the_loss_falls(learned: Trained) -> None:
    rows = json.loads((learned.folder / "training.json").read_text())["history"]
    assert rows[-1]["loss"] < rows[0]["loss"]
    assert all(0 <= row["map50"] <= 1 for row in rows)


def test_the_exported_detector_runs_and_is_judged(learned: Trained, toy_snapshot: Snapshot, tmp_path: Path) -> None:
    folder = TRAINER.export(learned, tmp_path)
    network, _ = TRAINER.load(learned.folder)
    spec = load_artifact(folder).manifest.input
    picture = np.random.default_rng(2).random((1, 3, spec.height, spec.width), dtype=np.float32)
    with torch.no_grad():
        expected = decoded(network, spec.width, spec.height)(torch.from_numpy(picture)).numpy()
    for runtime in ("onnxruntime", "openvino"):
        found = open_session(load_artifact(folder).model_path, runtime=runtime).run(picture)[0]
        assert np.abs(found[:, :4] - expected[:, :4]).max() < 0.05
        assert np.abs(found[:, 4:] - expected[:, 4:]).max() < 1e-3
    judged = evaluate(folder, toy_snapshot.items["test"], toy_snapshot.classes, toy_snapshot.task_type)
    assert 0 <= judged.metrics["map50"] <= 1


@pytest.mark.parametrize("arch", TRAINERS["ssdlite"].archs)
def test_every_width_is_pruned_stored_narrow_and_read_again(arch: str, tmp_path: Path) -> None:
    like = tmp_path / "like"
    like.mkdir()
    (like / "training.json").write_text(json.dumps({"input_shape": [160, 96], "weights_sha256": "?"}))
    network = FAMILY.build(arch, 3).eval()
    before = sum(p.numel() for p in network.parameters())
    with TRAINER.pruning(network, like) as view:
        assert len(view.ignored) == 12
        torch_pruning.pruner.BasePruner(
            view.network,
            view.example,
            importance=torch_pruning.importance.GroupMagnitudeImportance(p=2),
            pruning_ratio=0.5,
            round_to=8,
            ignored_layers=list(view.ignored),
            output_transform=view.outputs,
        ).step()
    described = {"schema": 1, "arch": arch, "classes": ["a", "b", "c"], "family": "ssdlite"}
    found, _ = TRAINER.load(TRAINER.save(network, described, like, tmp_path / "out").folder)
    assert sum(p.numel() for p in found.parameters()) < 0.6 * before
    picture = torch.rand(1, 3, 96, 160, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        expected, answer = network(picture), found(picture)
    for name in ("cls_logits", "bbox_regression"):
        assert torch.allclose(answer[name], expected[name], rtol=0.02, atol=0.02 * float(expected[name].abs().max()))


def test_a_narrower_one_learns_from_it(learned: Trained, toy_snapshot: Snapshot, tmp_path: Path) -> None:
    request = TrainRequest(
        toy_snapshot,
        tmp_path,
        "ssdlite320_mobilenet_v3_large_050",
        init=learned.folder,
        teacher=Teacher(learned.folder),
        keep_start=True,
        epochs=1,
        image_size=160,
        batch=8,
        threads=1,
    )
    trained = TRAINER.train(request)
    losses = list(TRAINER.losses(TRAINER.load(trained.folder)[0], trained.folder, toy_snapshot, 2))
    assert len(losses) == 2 and all(loss.requires_grad for loss in losses)
