"""A large model shrunk by the product's own steps, measured beside it, with the controls that say what it was worth.

    .venv/bin/python benchmarks/compression.py --data ../shared/data/bccd [--seeds 3] [--checkpoints DIR]
    .venv/bin/python benchmarks/compression.py --data ../shared/data/clothing     # 5-fold cross-validation
    .venv/bin/python benchmarks/compression.py --data ../shared/data/camvid --void "class 11"  # segmentation

Trains from nothing (clothing: from ImageNet weights where ../shared/weights has them). All choices are made on val;
test is looked at once, at the end. Sizes are of all files that running needs; latencies are p20 of interleaved rounds
on one thread, one picture, on this machine. With --checkpoints a finished stage is taken again where the data and every
setting before it have the same hash. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import compression.core  # noqa: F401  sets how OpenMP waits before torch is loaded
from benchmarks.recipes import classification, detection, segmentation
from benchmarks.stages import say

RECIPES = {
    "object_detection": detection.report,
    "image_classification": classification.report,
    "semantic_segmentation": segmentation.report,
}


def main() -> None:
    """Run and print."""
    options = _options()
    task_type = options.task or task_of(options.data)
    with tempfile.TemporaryDirectory(prefix="winnow-compression-") as scratch:
        root = options.checkpoints or Path(scratch)
        say(f"{task_type} on {options.data.name}, device {options.device}")
        found = RECIPES[task_type](options, root)
    print(json.dumps(found))


def task_of(data: Path) -> str:
    """What a folder is labelled for, by its format."""
    from annotator.core.formats import sniff

    return {"image_folder": "image_classification", "mask_png": "semantic_segmentation"}.get(
        sniff(data).slug, "object_detection"
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="a labelled folder with train, val and test splits")
    parser.add_argument("--task", choices=sorted(RECIPES), help="default: by the folder's format")
    parser.add_argument("--void", help="segmentation: the class that stands for unlabelled pixels")
    parser.add_argument("--seeds", type=int, default=1, help="how often everything is done; the spread is stated")
    parser.add_argument("--checkpoints", type=Path, help="folder in which stages are kept and taken up again")
    parser.add_argument("--device", default=_device(), help="cpu, cuda:0 …")
    parser.add_argument("--weights", type=Path, default=Path(__file__).resolve().parents[2] / "shared" / "weights")
    parser.add_argument("--quick", action="store_true", help="tiny networks, few epochs: shows that it runs, no more")
    return parser.parse_args()


def _device() -> str:
    import torch

    return "cuda:0" if torch.cuda.is_available() else "cpu"


if __name__ == "__main__":
    main()
