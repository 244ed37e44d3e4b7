"""Images per second of a predict run, from picture files to rows in PostgreSQL.

    .venv/bin/python benchmarks/predict.py [--data DIR] [--trained DIR] [--count 200] [--rounds 5] [--precision int8]

Beside it, in rounds that take turns: Ultralytics' `predict(path)` on the same network one picture at a time, and the
limit: a bare loop of decode, letterbox, network and post-processing with the same runtime and precision, one stream a
core, which stores nothing. By default 200 drawn road scenes of 1280 x 720 and the network that ships, which is trained;
--data is a labelled folder, --trained a folder of a training (weights.safetensors, architecture.json, training.json).

CPU seconds of Winnow contain those of its PostgreSQL sessions. Ratios are medians over rounds side by side, since wall
times on a shared machine drift. mAP (50-95) is that of the float and of the int8 file as the product decodes; the float
one is also judged on pictures decoded at full size. DATABASE_URL and REDIS_URL are used where they are set (a database
of its own is made and dropped there), else embedded servers are started. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import compression.core  # noqa: F401  sets how OpenMP waits before torch is loaded
from annotator.management.embedded.launch import start_servers
from annotator.management.embedded.records import ChildRecord
from annotator.management.embedded.supervisor import Supervisor
from benchmarks.prediction import material
from benchmarks.prediction.contest import Contestant
from benchmarks.product import own_database
from benchmarks.stages import say

Rounds = dict[str, list[tuple[float, float]]]


def main() -> None:
    """Make the material, judge it, race, print."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="winnow-predict-") as scratch:
        Path(scratch).chmod(0o711)  # the embedded servers run as another user when we are root
        work = options.work or Path(scratch)
        pictures = (
            material.labelled_pictures(options.data, work / "snapshot", options.count)
            if options.data
            else material.drawn_pictures(work / "pictures", options.count)
        )
        network = material.network_of(options.trained, work, pictures, options.size)
        say(
            f"{len(pictures.items)} JPEGs, the first {material.first_size(pictures)}, "
            f"mean {material.mean_kib(pictures):.0f} KiB"
        )
        quality = _quality(network, pictures)
        with _servers(Path(scratch)):
            times, told = _race(options, network, pictures)
    print(json.dumps(_report(times, len(pictures.items)) | quality | told))


def _quality(network: material.Network, pictures: material.Pictures) -> dict[str, Any]:
    whole50, whole, _ = material.judge(network.fp32, pictures, whole=True)
    fp32_50, fp32, boxes = material.judge(network.fp32, pictures)
    int8_50, int8, _ = material.judge(network.int8, pictures)
    say(f"{boxes:.1f} boxes a picture with a score of {material.SHOW} or more")
    say(f"mAP50-95 (mAP50) fp32 {fp32:.4f} ({fp32_50:.4f}), int8 {int8:.4f} ({int8_50:.4f})")
    say(f"decoded at full size fp32 {whole:.4f} ({whole50:.4f}): scaled decoding is {100 * (fp32 - whole):+.2f} points")
    return {
        "map_fp32": round(fp32, 4),
        "map_int8": round(int8, 4),
        "map_fp32_full_decode": round(whole, 4),
        "boxes": round(boxes, 1),
    }


@contextmanager
def _servers(scratch: Path) -> Iterator[None]:
    """PostgreSQL and Redis in the environment, with a database of our own."""
    with Supervisor(scratch / "logs", ChildRecord(scratch / "children.json"), lambda line: None) as supervisor:
        start_servers(supervisor, scratch / "servers", say)
        with own_database(os.environ["DATABASE_URL"], scratch.name) as url:
            os.environ |= {"DATABASE_URL": str(url), "WINNOW_DATA_DIR": str(scratch / "data")}
            yield


def _race(
    options: argparse.Namespace, network: material.Network, pictures: material.Pictures
) -> tuple[Rounds, dict[str, Any]]:
    artifact = network.int8 if options.precision == "int8" else network.fp32
    paths = [item.path for item in pictures.items]
    sides = {
        "winnow": Contestant(
            "benchmarks.prediction.winnow:Winnow",
            {
                "artifact": artifact,
                "paths": paths,
                "classes": list(pictures.classes),
                "sizes": material.sizes(pictures),
            },
        )
    }
    told = sides["winnow"].warm()
    say(f"winnow: {json.dumps(told)}")
    chosen = {key: told[key] for key in ("runtime", "precision", "streams")}
    sides["limit"] = Contestant("benchmarks.prediction.rivals:Limit", {"artifact": artifact, "paths": paths, **chosen})
    sides["ultralytics"] = Contestant(
        "benchmarks.prediction.rivals:Ultralytics",
        {"checkpoint": network.checkpoint, "paths": paths, "size": network.size},
    )
    for name in ("limit", "ultralytics"):
        sides[name].warm()
    times: Rounds = {name: [] for name in sides}
    for number in range(options.rounds):
        for name, side in sides.items():
            times[name].append(side.round())
        shown = (
            f"{name} {len(paths) / wall[-1][0]:.1f}/s {wall[-1][1] / len(paths) * 1e3:.1f} ms"
            for name, wall in times.items()
        )
        say(f"round {number + 1}: " + ", ".join(shown))
    peaks = {name: side.close() for name, side in sides.items()}
    return times, chosen | {"peak_mib": round(peaks["winnow"], 1), "rows": told["rows"]}


def _report(times: Rounds, count: int) -> dict[str, Any]:
    def rate(name: str) -> float:
        return round(count / statistics.median(wall for wall, _ in times[name]), 1)

    def cpu_ms(name: str) -> float:
        return round(statistics.median(cpu for _, cpu in times[name]) / count * 1e3, 2)

    def ratio(other: str, at: int) -> float:
        pairs = zip(times[other], times["winnow"], strict=True)
        return round(statistics.median(theirs[at] / ours[at] for theirs, ours in pairs), 3)

    return {
        "images_per_s": rate("winnow"),
        "ultralytics_per_s": rate("ultralytics"),
        "limit_per_s": rate("limit"),
        "vs_ultralytics": ratio("ultralytics", 0),
        "vs_ultralytics_cpu": ratio("ultralytics", 1),
        "vs_limit": ratio("limit", 0),
        "cpu_ms": {name: cpu_ms(name) for name in times},
        "images": count,
        "cores": os.cpu_count(),
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="a labelled folder with JPEGs; default: drawn road scenes")
    parser.add_argument("--trained", type=Path, help="a trained folder; default: the network that ships")
    parser.add_argument("--precision", choices=("int8", "fp32"), default="int8", help="of the file that is deployed")
    parser.add_argument("--size", type=int, default=640, help="long side of the network's input")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--work", type=Path, help="folder in which pictures are kept for the next time")
    return parser.parse_args()


if __name__ == "__main__":
    main()
