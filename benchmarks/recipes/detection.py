"""The detector's way: a large teacher, a small network beside it, pruned, distilled, quantized; and its controls.

All choices are made on val; what is returned is judged on test afterwards, once.
"""

from __future__ import annotations

from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from benchmarks.frozen import data_hash, freeze_folder
from benchmarks.recipes.runner import Runner, Training
from benchmarks.recipes.side_by_side import Side, compare, judge, timings
from benchmarks.stages import Stages, elapsed_s, say
from compression.core.model import Model

METRIC = "map5095"


@dataclass(frozen=True)
class Recipe:
    """Epochs of each stage; ``amount`` of channels to cut, ``feature`` the weight of the teacher's maps."""

    teacher: str = "yolo11s"
    student: str = "yolo11n"
    image_size: int = 256
    teacher_epochs: int = 60
    student_epochs: int = 45
    prune_epochs: int = 30
    distil_epochs: int = 40
    amount: float = 0.5
    feature: float = 0.5
    lr: float = 0.002

    @property
    def budget(self) -> int:
        """Epochs that the small network sees from random weights to the end."""
        return self.student_epochs + self.prune_epochs + self.distil_epochs


QUICK = Recipe("yolo11p", "yolo11t", 96, 2, 2, 1, 1)


def shrink(runner: Runner, recipe: Recipe) -> tuple[dict[str, Model], dict[str, Any]]:
    """Models by role, and what was chosen on val.

    ``control`` has the widths of ``small``, from random weights, for as many epochs as ``small`` saw in all; ``longer``
    is the unpruned student after the same epochs, the honest parent of ``int8`` and ``int4``.
    """
    teacher = runner.train("teacher", recipe.teacher, recipe.teacher_epochs)
    student = runner.train("student", recipe.student, recipe.student_epochs)
    cut = {"amount": recipe.amount, "importance": "l2", "epochs": recipe.prune_epochs, "lr": recipe.lr}
    pruned = runner.step("prune", student, cut)
    lesson = {"epochs": recipe.distil_epochs, "feature": recipe.feature, "lr": recipe.lr}
    distilled = runner.step("distil", pruned, lesson, teacher)
    name, small = runner.better({"pruned": pruned, "distilled": distilled})
    models = {
        "teacher": teacher,
        "student": student,
        "small": small,
        "int8": runner.step("quantize", small, {"scheme": "int8"}, label="int8"),
        "int4": runner.step("quantize", small, {"scheme": "int4"}, label="int4"),
        "control": runner.train("control", recipe.student, recipe.budget, like=small),
        "longer": runner.train("longer", recipe.student, recipe.budget - recipe.student_epochs, start=student),
    }
    return models, {"small": name, "val": {role: round(runner.value(model), 4) for role, model in models.items()}}


def report(options: Namespace, root: Path) -> dict[str, Any]:
    """Every seed, then the figures of the first and the spread of all."""
    snapshot = freeze_folder(options.data, root / "snapshot", "object_detection")
    stages = Stages(root, data_hash(snapshot))
    recipe = QUICK if options.quick else Recipe()
    training = Training(recipe.image_size, settings={"lr0": recipe.lr})
    found = []
    for seed in range(options.seeds):
        runner = Runner(snapshot, stages, training, METRIC, seed, options.device)
        found.append(figures(runner, *shrink(runner, recipe)))
    spread = {key: [one[key] for one in found] for key in ("size_ratio", "speed_vs_best_fp32", "relative_drop")}
    return found[0] | {
        "spread": {key: _spread(values) for key, values in spread.items()},
        "recipe": vars(recipe),
        "images": snapshot.counts(),
        "seconds": elapsed_s(),
        "stage_seconds": stages.seconds,
        "reused": stages.reused,
    }


def figures(runner: Runner, models: dict[str, Model], chosen: dict[str, Any]) -> dict[str, Any]:
    """Everything timed in the same rounds, and the one look at test: ``final`` in the runtime that it is timed in."""
    say("Timing, then looking at test")
    timed = timings(models["teacher"], models["int8"])
    small = timings(models["teacher"], models["small"])
    sides = judge(runner, models, {"int8": timed["runtime"]})
    teacher, final = sides["teacher"], sides["int8"]
    drop = compare(teacher, final, METRIC)
    best, eager = (timed["baselines"][name] for name in ("best_fp32", "pytorch_eager_fp32"))
    return {
        "teacher": teacher.row(best["p20_ms"], best["name"]) | {"eager_p20_ms": eager["p20_ms"]},
        "small": sides["small"].row(small["p20_ms"], small["runtime"]),
        "final": final.row(timed["p20_ms"], timed["runtime"]),
        "size_ratio": round(teacher.size_bytes / final.size_bytes, 2),
        "speed_vs_eager": eager["speed"],
        "speed_vs_best_fp32": best["speed"],
        "relative_drop": round(drop.drop, 4),
        "drop_interval": [round(drop.low, 4), round(drop.high, 4)],
        "control": sides["control"].row() | {"what": "the widths of small from random weights, as many epochs"},
        "alone": {
            "parent": sides["longer"].row() | {"what": "the student unpruned, as many epochs as small saw"},
            **{name: sides[name].row() | _alone(sides["longer"], sides[name]) for name in ("int8", "int4")},
        },
        "chosen": chosen,
        "contention": timed["contention"],
    }


def _spread(values: list[float]) -> dict[str, Any]:
    return {"values": values, "mean": mean(values), "sd": stdev(values) if len(values) > 1 else None}


def _alone(parent: Side, small: Side) -> dict[str, Any]:
    """One network against itself, unpruned, after the same epochs."""
    drop = compare(parent, small, METRIC)
    return {
        "size_ratio": round(parent.size_bytes / small.size_bytes, 2),
        "relative_drop": round(drop.drop, 4),
        "drop_interval": [round(drop.low, 4), round(drop.high, 4)],
    }
