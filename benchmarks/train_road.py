"""Draw road scenes, train the narrow detector that ships with the demo, and measure it.

    nice -n 10 .venv/bin/python benchmarks/train_road.py --out var/road --minutes 36

Stages keep what is done, so that an interrupted call goes on. `--install` copies the result into prelabel/weights/road.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from annotator.core.scenes.road import CLASSES, draw_scene
from compression.core.snapshot import Snapshot, materialize
from compression.core.trainer import EpochReport, Trained, TrainRequest
from compression.core.trainers import load_trainer

WIDTH, HEIGHT = 640, 384
# Coarse first, then on from there at the size that ships: (folder, long side px, learning rate, share of the minutes).
STAGES = (("training", 416, 0.002, 0.45), ("refining", 480, 0.0015, 0.55))
# The demo project draws its scenes from low seeds: nothing trained here may be among them.
FIRST_SEED = 1_000_000


def draw_items(blobs: Path, counts: dict[str, int]) -> Iterator[dict[str, object]]:
    """Manifest entries of fresh scenes, their JPEGs stored by sha256 under ``blobs``."""
    seed = FIRST_SEED
    for split, count in counts.items():
        for _ in range(count):
            scene = draw_scene(seed, WIDTH, HEIGHT)
            buffer = io.BytesIO()
            scene.image.save(buffer, "JPEG", quality=92)
            sha256 = hashlib.sha256(buffer.getvalue()).hexdigest()
            (blobs / sha256).write_bytes(buffer.getvalue())
            yield {
                "item_id": seed,
                "sha256": sha256,
                "name": f"road-{seed}.jpg",
                "width": WIDTH,
                "height": HEIGHT,
                "split": split,
                "objects": [{"class_id": CLASSES.index(name), "bbox": list(box)} for name, box in scene.objects],
            }
            seed += 1


def snapshot_of(out: Path, counts: dict[str, int]) -> Snapshot:
    """The drawn data set, from disk where an earlier call left it."""
    blobs, listing = out / "blobs", out / "manifest.json"
    blobs.mkdir(parents=True, exist_ok=True)
    if not listing.exists():
        manifest = {
            "schema": 1,
            "task_type": "object_detection",
            "classes": [{"id": index, "name": name} for index, name in enumerate(CLASSES)],
            "items": list(draw_items(blobs, counts)),
        }
        listing.write_text(json.dumps(manifest), encoding="utf-8")
    manifest = json.loads(listing.read_text(encoding="utf-8"))
    return materialize(manifest, out / "snapshot", lambda sha256: blobs / sha256)


def report(epoch: EpochReport) -> None:
    """One line per epoch."""
    metrics = " ".join(f"{key} {value:.3f}" for key, value in epoch.metrics.items())
    print(f"epoch {epoch.epoch}/{epoch.epochs} {epoch.seconds:.0f} s, eta {epoch.eta_s:.0f} s: {metrics}", flush=True)


def train(snapshot: Snapshot, out: Path, arguments: argparse.Namespace) -> Trained:
    """Train in two stages, or go on."""
    trained: Trained | None = None
    for folder, image_size, rate, share in STAGES:
        request = TrainRequest(
            snapshot=snapshot,
            workdir=out / folder,
            arch=arguments.arch,
            init=trained.folder if trained else None,
            epochs=arguments.epochs,
            image_size=image_size,
            minutes=share * arguments.minutes,
            seed=7,
            on_epoch=report,
            options={"rect": True, "scale": 0.3, "lr0": rate},
        )
        trained = load_trainer("yolo").train(request)
    assert trained is not None
    return trained


def main() -> None:
    """Draw, train, export."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("var/road"))
    parser.add_argument("--arch", default="yolo11p")
    parser.add_argument("--epochs", type=int, default=16)
    parser.add_argument("--minutes", type=float, default=36.0)
    parser.add_argument("--train", type=int, default=1400)
    arguments = parser.parse_args()
    started = time.monotonic()
    snapshot = snapshot_of(arguments.out, {"train": arguments.train, "val": 100, "test": 200})
    print(f"scenes {snapshot.counts()} after {time.monotonic() - started:.0f} s", flush=True)
    trained = train(snapshot, arguments.out, arguments)
    folder = load_trainer("yolo").export(trained, arguments.out / "fp32")
    print(json.dumps({"trained": str(trained.folder), "fp32": str(folder)}))


if __name__ == "__main__":
    main()
