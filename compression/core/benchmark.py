"""Latency of models side by side: interleaved rounds in one process, one thread, so that load hits all alike."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from prelabel.core.artifact import load_artifact
from prelabel.core.runtime import open_session

ROUNDS = 40
_WARM_UP = 3


def compare_latency(
    artifacts: Mapping[str, Path], *, rounds: int = ROUNDS, runtime: str = "auto", threads: int = 1
) -> dict[str, dict[str, Any]]:
    """Time each artifact's network on one picture, taking turns.

    Returns per name ``p20_ms`` (what a gate may use: the low quantile survives other load), ``p50_ms``, ``min_ms`` and
    how it was measured; ``contention`` is p50 / p20, above about 1.3 the machine was busy.
    """
    sessions, inputs = {}, {}
    for name, folder in artifacts.items():
        artifact = load_artifact(folder)
        sessions[name] = open_session(artifact.model_path, runtime=runtime, threads=threads)
        spec = artifact.manifest.input
        noise = np.random.default_rng(0).random((1, 3, spec.height, spec.width), dtype=np.float32)
        inputs[name] = noise / max(artifact.manifest.preprocess.scale * 255, 1e-6) if _wants_bytes(artifact) else noise
    times: dict[str, list[float]] = {name: [] for name in artifacts}
    for turn in range(rounds + _WARM_UP):
        for name, session in sessions.items():
            started = time.perf_counter()
            session.run(inputs[name])
            if turn >= _WARM_UP:
                times[name].append(1000 * (time.perf_counter() - started))
    return {name: _summary(values, sessions[name].runtime, threads) for name, values in times.items()}


def _wants_bytes(artifact: Any) -> bool:
    return bool(artifact.manifest.preprocess.scale >= 1)


def _summary(values: list[float], runtime: str, threads: int) -> dict[str, Any]:
    p20, p50 = (float(np.percentile(values, q)) for q in (20, 50))
    return {
        "p20_ms": round(p20, 3),
        "p50_ms": round(p50, 3),
        "min_ms": round(min(values), 3),
        "contention": round(p50 / p20, 2) if p20 else 1.0,
        "rounds": len(values),
        "threads": threads,
        "runtime": runtime,
        "device": device_name(),
    }


def device_name() -> str:
    """Model of the CPU and its number of cores, as the system states them."""
    name = platform.processor() or platform.machine()
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                name = line.partition(":")[2].strip()
                break
    except OSError:
        pass
    return f"{name}, {os.cpu_count()} cores"


def bytes_to_run(folder: Path) -> int:
    """Size of all files that running needs: the graph, its weights, the manifest."""
    artifact = load_artifact(folder)
    return int(artifact.manifest.size_bytes + (folder / "manifest.json").stat().st_size)
