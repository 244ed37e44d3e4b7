"""How many labels a queue strategy saves, against asking in no order.

    .venv/bin/python benchmarks/active_learning.py                                # clothing and bccd
    .venv/bin/python benchmarks/active_learning.py --data ../shared/data/clothing # one set, or another
    .venv/bin/python benchmarks/active_learning.py --quick                        # shows that it runs, no more

Classification: the features of a MobileNetV2 with ImageNet weights, as the product takes them while predicting, and
logistic regression on top; all strategies, 10 seeds, each with another test part. Detection: the product's trainer,
from the weights it ships, at four numbers of labels; mix, entropy and random, 3 seeds.

`labels_vs_random`: labels at which the mean over seeds, made monotone, first reaches 95 % of the metric of the full
pool, over those that random needs; under 1 = labels saved, null = not reached. `flat_from`: where the product would
say that the curve is flat. The last line is JSON: {set: {strategy: {…}}}.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import compression.core  # noqa: F401  sets how OpenMP waits before torch is loaded
from benchmarks.compression import task_of
from benchmarks.recipes import active_classification, active_detection
from benchmarks.stages import say

SHARED = Path(__file__).resolve().parents[2] / "shared"
RECIPES = {"object_detection": active_detection.report, "image_classification": active_classification.report}


def main() -> None:
    """Run each set and print."""
    options = _options()
    found = {}
    for folder in options.sets:
        options.data, task_type = folder, task_of(folder)
        if task_type not in RECIPES:
            raise SystemExit(f"{folder} is labelled for {task_type}; this benchmark does {', '.join(RECIPES)}")
        say(f"{task_type} on {folder.name}")
        with tempfile.TemporaryDirectory(prefix="winnow-active-") as scratch:
            found[folder.name] = RECIPES[task_type](options, (options.checkpoints or Path(scratch)) / folder.name)
        for slug, row in found[folder.name].items():
            say(f"{slug:16s} {row['labels_vs_random']} {row['interval']} of random's labels")
    print(json.dumps(found))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", dest="sets", type=Path, action="append", help="a labelled folder; may be repeated")
    parser.add_argument("--seeds", type=int, help="default: 10 for classification, 3 for detection")
    parser.add_argument("--checkpoints", type=Path, help="folder in which trainings are kept and taken up again")
    parser.add_argument("--plots", type=Path, help="folder for the learning curves")
    parser.add_argument("--device", default="cpu", help="cpu, cuda:0 …")
    parser.add_argument("--weights", type=Path, default=SHARED / "weights")
    parser.add_argument("--quick", action="store_true", help="few seeds and steps: shows that it runs, no more")
    options = parser.parse_args()
    options.sets = options.sets or [SHARED / "data" / "clothing", SHARED / "data" / "bccd"]
    return options


if __name__ == "__main__":
    main()
