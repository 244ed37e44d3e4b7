"""Everything a benchmark says of variants on this machine, their parent and two baselines in the same rounds.

The baselines are PyTorch eager in fp32 and the best fp32 runtime: a speed-up against the first alone flatters by two.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from annotator.core.errors import RunFailed
from compression.core.benchmarking.latency import (
    BUSY,
    ROUNDS,
    Batch,
    Run,
    bytes_to_run,
    device_name,
    one_picture,
    summary,
    take_turns,
)
from compression.core.benchmarking.macs import count_graph
from compression.core.benchmarking.memory_probe import peak_memory
from prelabel.core.artifact import RUNNABLE_TARGETS, Artifact, load_artifact
from prelabel.core.machine import usable_cores
from prelabel.core.runtime import RUNTIMES, open_session

_STREAM_S = 1.5
_CANDIDATE = "candidate "  # before a candidate's name, so that one may be called "parent"


@dataclass(frozen=True)
class Contest:
    """What to measure: variants by name, the model that they were made from, and the folder of its network."""

    candidates: Mapping[str, Path]
    parent: Path | None = None
    trained: Path | None = None  # for the fp32 baselines: eager PyTorch and its plain ONNX export
    threads: int = 1
    rounds: int = ROUNDS
    on_progress: Callable[[float], None] = field(default=lambda fraction: None)


def measure(contest: Contest) -> dict[str, dict[str, Any]]:
    """Latency, streams, memory, size, MACs and parameters by candidate; docs/targets.md says what each field is.

    All take turns in the same rounds, so that candidates can be compared with each other as well as with the baselines.
    Raises RunFailed (not_measurable) for a file of another system's runtime.
    """
    artifacts = {name: _runnable(folder) for name, folder in contest.candidates.items()}
    load_before = load_average()
    with TemporaryDirectory(prefix="winnow-benchmark-") as scratch:
        runs = {f"{_CANDIDATE}{name}": artifact for name, artifact in artifacts.items()}
        contestants = _contestants(contest, runs, Path(scratch))
        contest.on_progress(0.2)
        times = take_turns(contestants, contest.rounds)
    rows = {name: summary(values, contest.threads) for name, values in times.items()}
    found = {}
    for done, (name, artifact) in enumerate(artifacts.items()):
        contest.on_progress(0.7 + 0.3 * done / len(artifacts))
        found[name] = _described(_rows_of(name, rows), artifact, contest) | {
            "contention": contention(rows, load_before)
        }
    contest.on_progress(1.0)
    return found


def _runnable(folder: Path) -> Artifact:
    artifact = load_artifact(folder, own=True)
    if artifact.manifest.target not in RUNNABLE_TARGETS:
        raise RunFailed(
            f"A {artifact.manifest.target} file is measured by its own runtime on its own device, not here; measure "
            "the ONNX or OpenVINO variant of this version.",
            code="not_measurable",
        )
    return artifact


def _rows_of(name: str, rows: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What one candidate is compared with: its own rows as ``candidate/…``, and those that are nobody's candidate."""
    own = f"{_CANDIDATE}{name}/"
    mine = {f"candidate/{key.removeprefix(own)}": row for key, row in rows.items() if key.startswith(own)}
    return mine | {key: row for key, row in rows.items() if not key.startswith(_CANDIDATE)}


def _described(rows: dict[str, dict[str, Any]], artifact: Artifact, contest: Contest) -> dict[str, Any]:
    runtime = _best(rows, "candidate")
    result = _summary(rows, runtime)
    result["streams"] = throughput(artifact, runtime)
    spec = artifact.manifest.input
    result["memory"] = peak_memory(artifact.model_path.resolve(), runtime, spec.height, spec.width)
    result["size_bytes"] = bytes_to_run(artifact.folder)
    if artifact.model_path.suffix == ".onnx":
        result |= count_graph(artifact.model_path)
    return result | {"device": device_name(), "threads": contest.threads, "precision": artifact.manifest.precision}


def _contestants(contest: Contest, candidates: Mapping[str, Artifact], scratch: Path) -> dict[str, tuple[Run, Batch]]:
    """Candidates, ``parent`` and ``fp32``, each as ``side/runtime``, and ``eager`` → what to call and on what."""
    runs: dict[str, tuple[Run, Batch]] = {}
    sides = dict(candidates)
    if contest.parent is not None:
        sides["parent"] = load_artifact(contest.parent)
    if contest.trained is not None:
        eager, fp32 = _eager(contest.trained, scratch, contest.threads)
        runs["eager"], sides["fp32"] = (eager, one_picture(fp32)), fp32
    elif sides.get("parent") is not None and sides["parent"].manifest.precision == "fp32":
        sides["fp32"] = sides.pop("parent")
    for side, one in sides.items():
        for runtime in RUNTIMES if one.model_path.suffix == ".onnx" else ("openvino",):
            session = open_session(one.model_path, runtime=runtime, threads=contest.threads)
            runs[f"{side}/{runtime}"] = session.run, one_picture(one)
    return runs


def _eager(trained: Path, scratch: Path, threads: int) -> tuple[Run, Artifact]:
    """The network as plain PyTorch runs it, and its fp32 ONNX export."""
    import json

    import torch

    from compression.core.exporting.onnx_export import watch_exports
    from compression.core.trainer import Trained
    from compression.core.trainers import load_trainer, trainer_for_arch

    arch = json.loads((trained / "architecture.json").read_text(encoding="utf-8"))["arch"]
    with watch_exports() as seen:
        folder = load_trainer(trainer_for_arch(arch)).export(Trained(trained), scratch / "fp32")
    network = seen[-1].network.eval()

    def run(batch: Batch) -> Any:
        torch.set_num_threads(threads)
        with torch.inference_mode():
            return network(torch.from_numpy(batch))

    return run, load_artifact(folder)


def _best(rows: dict[str, dict[str, Any]], side: str) -> str:
    names = [name for name in rows if name.startswith(f"{side}/")]
    return min(names, key=lambda name: float(rows[name]["p20_ms"])).rpartition("/")[2]


def _summary(rows: dict[str, dict[str, Any]], runtime: str) -> dict[str, Any]:
    """The candidate in its best runtime, with its speed-up against each baseline (p20 / p20)."""
    own = rows[f"candidate/{runtime}"]
    result: dict[str, Any] = {**own, "runtime": runtime, "all": rows, "baselines": {}}
    named = {"pytorch_eager_fp32": "eager"}
    for side, label in (("fp32", "best_fp32"), ("parent", "parent")):
        if any(name.startswith(f"{side}/") for name in rows):
            named[label] = f"{side}/{_best(rows, side)}"
    for label, name in named.items():
        if name in rows:
            row = rows[name]
            speed = round(row["p20_ms"] / own["p20_ms"], 2) if own["p20_ms"] else None
            result["baselines"][label] = {
                "name": name,
                "p20_ms": row["p20_ms"],
                "p50_ms": row["p50_ms"],
                "speed": speed,
            }
    return result


def throughput(artifact: Artifact, runtime: str, cores: int | None = None) -> dict[str, Any]:
    """Pictures per second with one request per core, each on one thread."""
    streams = cores or usable_cores()
    session = open_session(artifact.model_path, runtime=runtime, threads=1, streams=streams)
    batch = one_picture(artifact)
    session.run(batch)
    until = time.perf_counter() + _STREAM_S

    def work(_: int) -> int:
        done = 0
        while time.perf_counter() < until:
            session.run(batch)
            done += 1
        return done

    started = time.perf_counter()
    with ThreadPoolExecutor(streams) as pool:
        total = sum(pool.map(work, range(streams)))
    return {"streams": streams, "pictures_per_s": round(total / (time.perf_counter() - started), 2)}


def contention(rows: dict[str, dict[str, Any]], load_before: float | None) -> dict[str, Any]:
    """Whether others used the machine meanwhile: the spread of the rounds, and the load before they began."""
    spread = max(float(row["contention"]) for row in rows.values())
    waiting = load_before is not None and load_before > 0.75 * usable_cores()
    found: dict[str, Any] = {"p50_to_p20": spread, "load_average": load_before, "busy": spread > BUSY or waiting}
    if found["busy"]:
        found["text"] = (
            f"Other work used this machine: medians are up to {spread:.2f} times the low quantile"
            + (f", the load was {load_before:.1f} on {usable_cores()} cores" if load_before is not None else "")
            + ". Ratios hold, since all took turns; milliseconds may be lower on an idle machine."
        )
    return found


def load_average() -> float | None:
    """Processes that wanted to run in the last minute, on average; None where the system does not say."""
    try:
        return round(os.getloadavg()[0], 2)
    except OSError:
        return None
