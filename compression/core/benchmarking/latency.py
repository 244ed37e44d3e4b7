"""Latency of models side by side: interleaved rounds in one process, one thread, so that load hits all alike."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prelabel.core.artifact import Artifact, load_artifact
from prelabel.core.machine import cpu_name
from prelabel.core.runtime import open_session

ROUNDS = 40
BUSY = 1.3  # p50 / p20 above this: others used the machine meanwhile
_WARM_UP = 3
Batch = NDArray[np.float32]
Run = Callable[[Batch], Any]


def compare_latency(
    artifacts: Mapping[str, Path], *, rounds: int = ROUNDS, runtime: str = "auto", threads: int = 1
) -> dict[str, dict[str, Any]]:
    """Time each artifact's network on one picture, taking turns.

    Returns per name ``p20_ms`` (what a gate may use: the low quantile survives other load), ``p50_ms``, ``p95_ms``,
    ``min_ms`` and how it was measured; ``contention`` is p50 / p20, above about 1.3 the machine was busy.
    """
    runs: dict[str, tuple[Run, Batch]] = {}
    used = {}
    for name, folder in artifacts.items():
        artifact = load_artifact(folder)
        session = open_session(artifact.model_path, runtime=runtime, threads=threads)
        runs[name], used[name] = (session.run, one_picture(artifact)), session.runtime
    times = take_turns(runs, rounds)
    return {name: {**summary(values, threads), "runtime": used[name]} for name, values in times.items()}


def take_turns(runs: Mapping[str, tuple[Run, Batch]], rounds: int, budget_s: float = 120.0) -> dict[str, list[float]]:
    """Milliseconds of each call, one call of each per round; ends early, after 10 rounds or more, at ``budget_s``."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    began = time.perf_counter()
    for turn in range(rounds + _WARM_UP):
        if turn >= 10 + _WARM_UP and time.perf_counter() - began > budget_s:
            break
        for name, (run, batch) in runs.items():
            started = time.perf_counter()
            run(batch)
            if turn >= _WARM_UP:
                times[name].append(1000 * (time.perf_counter() - started))
    return times


def summary(values: list[float], threads: int) -> dict[str, Any]:
    """Quantiles of one contestant."""
    p20, p50, p95 = (float(np.percentile(values, q)) for q in (20, 50, 95))
    return {
        "p20_ms": round(p20, 3),
        "p50_ms": round(p50, 3),
        "p95_ms": round(p95, 3),
        "min_ms": round(min(values), 3),
        "contention": round(p50 / p20, 2) if p20 else 1.0,
        "rounds": len(values),
        "threads": threads,
        "device": device_name(),
    }


def one_picture(artifact: Artifact) -> Batch:
    """A noise picture in the range that the network expects, (1, 3, h, w)."""
    spec, preprocess = artifact.manifest.input, artifact.manifest.preprocess
    noise = np.random.default_rng(0).random((1, 3, spec.height, spec.width), dtype=np.float32)
    scaled = noise * 255 if preprocess.scale >= 1 else noise
    return np.asarray(scaled, dtype=np.float32)


def device_name() -> str:
    """Model of the CPU and its number of cores, as the system states them."""
    return f"{cpu_name()}, {os.cpu_count()} cores"


def bytes_to_run(folder: Path) -> int:
    """Size of all files that running needs: the graph, its weights, the manifest."""
    artifact = load_artifact(folder, own=True)
    return int(artifact.manifest.size_bytes + (folder / "manifest.json").stat().st_size)
