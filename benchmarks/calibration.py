"""Whether found thresholds keep what they promise: on boxes that neither training nor calibration saw.

    .venv/bin/python benchmarks/calibration.py [--data ../shared/data/bccd] [--checkpoints DIR] [--target 0.95]

Trains the detector of benchmarks/compression.py as long as all of that recipe (its `longer`; with --epochs its
`student` alone) or takes the finished stages from --checkpoints. A repetition shuffles by its seed, calibrates on the
guesses in four fifths of the val pictures, and judges the boxes that the thresholds found there accept in half of the
test pictures. No picture is on both sides, and test never chooses anything. Reached: the exact 95 % interval of the
accepted boxes' precision reaches the target (`outright`: the precision itself does) and the right ones among them are
30 % or more of all true boxes (`coverage`; `coverage_shown`: accepted of all guesses with a score of 0.25 or more).

Where people seem to have left a class out of a picture (prelabel/core/missing_labels.py), what the model says of it
there counts on neither side. `strict`: on the judged side every label is believed. `believing_all`: on both sides.
`exchanged`: val and test thrown together and dealt anew in their sizes; its repetitions differ more, but the best epoch
was chosen on some of the judged pictures. `whole`: all of val, all of test.
The last line is JSON. `ece_before` and `ece_after`: on all of test, calibrated on all of val.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import compression.core  # noqa: F401  sets how OpenMP waits before torch is loaded
from benchmarks.stages import Stages, elapsed_s, say
from compression.core.judging.calibrating import outcomes_of, pairs_by_class, trusted_outcomes
from compression.core.judging.judgement import ImageResult
from prelabel.core.calibration import Outcome
from prelabel.core.calibration_fit import fit_calibration
from prelabel.core.exact_bound import interval
from prelabel.core.found_thresholds import TARGETS, FoundThreshold, find_thresholds
from prelabel.core.missing_labels import LeftOut
from prelabel.core.score_maps import calibration_error

TASK = "object_detection"
COVERED = 0.30
VAL_SHARE, TEST_SHARE = 0.8, 0.5


def main() -> None:
    """Train or take up, evaluate once, repeat, print."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="winnow-calibration-") as scratch:
        val, test, classes = judged_splits(options, options.checkpoints or Path(scratch))
    say(f"{len(val)} val and {len(test)} test pictures are judged")
    found = report(val, test, len(classes), options.target, options.repetitions)
    print(json.dumps(found | {"data": options.data.name, "classes": list(classes), "seconds": elapsed_s()}))


def judged_splits(
    options: argparse.Namespace, root: Path
) -> tuple[list[ImageResult], list[ImageResult], Sequence[str]]:
    """Every val and test picture judged by the trained detector, and the names of the classes."""
    from benchmarks.frozen import data_hash, freeze_folder
    from benchmarks.recipes.detection import METRIC, QUICK, Recipe
    from benchmarks.recipes.runner import Runner, Training
    from compression.core.judging.evaluation import evaluate

    recipe = QUICK if options.quick else Recipe()
    snapshot = freeze_folder(options.data, root / "snapshot", TASK)
    training = Training(recipe.image_size, settings={"lr0": recipe.lr})
    runner = Runner(snapshot, Stages(root, data_hash(snapshot)), training, METRIC, 0, options.device)
    model = runner.train("student", recipe.student, options.epochs or recipe.student_epochs)
    if not options.epochs:
        model = runner.train("longer", recipe.student, recipe.budget - recipe.student_epochs, start=model)
    judged = [
        list(evaluate(model.artifact, snapshot.items[split], snapshot.classes, TASK, threads=2).images)
        for split in ("val", "test")
    ]
    return judged[0], judged[1], snapshot.classes


def report(
    val: Sequence[ImageResult], test: Sequence[ImageResult], class_count: int, target: float, repetitions: int
) -> dict[str, Any]:
    """The calibration error on test, and every repetition by both ways of dealing pictures."""
    fitted = fit_calibration(trusted_outcomes(val, TASK)[0])
    outcomes = trusted_outcomes(test, TASK)[0]
    calibrated = [(fitted.calibration.of(one.class_index).of(one.score), one.right) for one in outcomes]
    dealt = [split_by_seed(val, test, seed) for seed in range(repetitions)]
    exchanged = [exchange_by_seed(val, test, seed) for seed in range(repetitions)]
    return {
        "target": target,
        "kind": fitted.calibration.kind,
        "ece_before": round(calibration_error([(one.score, one.right) for one in outcomes]), 4),
        "ece_after": round(calibration_error(calibrated), 4),
        **_repeated([repetition(*one, class_count, target) for one in dealt]),
        "strict": _repeated([repetition(*one, class_count, target, judge_by=believed) for one in dealt]),
        "believing_all": _repeated([repetition(*one, class_count, target, believed, believed) for one in dealt]),
        "exchanged": _repeated([repetition(*one, class_count, target) for one in exchanged]),
        "whole": repetition(val, test, class_count, target),
        "whole_strict": repetition(val, test, class_count, target, judge_by=believed),
    }


Sides = tuple[list[ImageResult], list[ImageResult]]
Reading = Callable[[Sequence[ImageResult], str], tuple[list[Outcome], list[LeftOut]]]


def split_by_seed(val: Sequence[ImageResult], test: Sequence[ImageResult], seed: int) -> Sides:
    """Four fifths of val to calibrate on, half of test to be judged."""
    rng = random.Random(seed)
    return rng.sample(list(val), round(VAL_SHARE * len(val))), rng.sample(list(test), round(TEST_SHARE * len(test)))


def exchange_by_seed(val: Sequence[ImageResult], test: Sequence[ImageResult], seed: int) -> Sides:
    """All of them dealt anew, as many to each side as before."""
    dealt = random.Random(seed).sample([*val, *test], len(val) + len(test))
    return dealt[: len(val)], dealt[len(val) :]


def believed(images: Sequence[ImageResult], task_type: str) -> tuple[list[Outcome], list[LeftOut]]:
    """All outcomes, as if people had left out nothing."""
    return outcomes_of(images, task_type), []


def repetition(
    calibrated_on: Sequence[ImageResult],
    judged: Sequence[ImageResult],
    class_count: int,
    target: float,
    calibrate_by: Reading = trusted_outcomes,
    judge_by: Reading = trusted_outcomes,
) -> dict[str, Any]:
    """Find thresholds on one side, look at what they accept on the other."""
    known, left_out = calibrate_by(calibrated_on, TASK)
    calibration = fit_calibration(known).calibration
    found = find_thresholds(pairs_by_class(known, class_count), calibration)[target]
    shown, judged_left_out = judge_by(judged, TASK)
    passed = [_accepts(found[one.class_index], one.score) for one in shown]
    right = [one.right for one, accepted in zip(shown, passed, strict=True) if accepted]
    doubtful = {one.picture for one, accepted in zip(shown, passed, strict=True) if not accepted}
    alone = [one for one in shown if one.picture not in doubtful]
    n, hits, boxes = len(right), sum(right), sum(sum(image.truths) for image in judged)
    low, high = interval(hits, n) if n else (0.0, 1.0)
    return {
        "kind": calibration.kind,
        "thresholds": {index: [one.threshold, one.reason, one.n, one.bound] for index, one in found.items()},
        "n": n,
        "precision": round(hits / n, 4) if n else None,
        "interval": [round(low, 4), round(high, 4)],
        "left_out": [len(left_out), len(judged_left_out)],
        "coverage": round(hits / boxes, 4) if boxes else 0.0,
        "coverage_shown": round(n / len(shown), 4) if shown else 0.0,
        "reached": bool(n) and high >= target,
        "outright": bool(n) and hits >= target * n,
        # A picture goes its way alone only if all of its shown boxes are accepted.
        "pictures": len({one.picture for one in alone}),
        "pictures_precision": round(sum(one.right for one in alone) / len(alone), 4) if alone else None,
    }


def _accepts(found: FoundThreshold, score: float) -> bool:
    return found.threshold is not None and score >= found.threshold


def _repeated(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "reached_in_10": sum(row["reached"] and row["coverage"] >= COVERED for row in rows),
        "outright_in_10": sum(row["outright"] and row["coverage"] >= COVERED for row in rows),
        "of": len(rows),
        "coverage": [row["coverage"] for row in rows],
        "coverage_shown": [row["coverage_shown"] for row in rows],
        "precision": [row["precision"] for row in rows],
        "repetitions": rows,
    }


def _options() -> argparse.Namespace:
    shared = Path(__file__).resolve().parents[2] / "shared"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=shared / "data" / "bccd", help="boxes with train, val and test")
    parser.add_argument("--target", type=float, choices=TARGETS, default=0.95)
    parser.add_argument("--repetitions", type=int, default=10)
    parser.add_argument("--checkpoints", type=Path, help="folder in which the training is kept and taken up again")
    parser.add_argument("--epochs", type=int, help="of the student alone; default as in the compression benchmark")
    parser.add_argument("--device", default="cpu", help="cpu, cuda:0 …")
    parser.add_argument("--quick", action="store_true", help="a tiny network, few epochs: shows that it runs, no more")
    return parser.parse_args()


if __name__ == "__main__":
    main()
