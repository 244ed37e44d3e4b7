"""The parts of the compression benchmark that decide whether its numbers can be trusted."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from benchmarks.recipes.classification import FOLDS, Recipe, folds, start_weights
from benchmarks.recipes.imagenet_start import FILE, imagenet_network, unfold_norms
from benchmarks.stages import Stages
from compression.core.snapshot import Snapshot, SnapshotItem


def test_a_stage_is_taken_again_only_where_data_and_settings_are_the_same(tmp_path: Path) -> None:
    done: list[Path] = []
    first = Stages(tmp_path, "data").run("teacher", {"epochs": 3}, done.append)
    again = Stages(tmp_path, "data")
    assert again.run("teacher", {"epochs": 3}, done.append) == first
    assert again.reused == ["teacher"] and done == [first]
    other_settings = again.run("teacher", {"epochs": 4}, done.append)
    other_data = Stages(tmp_path, "other data").run("teacher", {"epochs": 3}, done.append)
    assert len({first, other_settings, other_data}) == 3 and len(done) == 3


def test_a_stage_that_was_killed_is_done_again_in_its_folder(tmp_path: Path) -> None:
    def killed(folder: Path) -> None:
        (folder / "half").touch()
        raise KeyboardInterrupt

    seen: list[bool] = []
    with pytest.raises(KeyboardInterrupt):
        Stages(tmp_path, "data").run("teacher", {}, killed)
    Stages(tmp_path, "data").run("teacher", {}, lambda folder: seen.append((folder / "half").exists()))
    assert seen == [True]


def test_every_picture_is_judged_once_by_networks_that_never_saw_it() -> None:
    items = [SnapshotItem(i, Path(f"{i:03d}.jpg"), 8, 8, ((i % 4, None),)) for i in range(103)]
    whole = Snapshot(Path(), "image_classification", tuple("abcd"), (1, 2, 3, 4), {"train": tuple(items)})
    made = folds(whole)
    judged = [item.item_id for fold in made for item in fold.items["test"]]
    assert len(made) == FOLDS and sorted(judged) == list(range(103))
    for fold in made:
        parts = [{item.item_id for item in fold.items[split]} for split in ("train", "val", "test")]
        assert sum(map(len, parts)) == len(set.union(*parts)) == 103
        assert all({item.objects[0][0] for item in fold.items[split]} == {0, 1, 2, 3} for split in ("train", "test"))


def test_the_imagenet_weights_are_done_without_where_they_are_not(tmp_path: Path) -> None:
    nothing = Snapshot(Path(), "image_classification", (), (), {"train": ()})
    assert start_weights(Namespace(weights=tmp_path / "weights"), Recipe(), nothing, tmp_path) is None


def test_the_imagenet_weights_know_what_they_knew_before_and_keep_it_in_training(shared: Path | None) -> None:
    if shared is None:
        return
    weights = shared / "weights"
    network = imagenet_network(shared / FILE)
    names = (weights / "imagenet_labels_1001.txt").read_text(encoding="utf-8").splitlines()
    pictures = []
    for picture, known in (("parrot.jpg", "macaw"), ("cat_720p.jpg", "Egyptian cat")):
        pixels = np.asarray(Image.open(weights / "sample_images" / picture).convert("RGB").resize((224, 224)))
        normal = (pixels / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
        pictures.append(torch.from_numpy(normal.transpose(2, 0, 1)).float())
        with torch.no_grad():
            assert names[int(network(pictures[-1][None]).argmax())] == known
    batch = torch.stack(pictures)
    with torch.no_grad():
        before = network(batch)
        folded_in_training = network.train()(batch)
        after = unfold_norms(imagenet_network(shared / FILE), batch)(batch)
    torch.testing.assert_close(after, before, rtol=1e-3, atol=1e-3)
    assert not torch.equal(folded_in_training.argmax(1), before.argmax(1))
    kept = unfold_norms(imagenet_network(shared / FILE), batch).train()
    for layer in kept.modules():
        if isinstance(layer, nn.Dropout):
            layer.p = 0.0
    with torch.no_grad():
        assert torch.equal(kept(batch).argmax(1), before.argmax(1))
