"""How much each layer minds being cut: one cluster at a time, at some amounts, with everything else left alone.

Source: Li et al. 2016, "Pruning filters for efficient convnets", section 3.2; here with the loss on training batches,
which needs no export, or with the task's metric on val, which does.
"""

from __future__ import annotations

import copy
import json
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

from compression.core.json_files import write_json
from compression.core.judging.evaluation import evaluate
from compression.core.pruning.structured import MOST, Cluster, Cutter, seed_all, spread, trainer_of, widths_after
from compression.core.step import StepContext
from prelabel.core.metrics import metric_for

AMOUNTS = (0.5, 0.25, 0.75)
_NAME = "sensitivity.json"
Row = dict[str, Any]  # layer, channels, amount, value, harm (relative, higher = worse)


@dataclass(frozen=True)
class Scan:
    """What to measure. Amounts are tried in their order, each on all clusters, so that a budget thins them evenly."""

    trained: Path
    amounts: Sequence[float] = AMOUNTS
    minutes: float | None = None  # over all tries
    measure: str = "loss"  # loss | metric
    batches: int = 2  # of the train split, for the loss
    round_to: int = 1


def scan_layers(scan: Scan, context: StepContext, out: Path) -> list[Row]:
    """Rows of what was measured, the network as it is first (layer None); goes on where an earlier call stopped.

    ``value`` is the loss or the metric with the one cluster cut, ``harm`` its relative worsening against the whole
    network. Progress is reported through ``context.on_progress``, which may raise.
    """
    out.mkdir(parents=True, exist_ok=True)
    kept = json.loads((out / _NAME).read_text(encoding="utf-8")) if (out / _NAME).exists() else {}
    rows: list[Row] = list(kept.get("rows", []))
    spent, started = float(kept.get("seconds", 0.0)), time.monotonic()
    probe = _Probe(scan, context, out / "probe")
    if not rows:
        rows.append({"layer": None, "channels": 0, "amount": 0.0, "value": probe.value(probe.network), "harm": 0.0})
    base = float(rows[0]["value"])
    done = {(row["layer"], row["amount"]) for row in rows}
    points = [(name, amount) for amount in scan.amounts for name in probe.channels]
    for number, (name, amount) in enumerate(points, start=1):
        seconds = spent + time.monotonic() - started
        if scan.minutes is not None and seconds > 60 * scan.minutes:
            break
        if (name, amount) in done:
            continue
        value = probe.value_without(name, amount)
        rows.append(
            {
                "layer": name,
                "channels": probe.channels[name],
                "amount": amount,
                "value": value,
                "harm": _harm(base, value, scan.measure),
            }
        )
        write_json(out / _NAME, {"rows": rows, "measure": scan.measure, "seconds": seconds})
        context.on_progress(number / len(points))
    shutil.rmtree(out / "probe", ignore_errors=True)
    return rows


class _Probe:
    """One network, measured again and again with another cluster cut."""

    def __init__(self, scan: Scan, context: StepContext, scratch: Path) -> None:
        self.scan, self.context, self.scratch = scan, context, scratch
        self.trainer = trainer_of(scan.trained)
        self.network, self.architecture = self.trainer.load(scan.trained)
        with self.trainer.pruning(copy.deepcopy(self.network), scan.trained) as view:
            clusters = Cutter(view, "l2").clusters
        self.channels = {cluster.name: cluster.channels for cluster in clusters}

    def value_without(self, name: str, amount: float) -> float:
        network = copy.deepcopy(self.network)
        with self.trainer.pruning(network, self.scan.trained) as view:
            widths = widths_after({name: self.channels[name]}, {name: amount}, self.scan.round_to)
            Cutter(view, "l2").cut(widths)
        return self.value(network)

    def value(self, network: nn.Module) -> float:
        return self._metric(network) if self.scan.measure == "metric" else self._loss(network)

    def _loss(self, network: nn.Module) -> float:
        """Mean over the same batches each time."""
        seed_all(self.context.seed)
        context = self.context
        found = self.trainer.losses(network, self.scan.trained, context.snapshot, self.scan.batches)
        losses = [float(loss.detach()) for loss in found]
        return sum(losses) / max(1, len(losses))

    def _metric(self, network: nn.Module) -> float:
        shutil.rmtree(self.scratch, ignore_errors=True)
        trained = self.trainer.save(network, self.architecture, self.scan.trained, self.scratch / "trained")
        artifact = self.trainer.export(trained, self.scratch / "artifact")
        snapshot = self.context.snapshot
        found = evaluate(
            artifact, snapshot.items["val"], snapshot.classes, snapshot.task_type, threads=self.context.threads
        )
        return float(found.metrics[metric_for(snapshot.task_type).main])


def _harm(base: float, value: float, measure: str) -> float:
    worse = base - value if measure == "metric" else value - base
    return worse / abs(base) if base else worse


def amounts_around(amount: float) -> tuple[float, ...]:
    """What to scan before an ``amount`` is spread unevenly: halfway to everything first, then itself, then half of it.

    No layer gives more than was measured of it. With ``amount`` itself first, a scan whose minutes ended after one pass
    left nobody who could give more than the others: the demo's detector was cut uniformly, channel for channel.
    """
    return round(max(amount, min(MOST, (1 + amount) / 2)), 4), amount, round(amount / 2, 4)


def shares_from(rows: Sequence[Mapping[str, Any]], clusters: Sequence[Cluster], amount: float) -> dict[str, float]:
    """Shares that remove ``amount`` (0..1) of all channels at the same harm to each layer.

    A layer's harm is taken as linear between the amounts that were measured, and never falling; more than the largest
    of them is not taken. Layers that the scan did not reach give ``amount``.
    """
    curves = {cluster.name: _curve(rows, cluster.name) for cluster in clusters}
    sizes = {cluster.name: cluster.channels * len(cluster.roots) for cluster in clusters}

    def bearable(threshold: float) -> dict[str, float]:
        return {name: _share_at(curve, threshold) if curve else amount for name, curve in curves.items()}

    highest = max((harm for curve in curves.values() for _, harm in curve), default=0.0)
    return spread(bearable, sizes, amount, highest)


def shares_by_size(rows: Sequence[Mapping[str, Any]], clusters: Sequence[Cluster], amount: float) -> dict[str, float]:
    """Shares that remove ``amount`` (0..1) of all channels where a weight less does least harm.

    Harm is measured as for :func:`shares_from`; what is made equal is its growth for each weight that leaves the file
    (the multiplier of Lagrange: no weight could be taken elsewhere for less). Wide late layers, whose channels hold
    most weights, go first. Layers that the scan did not reach give ``amount``.
    """
    sizes = {cluster.name: cluster.channels * len(cluster.roots) for cluster in clusters}
    prices = {one.name: _prices(_curve(rows, one.name), one.channels * one.weights) for one in clusters}

    def bearable(threshold: float) -> dict[str, float]:
        return {name: _share_at(curve, threshold) if curve else amount for name, curve in prices.items()}

    highest = max((price for curve in prices.values() for _, price in curve), default=0.0)
    return spread(bearable, sizes, amount, highest)


def _prices(curve: Sequence[tuple[float, float]], weights: float) -> list[tuple[float, float]]:
    """(amount, harm of the next weight there) of a layer with so many ``weights``; never falling.

    Between two measured amounts the price is the slope, reached halfway; at the largest one it has grown on as before.
    """
    points: list[tuple[float, float]] = []
    before = (0.0, 0.0)
    for amount, harm in curve:
        points.append(((before[0] + amount) / 2, (harm - before[1]) / ((amount - before[0]) * weights)))
        before = (amount, harm)
    if points:
        last = points[-1][1]
        points.append((before[0], last + (last - points[-2][1] if len(points) > 1 else last)))
    return list(_never_falling(points))


def _curve(rows: Sequence[Mapping[str, Any]], name: str) -> list[tuple[float, float]]:
    """(amount, harm) by amount, each harm at least that of the smaller amounts and at least 0."""
    points = sorted((float(row["amount"]), float(row["harm"])) for row in rows if row["layer"] == name)
    return list(_never_falling(points))


def _never_falling(points: Sequence[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    most = 0.0
    for amount, harm in points:
        most = max(most, harm)
        yield amount, most


def _share_at(curve: Sequence[tuple[float, float]], threshold: float) -> float:
    """The largest amount on the curve, from (0, 0) on, whose harm is at most ``threshold``."""
    before = (0.0, 0.0)
    for amount, harm in curve:
        if harm > threshold:
            return before[0] + (amount - before[0]) * (threshold - before[1]) / (harm - before[1])
        before = (amount, harm)
    return before[0]
