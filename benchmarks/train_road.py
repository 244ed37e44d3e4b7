"""Draw road scenes, train the narrow detector that ships with the demo, and measure it.

    nice -n 10 .venv/bin/python benchmarks/train_road.py --out var/road --minutes 36

Stages keep what is done, so that an interrupted call goes on. `--install` copies the result into prelabel/weights/road.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from annotator.core.scenes.road import CLASSES, draw_scene
from compression.core.benchmarking.latency import bytes_to_run, compare_latency
from compression.core.judging.evaluation import evaluate
from compression.core.judging.gate import decide
from compression.core.model import Model
from compression.core.snapshot import Snapshot, materialize
from compression.core.step import StepContext
from compression.core.steps import load_step
from compression.core.trainer import EpochReport, Trained, TrainRequest
from compression.core.trainers import load_trainer
from prelabel.core.artifact import describe_file, load_artifact, save_manifest
from prelabel.core.base_models import SHIPPED as WEIGHTS
from prelabel.core.metric import Truth
from prelabel.core.metrics.detection_matching import match_image
from prelabel.core.predictors import load_predictor
from prelabel.core.preprocess import decode_upright

WIDTH, HEIGHT = 640, 384
# (folder, long side px, learning rate, share of the minutes); the second starts warm from the first.
STAGES = (("training", 416, 0.002, 0.45), ("refining", 416, 0.0015, 0.55))
# The demo project draws its scenes from low seeds: nothing trained here may be among them.
FIRST_SEED = 1_000_000
SHIPPED = WEIGHTS / "road"


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
            threads=arguments.threads,
            on_epoch=report,
            options={"rect": True, "scale": 0.3, "lr0": rate},
        )
        trained = load_trainer("yolo").train(request)
    assert trained is not None
    return trained


def compress(snapshot: Snapshot, trained: Trained, out: Path) -> dict[str, Any]:
    """Export, quantize, judge and time; the figures of the README."""
    fp32 = load_trainer("yolo").export(trained, out / "fp32")
    context = StepContext(snapshot=snapshot, out=out / "int8", threads=1)
    result = load_step("quantize").apply(Model(artifact=fp32), context)
    folders = {"fp32": fp32, "int8": result.artifact}
    found = {
        name: evaluate(folder, snapshot.items["test"], snapshot.classes, snapshot.task_type)
        for name, folder in folders.items()
    }
    gate = decide(found["fp32"].images, found["int8"].images)
    record = json.loads((trained.folder / "training.json").read_text(encoding="utf-8"))
    return {
        "folders": {name: str(folder) for name, folder in folders.items()},
        "chosen": result.history[-1]["chosen"],
        "tried": result.history[-1]["tried"],
        "metrics": {name: one.metrics for name, one in found.items()},
        "bytes": {name: bytes_to_run(folder) for name, folder in folders.items()},
        "latency": compare_latency(folders),
        "gate": gate.to_json(),
        "easy": {str(accept): easy_share(result.artifact, snapshot, accept) for accept in (0.5, 0.9)},
        "input_shape": record["input_shape"],
        "images": record["images"],
    }


def easy_share(folder: Path, snapshot: Snapshot, accept: float, show: float = 0.25) -> dict[str, float]:
    """How the guesses on test scenes would be routed: shares of images and the precision of what is accepted."""
    predictor = load_predictor(folder)
    shown = sure = right = whole = 0
    for item in snapshot.items["test"]:
        guesses = [g for g in predictor.predict([decode_upright(item.path)])[0] if g.score >= show]
        truths = [Truth(bbox, index) for index, bbox in item.objects]
        certain = [g for g in guesses if g.score >= accept]
        right += match_image(certain, truths, confidence=accept).right
        shown, sure = shown + len(guesses), sure + len(certain)
        whole += bool(guesses) and len(certain) == len(guesses)
    return {
        "shown": shown,
        "certain_share": round(sure / max(1, shown), 3),
        "certain_precision": round(right / max(1, sure), 3),
        "images_without_doubt": round(whole / len(snapshot.items["test"]), 3),
    }


def install(figures: dict[str, Any], trained: Trained) -> None:
    """Copy the int8 graph, the weights and the architecture to where the product ships them, with a README."""
    SHIPPED.mkdir(parents=True, exist_ok=True)
    int8 = Path(figures["folders"]["int8"])
    shutil.copyfile(int8 / "model.onnx", SHIPPED / "model.onnx")
    for name in ("weights.safetensors", "architecture.json"):
        shutil.copyfile(trained.folder / name, SHIPPED / name)
    manifest = load_artifact(int8).manifest
    files = {name: describe_file(SHIPPED / name) for name in ("model.onnx", "weights.safetensors", "architecture.json")}
    save_manifest(SHIPPED, replace(manifest, name="winnow-road", parent=None, files=files))
    (SHIPPED / "README.md").write_text(readme(figures), encoding="utf-8")


def readme(figures: dict[str, Any]) -> str:
    """What the model is and what was measured of it."""
    rows = []
    for name in ("fp32", "int8"):
        metrics, latency = figures["metrics"][name], figures["latency"][name]
        per_class = ", ".join(f"{CLASSES[int(i)]} {row['map50']:.3f}" for i, row in metrics["per_class"].items())
        rows.append(
            f"| {name} | {figures['bytes'][name] / 1e6:.2f} | {metrics['map50']:.3f} | {metrics['map5095']:.3f} | "
            f"{per_class} | {latency['p20_ms']:.1f} | {latency['p50_ms']:.1f} |"
        )
    total = sum(path.stat().st_size for path in SHIPPED.iterdir() if path.name != "README.md")
    gate, images = figures["gate"], figures["images"]
    easy = "\n".join(
        f"| {accept} | {100 * row['certain_share']:.0f} % | {100 * row['certain_precision']:.1f} % | "
        f"{100 * row['images_without_doubt']:.0f} % |"
        for accept, row in figures["easy"].items()
    )
    width, height = figures["input_shape"]
    return f"""# winnow-road: the pre-labeller of the demo

A narrow YOLO11 (0.99 M parameters, architecture `yolo11p`) for road scenes: vehicle, pedestrian, traffic_sign.
Trained from scratch by `benchmarks/train_road.py` on {images["train"]} scenes drawn by `annotator/core/scenes/road`
(val {images["val"]}, test {images["test"]}; seeds from 1,000,000 on, so none is in the demo). No real photo was used.
AGPL-3.0.

| model | MB to run | mAP50 | mAP50-95 | mAP50 by class | ms p20 | ms p50 |
| --- | --- | --- | --- | --- | --- | --- |
{chr(10).join(rows)}

Test scenes; input {width} x {height}; one thread of {figures["latency"]["int8"]["device"]}
({figures["latency"]["int8"]["runtime"]}), both models in turns, contention {figures["latency"]["int8"]["contention"]}.
INT8: `{figures["chosen"]}`, calibrated on train scenes. Gate against fp32: {gate["verdict"]}, drop
{100 * gate["drop"]:.2f} % [{100 * gate["interval"][0]:.2f}, {100 * gate["interval"][1]:.2f}].

At show 0.25, by accept threshold (its scores are modest, as after any short training: calibrate before accepting):

| accept | of the shown boxes certain | of those right | scenes without a doubtful box |
| --- | --- | --- | --- |
{easy}

Files: `model.onnx` (int8, runs), `weights.safetensors` (fp16) with `architecture.json` (to train on from),
{total / 1e6:.2f} MB together.
"""


def main() -> None:
    """Draw, train, compress, measure; install if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("var/road"))
    parser.add_argument("--arch", default="yolo11p")
    parser.add_argument("--epochs", type=int, default=16)
    parser.add_argument("--minutes", type=float, default=36.0)
    parser.add_argument("--train", type=int, default=1400)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--install", action="store_true")
    arguments = parser.parse_args()
    started = time.monotonic()
    snapshot = snapshot_of(arguments.out, {"train": arguments.train, "val": 100, "test": 200})
    print(f"scenes {snapshot.counts()} after {time.monotonic() - started:.0f} s", flush=True)
    trained = train(snapshot, arguments.out, arguments)
    figures = compress(snapshot, trained, arguments.out)
    (arguments.out / "figures.json").write_text(json.dumps(figures, indent=1), encoding="utf-8")
    if arguments.install:
        install(figures, trained)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
