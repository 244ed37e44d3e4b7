"""The segmenter's way: a MobileNet trained from nothing, cut, taught by itself uncut, quantized."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.frozen import data_hash, freeze_folder
from benchmarks.recipes.runner import Runner, Training
from benchmarks.recipes.side_by_side import judge, points, timings
from benchmarks.stages import Stages, elapsed_s, say

METRIC = "miou"


@dataclass(frozen=True)
class Recipe:
    """Epochs of each stage; ``amount`` of channels to cut, by size: that target is bytes.

    Few epochs right after the cut and one long schedule under the teacher: two schedules of half the length each end
    lower (with 40 + 40 epochs and the plain cut of a half, .377 and .411 mean IoU on val where this one came to .467).
    """

    arch: str = "lraspp_mobilenet_v3_large"
    image_size: int = 256
    batch: int = 8
    epochs: int = 80
    prune_epochs: int = 4
    distil_epochs: int = 76
    amount: float = 0.42
    lr: float = 0.001


QUICK = Recipe("lraspp_mobilenet_v3_small", 96, 4, 2, 1, 1)


def report(options: Namespace, root: Path) -> dict[str, Any]:
    """Shrink, then look at test once."""
    snapshot = freeze_folder(options.data, root / "snapshot", "semantic_segmentation", options.void)
    stages = Stages(root, data_hash(snapshot))
    recipe = QUICK if options.quick else Recipe()
    training = Training(recipe.image_size, recipe.batch, {"lr": recipe.lr})
    runner = Runner(snapshot, stages, training, METRIC, 0, options.device)
    parent = runner.train("parent", recipe.arch, recipe.epochs)
    extra = recipe.prune_epochs + recipe.distil_epochs
    longer = runner.train("longer", recipe.arch, extra, start=parent)
    cut = {"amount": recipe.amount, "scope": "size", "epochs": recipe.prune_epochs, "lr": recipe.lr}
    pruned = runner.step("prune", parent, cut)
    distilled = runner.step("distil", pruned, {"epochs": recipe.distil_epochs, "lr": recipe.lr}, longer)
    chosen, small = runner.better({"pruned": pruned, "distilled": distilled})
    final = runner.step("quantize", small, {"scheme": "int8"})
    control = runner.train("control", recipe.arch, recipe.epochs + extra, like=small)
    say("Timing, then looking at test")
    timed = timings(longer, final)
    models = {"parent": longer, "small": small, "final": final, "control": control}
    sides = judge(runner, models, {"final": timed["runtime"]})
    best, eager = (timed["baselines"][name] for name in ("best_fp32", "pytorch_eager_fp32"))
    return {
        "parent": sides["parent"].row(best["p20_ms"], best["name"]) | {"what": "unpruned, as many epochs as small saw"},
        "small": sides["small"].row(),
        "final": sides["final"].row(timed["p20_ms"], timed["runtime"]),
        "control": sides["control"].row() | {"what": "the widths of small from random weights, as many epochs"},
        "size_ratio": round(sides["parent"].size_bytes / sides["final"].size_bytes, 2),
        "speed_vs_eager": eager["speed"],
        "speed_vs_best_fp32": best["speed"],
        **points(sides["parent"], sides["final"], METRIC),
        "chosen": chosen,
        "recipe": vars(recipe),
        "images": snapshot.counts(),
        "contention": timed["contention"],
        "seconds": elapsed_s(),
        "reused": stages.reused,
    }
