"""The processor of this machine, as far as it decides how a network is run best. Reads one text file."""

from __future__ import annotations

import os
import platform
from pathlib import Path


def cpu_name() -> str:
    """Model of the CPU as the system states it."""
    return cpu_lines().get("model name") or platform.processor() or platform.machine()


def cpu_flags() -> frozenset[str]:
    """Instruction sets of the CPU."""
    lines = cpu_lines()
    return frozenset(lines.get("flags", lines.get("Features", "")).split())


def has_bf16() -> bool:
    """True where the CPU multiplies bfloat16 itself; elsewhere it only costs time."""
    return bool(cpu_flags() & {"avx512_bf16", "amx_bf16"})


def usable_cores() -> int:
    """Cores that this process may use, which in a container can be fewer than the machine has."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def machine_name() -> str:
    """What machines share that run a network alike: processor and usable cores."""
    return f"{cpu_name()}, {usable_cores()} cores"[:200]


def cpu_lines() -> dict[str, str]:
    """/proc/cpuinfo of the first core, {} where there is none."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return {}
    rows = [line.partition(":") for line in text.partition("\n\n")[0].splitlines()]
    return {key.strip(): value.strip() for key, _, value in rows}
