"""Which layers are tied, how an amount is spread over them, and what a cut leaves of real networks."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from annotator.core.errors import RunFailed
from compression.core.pruning.structured import (
    MOST,
    Cluster,
    Cutter,
    cost_of,
    cut_folder,
    global_shares,
    plan_cut,
    spread,
    uniform_shares,
    widths_after,
    widths_on_the_way,
)
from compression.core.snapshot import Snapshot
from compression.core.step import StepContext
from compression.core.trainer import PruningView, Trained, TrainRequest
from compression.core.trainers import load_trainer


class Branches(nn.Module):
    """Two branches that are added, one beside them, and a head."""

    def __init__(self) -> None:
        super().__init__()
        self.left, self.right = nn.Conv2d(3, 8, 1, bias=False), nn.Conv2d(3, 8, 1, bias=False)
        self.beside = nn.Conv2d(8, 8, 1, bias=False)
        self.head = nn.Conv2d(16, 2, 1, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        added = self.left(x) + self.right(x)
        return self.head(torch.cat([added, self.beside(added)], 1))


def opened(network: Branches, coupled: bool = False) -> PruningView:
    pairs = ((network.left, network.beside),) if coupled else ()
    return PruningView(network, torch.zeros(1, 3, 4, 4), (network.head,), pairs)


def test_layers_whose_outputs_are_added_form_one_cluster() -> None:
    clusters = Cutter(opened(Branches()), "l2").clusters
    assert [(cluster.name, cluster.channels, len(cluster.roots)) for cluster in clusters] == [
        ("left", 8, 1),
        ("beside", 8, 1),
    ]


def test_a_channel_weighs_what_leaves_the_file_with_it() -> None:
    left, beside = Cutter(opened(Branches()), "l2").clusters
    assert left.weights == 3 + 3 + 8 + 2  # rows of left and right, columns of beside and of the head
    assert beside.weights == 8 + 2
    network = Branches()
    params = sum(one.numel() for one in network.parameters())
    Cutter(opened(network), "l2").cut({"left": 6})
    assert params - sum(one.numel() for one in network.parameters()) == 2 * left.weights


def test_coupled_layers_are_cut_by_the_same_share() -> None:
    network = Branches()
    cutter = Cutter(opened(network, coupled=True), "l2")
    assert [(cluster.name, len(cluster.roots)) for cluster in cutter.clusters] == [("left", 2)]
    cutter.cut({"left": 6})
    widths = [layer.out_channels for layer in (network.left, network.right, network.beside, network.head)]
    assert widths == [6, 6, 6, 2]
    assert network.head.in_channels == 12
    assert network(torch.randn(2, 3, 4, 4)).shape == (2, 2, 4, 4)


def test_the_channels_with_the_least_group_norm_leave() -> None:
    network = Branches()
    with torch.no_grad():
        for layer in (network.left, network.right, network.beside, network.head):
            layer.weight.fill_(1.0)
        for channel in (2, 5):  # tiny in every layer of the group: out of left and right, into beside and head
            for layer in (network.left, network.right):
                layer.weight[channel] = 0.01
            network.beside.weight[:, channel] = network.head.weight[:, channel] = 0.01
    Cutter(opened(network), "l2").cut({"left": 6})
    assert torch.equal(network.left.weight, torch.ones(6, 3, 1, 1))
    assert torch.equal(network.beside.weight, torch.ones(8, 6, 1, 1))


def test_a_grouped_convolution_is_left_alone() -> None:
    network = nn.Sequential(nn.Conv2d(3, 8, 1), nn.Conv2d(8, 8, 3, groups=4), nn.Conv2d(8, 4, 1), nn.Conv2d(4, 2, 1))
    view = PruningView(network, torch.zeros(1, 3, 8, 8), (network[3],))
    assert [cluster.name for cluster in Cutter(view, "l1").clusters] == ["2"]


def test_widths_are_the_nearest_multiples_and_never_none() -> None:
    channels = {"a": 64, "b": 24, "c": 12, "d": 6, "e": 16}
    shares = {"a": 0.5, "b": 0.5, "c": 0.9, "d": 0.9, "e": 0.0}
    # 32; 12 → 16 (ties go up); 1.2 → at least 8; fewer than 8 stay; nothing to lose stays.
    assert widths_after(channels, shares, 8) == {"a": 32, "b": 16, "c": 8, "d": 6, "e": 16}
    assert widths_after(channels, shares, 1) == {"a": 32, "b": 12, "c": 1, "d": 1, "e": 16}


def test_an_amount_that_leaves_no_channel_is_refused_by_the_layer() -> None:
    with pytest.raises(RunFailed, match="leave d without any channel") as refused:
        widths_after({"a": 64, "d": 6}, {"a": 0.95, "d": 0.95}, 1)
    assert refused.value.details["layer"] == "d"


def test_rounds_go_down_to_exactly_the_last_widths() -> None:
    before, after = {"a": 64, "b": 24}, {"a": 32, "b": 16}
    steps = [widths_on_the_way(before, after, done, 8) for done in (0.25, 0.5, 0.75, 1.0)]
    assert [one["a"] for one in steps] == [56, 48, 40, 32]
    assert [one["b"] for one in steps] == [24, 24, 16, 16]  # 22 → 24, 20 → 24 (ties go up), 18 → 16


def cluster(name: str, *scores: float) -> Cluster:
    return Cluster(name, (nn.Identity(),), len(scores), (torch.tensor(scores),))


def test_a_global_ranking_takes_the_lowest_scores_wherever_they_are() -> None:
    clusters = [cluster("a", 0.1, 0.2, 0.3, 2.0), cluster("b", 0.5, 0.9, 1.1, 1.2)]
    assert global_shares(clusters, 0.5) == {"a": 0.75, "b": 0.25}  # .1 .2 .3 .5 of eight
    assert uniform_shares(clusters, 0.5) == {"a": 0.5, "b": 0.5}


def test_a_global_ranking_never_takes_a_whole_layer() -> None:
    clusters = [cluster("a", *[0.1] * 10), cluster("b", *[1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9])]
    assert global_shares(clusters, 0.5) == pytest.approx({"a": MOST, "b": 0.1})


def test_spreading_weighs_clusters_by_their_channels() -> None:
    # Linear shares t and t / 2 of 30 and 10 channels: 35 t = 20 at an amount of one half.
    shares = spread(lambda t: {"a": t, "b": t / 2}, {"a": 30, "b": 10}, 0.5, 1.0)
    assert shares["a"] == pytest.approx(20 / 35, abs=1e-9)
    assert shares["b"] == pytest.approx(10 / 35, abs=1e-9)


@pytest.mark.parametrize(
    ("importance", "spreading"), [("l1", uniform_shares), ("l2", global_shares), ("taylor", uniform_shares)]
)
def test_a_yolo_is_cut_and_read_back(
    importance: str,
    spreading: Callable[..., dict[str, float]],
    trained: Trained,
    toy_snapshot: Snapshot,
    tmp_path: Path,
) -> None:
    context = StepContext(snapshot=toy_snapshot, out=tmp_path, threads=1)
    before, shares = plan_cut(trained.folder, context, importance, lambda found: spreading(found, 0.5))
    widths = widths_after(before, shares, 4)
    cut = cut_folder(trained.folder, tmp_path / "cut", context, importance, widths)
    old, new = cost_of(trained.folder), cost_of(cut)
    assert new["params"] < 0.75 * old["params"] and new["macs"] < old["macs"]
    stated = json.loads((cut / "architecture.json").read_text())["widths"]
    assert any(width[0] < before.get(name, 0) for name, width in stated.items())


def test_taylor_and_magnitude_disagree_on_a_real_network(
    trained: Trained, toy_snapshot: Snapshot, tmp_path: Path
) -> None:
    context = StepContext(snapshot=toy_snapshot, out=tmp_path, threads=1)
    found = [
        plan_cut(trained.folder, context, importance, lambda clusters: global_shares(clusters, 0.5))[1]
        for importance in ("l2", "taylor", "taylor")
    ]
    assert found[0] != found[1]
    assert found[1] == found[2]  # the same batches each time


def test_a_narrow_network_trains_from_nothing_by_its_description(
    trained: Trained, toy_snapshot: Snapshot, toy_request: Callable[..., TrainRequest], tmp_path: Path
) -> None:
    context = StepContext(snapshot=toy_snapshot, out=tmp_path, threads=1)
    before, shares = plan_cut(trained.folder, context, "l2", lambda found: uniform_shares(found, 0.5))
    cut = cut_folder(trained.folder, tmp_path / "cut", context, "l2", widths_after(before, shares, 4))
    architecture = json.loads((cut / "architecture.json").read_text())
    request = replace(toy_request(epochs=1, workdir=tmp_path / "work"), architecture=architecture)
    control = load_trainer("yolo").train(request)
    assert cost_of(control.folder) == cost_of(cut)
