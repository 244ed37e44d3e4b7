"""The scan of single layers: what it measures, how a budget and a stop treat it, and the shares that follow from it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from annotator.core.errors import RunCancelled
from compression.core.pruning.sensitivity import Scan, amounts_around, scan_layers, shares_by_size, shares_from
from compression.core.pruning.structured import Cluster, trainer_of
from compression.core.snapshot import Snapshot
from compression.core.step import StepContext
from compression.core.trainer import Trained


def cluster(name: str, channels: int, weights: float = 1.0) -> Cluster:
    return Cluster(name, (nn.Identity(),), channels, (torch.ones(channels),), weights)


def rows(**harms: tuple[float, float]) -> list[dict[str, Any]]:
    return [
        {"layer": name, "amount": amount, "harm": harm}
        for name, pair in harms.items()
        for amount, harm in zip((0.25, 0.75), pair, strict=True)
    ]


def test_layers_that_bear_more_lose_more() -> None:
    # a: harm 1.2 × amount, b: 0.4 × amount (up to .75). At threshold t: a loses t / 1.2, b t / 0.4.
    # Half of 20 channels: 10 t / 1.2 + 10 t / 0.4 = 10 at t = 0.3: a .25, b .75.
    shares = shares_from(rows(a=(0.3, 0.9), b=(0.1, 0.3)), [cluster("a", 10), cluster("b", 10)], 0.5)
    assert shares == pytest.approx({"a": 0.25, "b": 0.75}, abs=1e-6)


def test_a_harm_that_falls_counts_as_level_and_a_gain_as_none() -> None:
    # b loses nothing by its first quarter, and its later dip does not make .75 cheaper than .25 was.
    shares = shares_from(rows(a=(0.5, 1.5), b=(-0.1, -0.2)), [cluster("a", 10), cluster("b", 10)], 0.5)
    assert shares == pytest.approx({"a": 0.25, "b": 0.75}, abs=1e-6)


def test_a_layer_that_was_not_reached_gives_the_plain_amount() -> None:
    shares = shares_from(rows(a=(0.3, 0.9)), [cluster("a", 10), cluster("b", 10)], 0.5)
    assert shares["b"] == 0.5
    assert shares["a"] == pytest.approx(0.5, abs=1e-6)


def test_scanned_amounts_lie_around_the_one_asked_for() -> None:
    assert amounts_around(0.5) == (0.75, 0.5, 0.25)
    assert amounts_around(0.95) == (0.95, 0.95, 0.475)


def test_a_scan_that_ended_after_its_first_amount_still_spreads_the_cut() -> None:
    first = amounts_around(0.5)[0]
    measured = [
        {"layer": name, "channels": 40, "amount": first, "value": 0.0, "harm": harm}
        for name, harm in (("tough", 0.1), ("tender", 0.4))
    ]
    shares = shares_from(measured, [cluster("tough", 40), cluster("tender", 40)], 0.5)
    # Equal harm t: 0.75 t/0.1 (at most 0.75) and 0.75 t/0.4; together 1.0, so 0.75 and 0.25.
    assert shares == pytest.approx({"tough": 0.75, "tender": 0.25}, abs=1e-6)


def test_by_size_the_layer_whose_weights_cost_least_harm_goes_first() -> None:
    # As much harm for a channel, but a channel of b holds nine times the weights. Prices of a weight: a .12 / 1 at
    # every share up to the end, where it is .12 + .12; b a ninth of that, so b gives its .75 before a gives more.
    measured = rows(a=(0.3, 0.9), b=(0.3, 0.9))
    clusters = [cluster("a", 10, 1.0), cluster("b", 10, 9.0)]
    assert shares_from(measured, clusters, 0.5) == pytest.approx({"a": 0.5, "b": 0.5}, abs=1e-6)
    shares = shares_by_size(measured, clusters, 0.4)
    assert shares["b"] == pytest.approx(0.75, abs=1e-6)
    assert shares["a"] == pytest.approx(0.05, abs=1e-6)


def test_by_size_a_price_is_the_slope_halfway_between_two_amounts() -> None:
    # a: slopes .2 / .25 = .8 at .125, then .8 / .5 = 1.6 at .5, and 2.4 at .75; b twice as dear. At price 1.6
    # a gives .5; b, whose .8 is 1.6, gives .125.
    measured = rows(a=(0.2, 1.0), b=(0.4, 2.0))
    shares = shares_by_size(measured, [cluster("a", 10), cluster("b", 10)], 0.3125)
    assert shares == pytest.approx({"a": 0.5, "b": 0.125}, abs=1e-6)


@pytest.fixture
def step_context(toy_snapshot: Snapshot, tmp_path: Path) -> StepContext:
    return StepContext(snapshot=toy_snapshot, out=tmp_path, threads=1)


def test_each_cluster_is_measured_alone_and_a_stopped_scan_goes_on(
    trained: Trained, step_context: StepContext, tmp_path: Path
) -> None:
    scan = Scan(trained.folder, amounts=(0.75,), batches=1, round_to=4)

    def stop_at(share: float) -> list[dict[str, Any]]:
        def stop(done: float) -> None:
            if done >= share:
                raise RunCancelled("stop")

        with pytest.raises(RunCancelled):
            scan_layers(scan, replace(step_context, on_progress=stop), tmp_path)
        rows: list[dict[str, Any]] = json.loads((tmp_path / "sensitivity.json").read_text())["rows"]
        return rows

    first, second = stop_at(0.06), stop_at(0.12)
    assert second[: len(first)] == first
    layers = [row["layer"] for row in second]
    assert layers[0] is None and len(set(layers)) == len(layers)
    assert len(second) > len(first) > 1
    base = second[0]["value"]
    assert all(row["harm"] == pytest.approx((row["value"] - base) / base) for row in second)
    assert max(row["harm"] for row in stop_at(0.5)) > 0  # half of the layers: the first ones may bear it


def test_the_network_scanned_is_not_changed(trained: Trained, step_context: StepContext, tmp_path: Path) -> None:
    before = (trained.folder / "weights.safetensors").read_bytes()
    scan_layers(Scan(trained.folder, amounts=(0.5,), minutes=0.01, batches=1), step_context, tmp_path)
    assert (trained.folder / "weights.safetensors").read_bytes() == before
    trainer_of(trained.folder).load(trained.folder)


def test_a_budget_ends_the_scan_early_and_a_metric_can_be_measured_instead(
    trained: Trained, step_context: StepContext, tmp_path: Path
) -> None:
    found = scan_layers(Scan(trained.folder, minutes=0.0, measure="metric"), step_context, tmp_path)
    assert [row["layer"] for row in found] == [None]
    assert 0 <= found[0]["value"] <= 1
