"""Really trains segmenters on drawn scenes and on real street frames, exports, prunes and distils them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch
import torch_pruning
from PIL import Image
from torch.nn import functional

from annotator.core.formats import FORMATS
from annotator.core.masks import UNLABELLED
from compression.core.judging.evaluation import evaluate
from compression.core.snapshot import Snapshot, materialize
from compression.core.trainer import Teacher, Trained, TrainRequest
from compression.core.trainers import TRAINERS, load_trainer
from compression.core.trainers.segmenter import build, class_weights, pixel_loss, preprocess
from compression.core.training.mask_pictures import MaskPictures
from prelabel.core.artifact import InputSpec, load_artifact
from prelabel.core.runtime import open_session
from tests.compression.conftest import masks_manifest

SHARED = Path(__file__).resolve().parents[5] / "shared" / "data" / "camvid"
TRAINER = load_trainer("segmenter")


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    root = tmp_path_factory.mktemp("scenes")
    manifest = masks_manifest(root / "blobs", {"train": 24, "val": 4, "test": 4})
    return materialize(manifest, root / "snapshot", lambda sha256: root / "blobs" / sha256)


@pytest.fixture(scope="module")
def learned(scenes: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    workdir = tmp_path_factory.mktemp("segmenter")
    options = {"lr": 0.004}
    arch = "lraspp_mobilenet_v3_small"
    return TRAINER.train(
        TrainRequest(scenes, workdir, arch, epochs=6, image_size=96, batch=8, options=options, threads=1)
    )


@pytest.fixture(scope="module")
def exported(learned: Trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return TRAINER.export(learned, tmp_path_factory.mktemp("onnx"))


def test_masks_are_laid_out_as_index_pictures_with_unlabelled_pixels(scenes: Snapshot) -> None:
    item = scenes.items["train"][0]
    assert item.mask is not None
    classes = np.asarray(Image.open(item.mask))
    assert classes.shape == (item.height, item.width)
    assert set(np.unique(classes)) == {0, 1, 2, UNLABELLED}
    assert (classes[:, :4] == UNLABELLED).all()
    assert scenes.objects_per_class("train") == [24, 24, 24]


def test_plain_batches_are_letterboxed_alike_and_padding_is_unlabelled(scenes: Snapshot) -> None:
    pictures = MaskPictures(scenes.items["val"], InputSpec(96, 96), preprocess())
    images, maps = pictures.plain([0, 1])
    assert images.shape == (2, 3, 96, 96) and maps.shape == (2, 96, 96)
    assert (maps[:, :16] == UNLABELLED).all() and (maps[:, 80:] == UNLABELLED).all()
    assert (maps[0, 16:80] == torch.from_numpy(np.array(Image.open(scenes.items["val"][0].mask)))).all()


def test_augmented_views_move_picture_and_map_together(scenes: Snapshot) -> None:
    pictures = MaskPictures(scenes.items["train"], InputSpec(96, 64), preprocess())
    images, maps = pictures.augmented(range(12), torch.Generator().manual_seed(2), 0.4, 0.5)
    # The three classes differ plainly in red (150, 90, 210, noise 12): almost every pixel still fits its class.
    red = images[:, 0] * 0.229 + 0.485
    labelled = maps != UNLABELLED
    brightness = torch.stack([red[i][maps[i] == 0].mean() for i in range(12)]) / (150 / 255)
    nearest = (red / brightness[:, None, None] * 255)[..., None].sub(torch.tensor([150.0, 90.0, 210.0])).abs()
    assert float((nearest.argmin(-1) == maps)[labelled].float().mean()) > 0.95


def test_it_learns_drawn_scenes(learned: Trained, exported: Path, scenes: Snapshot) -> None:
    record = json.loads((learned.folder / "training.json").read_text())
    assert record["history"][record["best_epoch"] - 1]["miou"] == max(row["miou"] for row in record["history"])
    found = evaluate(exported, scenes.items["test"], scenes.classes, scenes.task_type)
    assert found.metrics["miou"] >= 0.6
    assert len(found.images) == 4


def test_the_exported_segmenter_answers_as_the_trained_one(learned: Trained, exported: Path) -> None:
    network, _ = TRAINER.load(learned.folder)
    picture = np.random.default_rng(2).random((1, 3, 64, 96), dtype=np.float32)
    with torch.no_grad():
        expected = network(torch.from_numpy(picture)).numpy()
    for runtime in ("onnxruntime", "openvino"):
        found = open_session(load_artifact(exported).model_path, runtime=runtime).run(picture)[0]
        assert np.abs(found - expected).max() < 1e-3 * np.abs(expected).max() + 1e-3


@pytest.mark.parametrize("arch", TRAINERS["segmenter"].archs)
def test_every_architecture_is_pruned_stored_narrow_and_read_again(arch: str, tmp_path: Path) -> None:
    like = tmp_path / "like"
    like.mkdir()
    (like / "training.json").write_text(json.dumps({"input_shape": [96, 64], "weights_sha256": "?"}))
    network = build(arch, 3).eval()
    before = sum(p.numel() for p in network.parameters())
    picture = torch.rand(1, 3, 64, 96, generator=torch.Generator().manual_seed(1))
    with TRAINER.pruning(network, like) as view:
        assert view.ignored
        torch_pruning.pruner.BasePruner(
            view.network,
            view.example,
            importance=torch_pruning.importance.GroupMagnitudeImportance(p=2),
            pruning_ratio=0.5,
            round_to=8,
            ignored_layers=list(view.ignored),
        ).step()
    described = {"schema": 1, "arch": arch, "classes": ["a", "b", "c"], "family": "segmenter"}
    found, _ = TRAINER.load(TRAINER.save(network, described, like, tmp_path / "out").folder)
    assert sum(p.numel() for p in found.parameters()) < 0.5 * before
    with torch.no_grad():
        expected, answer = network(picture), found(picture)
    assert answer.shape[:2] == (1, 3)
    assert torch.allclose(answer, expected, rtol=0.02, atol=0.02 * float(expected.abs().max()))


def test_a_student_learns_from_a_teacher_by_the_pixel(learned: Trained, scenes: Snapshot, tmp_path: Path) -> None:
    teacher = Teacher(learned.folder, temperature=2.0, hard=0.5, soft=0.5)
    request = TrainRequest(
        scenes, tmp_path, "unet_mobilenet_v2_050", teacher=teacher, epochs=1, image_size=64, batch=8, threads=1
    )
    trained = TRAINER.train(request)
    row = json.loads((trained.folder / "training.json").read_text())["history"][0]
    assert 0 <= row["miou"] <= 1 and row["loss"] > 0
    losses = list(TRAINER.losses(TRAINER.load(trained.folder)[0], trained.folder, scenes, 2))
    assert len(losses) == 2 and all(loss.requires_grad for loss in losses)


def test_the_loss_is_torch_s_cross_entropy_over_labelled_pixels() -> None:
    logits = torch.randn(2, 3, 4, 5, generator=torch.Generator().manual_seed(3))
    maps = torch.randint(0, 3, (2, 4, 5), generator=torch.Generator().manual_seed(4))
    maps[:, 0] = UNLABELLED
    expected = functional.cross_entropy(logits, maps, ignore_index=UNLABELLED)
    assert float(pixel_loss(logits, maps)) == pytest.approx(float(expected), abs=1e-6)
    assert float(pixel_loss(logits, torch.full_like(maps, UNLABELLED))) == 0.0


def test_classes_are_balanced_by_their_median_share() -> None:
    # Shares 8, 2, 0, 4: the median of those seen is 4.
    assert class_weights([8, 2, 0, 4], 1.0).tolist() == [0.5, 2.0, 1.0, 1.0]
    assert class_weights([16, 4, 0, 4], 0.5).tolist() == [0.5, 1.0, 1.0, 1.0]
    assert class_weights([8, 2, 0, 4], 0.0).tolist() == [1.0] * 4
    logits = torch.randn(2, 3, 4, 5, generator=torch.Generator().manual_seed(3))
    maps = torch.randint(0, 3, (2, 4, 5), generator=torch.Generator().manual_seed(4))
    weights = torch.tensor([0.5, 2.0, 1.0])
    expected = functional.cross_entropy(logits, maps, weights)
    assert float(pixel_loss(logits, maps, weights)) == pytest.approx(float(expected), abs=1e-6)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the CamVid sample is not on this machine")
def test_camvid_frames_go_from_masks_to_a_judged_model(tmp_path: Path) -> None:
    names = ["Sky", "Building", "Pole", "Road", "Pavement", "Tree", "Sign", "Fence", "Car", "Person", "Bicycle", "Void"]
    for split, count in (("train", 8), ("val", 2), ("test", 2)):
        for folder in (split, f"{split}annot"):
            (tmp_path / "set" / folder).mkdir(parents=True)
            for path in sorted((SHARED / folder).iterdir())[:count]:
                resample = Image.Resampling.NEAREST if folder.endswith("annot") else Image.Resampling.BILINEAR
                Image.open(path).resize((96, 72), resample).save(tmp_path / "set" / folder / path.name)
    (tmp_path / "set" / "classes.txt").write_text("\n".join(names))
    source = FORMATS["mask_png"].read(tmp_path / "set")
    blobs, items = {}, []
    for number, image in enumerate(source.images, start=1):
        sha256 = hashlib.sha256((tmp_path / "set" / image.path).read_bytes()).hexdigest()
        blobs[sha256] = tmp_path / "set" / image.path
        objects = [
            {"class_id": names.index(thing.class_name), "rle": {"size": [72, 96], "counts": thing.mask}}
            for thing in image.objects
        ]
        entry = {"item_id": number, "sha256": sha256, "name": f"{number}.png", "width": 96, "height": 72}
        items.append({**entry, "split": image.split, "objects": objects})
    classes = [{"id": index, "name": name} for index, name in enumerate(names[:-1])]
    manifest = {"schema": 1, "task_type": "semantic_segmentation", "classes": classes, "items": items}
    snapshot = materialize(manifest, tmp_path / "snapshot", lambda sha256: blobs[sha256])
    request = TrainRequest(snapshot, tmp_path / "work", "lraspp_mobilenet_v3_small", epochs=1, image_size=96, batch=4)
    artifact = TRAINER.export(TRAINER.train(request), tmp_path / "onnx")
    found = evaluate(artifact, snapshot.items["test"], snapshot.classes, snapshot.task_type)
    assert 0 <= found.metrics["miou"] < 1
    assert sum(row["truths"] for row in found.metrics["per_class"].values()) > 2 * 72 * 96 * 0.8
