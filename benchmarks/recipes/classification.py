"""The classifier's way, over five folds of all pictures: each picture is judged once, by networks that never saw it."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.frozen import data_hash, freeze_folder
from benchmarks.recipes.imagenet_start import FILE, write_start
from benchmarks.recipes.runner import Runner, Training
from benchmarks.recipes.side_by_side import Side, judge, points, pooled, timings
from benchmarks.stages import Stages, elapsed_s, say
from compression.core.model import Model
from compression.core.snapshot import Snapshot, SnapshotItem
from compression.core.trainers.classifier import preprocess
from compression.core.training.pictures import ClassPictures

METRIC = "accuracy"
FOLDS = 5


@dataclass(frozen=True)
class Recipe:
    """Epochs of each stage; ``amount`` of channels to cut, by size; ``soft`` the weight of the teacher's answers.

    ``allowed_drop`` is what the quantizer may lose on val: two of its forty pictures, since one may be chance.
    """

    arch: str = "mobilenet_v2"
    teacher: str = "resnet50"
    image_size: int = 128
    batch: int = 32
    epochs: int = 12
    teacher_epochs: int = 6
    tune_epochs: int = 20
    amount: float = 0.4
    scan_minutes: float = 2
    lr: float = 0.0005
    soft: float = 0.7
    allowed_drop: float = 0.07


QUICK = Recipe("mobilenet_v3_small", "resnet18", 64, 16, 1, 1, 1)


def report(options: Namespace, root: Path) -> dict[str, Any]:
    """All folds, then the pooled answers of the parent and of the final models."""
    whole = freeze_folder(options.data, root / "snapshot", "image_classification")
    recipe = QUICK if options.quick else Recipe()
    rows: dict[str, list[Side]] = {}
    timed: dict[str, Any] = {}
    taught: str | None = None
    for number, snapshot in enumerate(folds(whole)):
        say(f"Fold {number + 1} of {FOLDS}: {snapshot.counts()}")
        stages = Stages(root / f"fold-{number}", data_hash(whole) + str(number))
        training = Training(recipe.image_size, recipe.batch, {"lr": recipe.lr})
        runner = Runner(snapshot, stages, training, METRIC, number, options.device, recipe.allowed_drop)
        init = start_weights(options, recipe, snapshot, stages.root)
        models, taught = shrink(runner, recipe, init, taught)
        timed = timed or timings(models["parent"], models["final"])
        for role, side in judge(runner, models, {"final": timed["runtime"]}).items():
            rows.setdefault(role, []).append(side)
    sides = {role: pooled(folded) for role, folded in rows.items()}
    best, eager = (timed["baselines"][name] for name in ("best_fp32", "pytorch_eager_fp32"))
    return {
        "parent": sides["parent"].row(best["p20_ms"], best["name"]),
        "teacher": sides["teacher"].row() | {"what": f"{recipe.teacher} from random weights, first fold only"},
        "small": sides["small"].row(),
        "final": sides["final"].row(timed["p20_ms"], timed["runtime"]),
        "size_ratio": round(sides["parent"].size_bytes / sides["final"].size_bytes, 2),
        "speed_vs_eager": eager["speed"],
        "speed_vs_best_fp32": best["speed"],
        **points(sides["parent"], sides["final"], METRIC),
        "start": "ImageNet" if init else "random weights",
        "taught_by": taught,
        "folds": FOLDS,
        "images": len(sides["final"].images),
        "recipe": vars(recipe),
        "contention": timed["contention"],
        "seconds": elapsed_s(),
    }


def shrink(runner: Runner, recipe: Recipe, init: Path | None, taught: str | None) -> tuple[dict[str, Model], str]:
    """Models by role, and who teaches: in the first fold whichever is better on its val, then always that one."""
    parent = runner.train("parent", recipe.arch, recipe.epochs, init=init)
    models, teachers = {"parent": parent}, {"parent": parent}
    if taught in (None, recipe.teacher):
        teacher = runner.train("teacher", recipe.teacher, recipe.teacher_epochs)
        teachers = {**teachers, recipe.teacher: teacher} if taught is None else {recipe.teacher: teacher}
        models |= {"teacher": teacher} if taught is None else {}
    taught, best = runner.better(teachers)
    cut = {
        "amount": recipe.amount, "scope": "size", "scan_minutes": recipe.scan_minutes, "epochs": recipe.tune_epochs,
        "distil": True, "soft": recipe.soft, "hard": 1 - recipe.soft, "lr": recipe.lr,
    }  # fmt: skip
    small = runner.step("prune", parent, cut, best, label=f"prune-{taught}")
    return models | {"small": small, "final": runner.step("quantize", small, {"scheme": "int8"})}, taught


def folds(whole: Snapshot) -> list[Snapshot]:
    """The pictures of all splits dealt out by class; a fold's test part is one hand, a tenth of the rest is its val."""
    by_class: dict[int, list[SnapshotItem]] = {}
    for item in sorted((item for split in whole.items.values() for item in split), key=lambda one: one.path.name):
        by_class.setdefault(item.objects[0][0], []).append(item)
    hands: list[list[SnapshotItem]] = [[] for _ in range(FOLDS)]
    for items in by_class.values():
        for index, item in enumerate(items):
            hands[index % FOLDS].append(item)
    made = []
    for number, test in enumerate(hands):
        rest = [item for other, hand in enumerate(hands) if other != number for item in hand]
        val = tuple(rest[::10])
        train = tuple(item for index, item in enumerate(rest) if index % 10)
        made.append(replace(whole, items={"train": train, "val": val, "test": tuple(test)}))
    return made


def start_weights(options: Namespace, recipe: Recipe, snapshot: Snapshot, root: Path) -> Path | None:
    """A folder to start the parent from, None where the weights folder lacks the file or the network is another."""
    file = options.weights.parent / FILE
    if recipe.arch != "mobilenet_v2":
        return None
    if not file.exists():
        say(f"No {FILE.name}: the parent starts from random weights")
        return None
    items = snapshot.items["train"]
    pictures, _ = ClassPictures(items, recipe.image_size, preprocess()).plain(range(0, len(items), 4))
    return write_start(file, root / "imagenet-mobilenet_v2", pictures)
