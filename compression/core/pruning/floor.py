"""The smallest file that pruning and rounding can make of a network, known before any training."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from compression.core.benchmarking.latency import bytes_to_run
from compression.core.json_files import write_json
from compression.core.model import Model
from compression.core.pruning.structured import MOST, cost_of, cut_folder, plan_cut, uniform_shares, widths_after
from compression.core.step import StepContext

_BITS = {"int4": 0.5, "int8": 1.0}  # bytes a weight
_FP32 = 4


@dataclass(frozen=True)
class Floor:
    """``bytes`` of the smallest file; ``params`` left when every layer that can lose channels lost nearly all."""

    size_bytes: int
    params: int
    of_params: int
    graph_bytes: int


def least_bytes(model: Model, context: StepContext, *, prunes: bool) -> Floor:
    """Cut as far as the pruner can, untrained, and count; ``prunes`` False: all weights stay. Kept in ``context.out``.

    ``model`` must be fp32. Heads and attention keep their outputs, which is what sets the floor.
    """
    kept = context.out / "floor.json"
    if kept.exists():
        return Floor(**json.loads(kept.read_text(encoding="utf-8")))
    assert model.trained is not None
    context.out.mkdir(parents=True, exist_ok=True)
    before = cost_of(model.trained)["params"]
    after = _cut(model.trained, context) if prunes else before
    graph = max(0, bytes_to_run(model.artifact) - _FP32 * before)
    floor = Floor(int(after * _BITS["int4"]) + graph, after, before, graph)
    write_json(kept, vars(floor))
    return floor


def _cut(trained: Path, context: StepContext) -> int:
    channels, shares = plan_cut(trained, context, "l1", lambda clusters: uniform_shares(clusters, MOST))
    folder = cut_folder(trained, context.out / "cut", context, "l1", widths_after(channels, shares, 8))
    return cost_of(folder)["params"]
