"""Images per second of the pre-labelling pipeline, end to end, beside what a plain Ultralytics loop gives.

Both decode JPEG files, letterbox them to the same network input, run the same yolo11n and suppress overlaps. Rounds
alternate, since wall times on a shared machine drift; ratios are of rounds side by side. The last line is JSON.

    python benchmarks/prelabel.py [--images DIR] [--count 48] [--rounds 5] [--size 640]
"""

from __future__ import annotations

import argparse
import io
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

os.environ.update(YOLO_AUTOINSTALL="0", YOLO_OFFLINE="1", YOLO_VERBOSE="0")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

STRIDE = 32


def main() -> None:
    """Measure and print."""
    options = _options()
    with tempfile.TemporaryDirectory() as scratch:
        paths = _pictures(options.images, options.count, Path(scratch))
        checkpoint, artifact = _models(Path(scratch), paths, options.size)
        quantized = _quantize(artifact, paths)
        ways = _ways(checkpoint, {"f32": artifact, "int8": quantized}, paths, options.size)
        for work in ways.values():
            work()  # compile, fill caches
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        for number in range(options.rounds):
            for name, work in ways.items():
                times[name].append(_time(work))
            print(f"round {number + 1}: " + ", ".join(f"{n} {len(paths) / t[-1][0]:.1f}/s" for n, t in times.items()))
    print(json.dumps(_report(times, len(paths), options)))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=Path, help="folder of pictures (default: drawn road scenes, 1280 x 720)")
    parser.add_argument("--count", type=int, default=48)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--size", type=int, default=640, help="long side of the network input")
    return parser.parse_args()


def _pictures(folder: Path | None, count: int, scratch: Path) -> list[Path]:
    if folder is not None:
        kinds = {".jpg", ".jpeg", ".png"}
        return sorted(path for path in folder.rglob("*") if path.suffix.lower() in kinds)[:count]
    from annotator.core.scenes.road import draw_scene

    paths = []
    for seed in range(count):
        path = scratch / f"{seed:04d}.jpg"
        draw_scene(seed, width=1280, height=720).image.save(path, quality=90)
        paths.append(path)
    return paths


def _models(scratch: Path, paths: list[Path], size: int) -> tuple[Path, Path]:
    """One yolo11n of fixed random weights as Ultralytics checkpoint and as artifact, both for the pictures' shape."""
    import torch
    from PIL import Image
    from ultralytics import YOLO

    from prelabel.core.artifact import InputSpec, Manifest, OutputSpec, Preprocess, describe_file, save_manifest

    torch.manual_seed(0)
    torch.set_num_threads(os.cpu_count() or 1)
    model = YOLO("yolo11n.yaml")
    checkpoint = scratch / "net.pt"
    model.save(str(checkpoint))
    with Image.open(paths[0]) as first:
        ratio = size / max(first.size)
        width, height = (-(-round(side * ratio) // STRIDE) * STRIDE for side in first.size)
    exported = Path(YOLO(str(checkpoint)).export(format="onnx", imgsz=(height, width), nms=False, verbose=False))
    folder = scratch / "artifact"
    folder.mkdir()
    exported.replace(folder / "model.onnx")
    manifest = Manifest(
        name="net",
        task_type="object_detection",
        predictor="yolo",
        arch="yolo11n",
        classes=tuple(str(index) for index in range(80)),
        input=InputSpec(width, height, "RGB", "images"),
        preprocess=Preprocess("letterbox"),
        output=OutputSpec("yolo", 0.45),
        precision="fp32",
        files={"model.onnx": describe_file(folder / "model.onnx")},
    )
    save_manifest(folder, manifest)
    return checkpoint, folder


def _quantize(artifact: Path, paths: list[Path]) -> Path:
    """The int8 twin that a retrain run would make."""
    from compression.core.quantization.calibration import observe_parent
    from compression.core.quantization.variant import Variant, write_variant

    return write_variant(artifact, artifact.with_name("int8"), Variant("minmax"), observe_parent(artifact, paths[:16]))


def _ways(checkpoint: Path, artifacts: dict[str, Path], paths: list[Path], size: int) -> dict[str, Callable[[], None]]:
    from ultralytics import YOLO

    from prelabel.core.predictors import load_predictor
    from prelabel.core.preprocess import decode_upright

    network = YOLO(str(checkpoint))

    def naive() -> None:
        for path in paths:
            network.predict(str(path), imgsz=size, conf=0.05, iou=0.45, device="cpu", verbose=False)

    def pipeline(which: str = "f32", **options: object) -> Callable[[], None]:
        streams = os.cpu_count() or 1
        predictor = load_predictor(artifacts[which], streams=streams, **options)  # type: ignore[arg-type]

        def work() -> None:
            with ThreadPoolExecutor(streams) as pool:
                list(pool.map(lambda path: predictor.predict([decode_upright(path)]), paths))

        return work

    ways = {
        "ultralytics": naive,
        "openvino_f32": pipeline(runtime="openvino"),
        "onnxruntime_f32": pipeline(runtime="onnxruntime"),
        "openvino_int8": pipeline("int8", runtime="openvino"),
    }
    if _has_bf16():
        ways["openvino_bf16"] = pipeline(runtime="openvino", precision="bf16")
    return ways


def _has_bf16() -> bool:
    cpu = Path("/proc/cpuinfo")
    return cpu.exists() and "avx512_bf16" in cpu.read_text()


def _time(work: Callable[[], None]) -> tuple[float, float]:
    """Wall and CPU seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def _report(times: dict[str, list[tuple[float, float]]], count: int, options: argparse.Namespace) -> dict[str, object]:
    base = times["ultralytics"]
    ways = {}
    for name, rounds in times.items():
        ways[name] = {
            "images_per_s_median": round(count / statistics.median(wall for wall, _ in rounds), 1),
            "images_per_s_best": round(count / min(wall for wall, _ in rounds), 1),
            "cpu_ms_per_image": round(min(cpu for _, cpu in rounds) / count * 1000, 1),
            "speedup_wall": round(statistics.median(b[0] / r[0] for b, r in zip(base, rounds, strict=True)), 2),
            "speedup_cpu": round(statistics.median(b[1] / r[1] for b, r in zip(base, rounds, strict=True)), 2),
        }
    return {
        "benchmark": "prelabel",
        "net": "yolo11n",
        "images": count,
        "rounds": options.rounds,
        "input": options.size,
        "cores": os.cpu_count(),
        "ways": ways,
    }


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True) if isinstance(sys.stdout, io.TextIOWrapper) else None
    main()
