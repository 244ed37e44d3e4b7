"""What this machine is: processor, memory, GPUs, runtimes. Reads text files and metadata; imports no runtime."""

from __future__ import annotations

import os
import platform
import shutil
import socket
import subprocess
from importlib import metadata
from typing import Any

from compression.core.exporting.target_needs import missing_here
from prelabel.core.machine import cpu_flags, cpu_name, usable_cores

# Instruction sets that decide how fast a network is; the other hundred flags do not.
_FLAGS = (
    "avx", "avx2", "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16", "amx_int8", "amx_bf16", "asimddp", "i8mm",
)  # fmt: skip
_RUNTIMES = ("torch", "onnxruntime", "onnxruntime-gpu", "openvino", "ncnn", "ai-edge-litert", "coremltools", "tensorrt")


def here_name() -> str:
    """The name that this machine goes by: WINNOW_DEVICE_NAME, else the host's."""
    return (os.environ.get("WINNOW_DEVICE_NAME") or socket.gethostname())[:120]


def device_profile() -> dict[str, Any]:
    """All that is known of this machine, as DeviceProfile has it."""
    return {
        "cpu": cpu_name()[:200],
        "cores": usable_cores(),
        "memory_bytes": memory_bytes(),
        "platform": platform.platform()[:200],
        "flags": device_flags(),
        "gpus": gpus(),
        "runtimes": runtime_versions(),
        "targets": missing_here(),
    }


def device_flags() -> list[str]:
    """Those instruction sets of this CPU that decide speed or accuracy."""
    here = cpu_flags()
    return [flag for flag in _FLAGS if flag in here]


def memory_bytes() -> int:
    """Installed memory."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return 0


def gpus() -> list[dict[str, Any]]:
    """NVIDIA GPUs by nvidia-smi: loading CUDA to ask would take seconds and memory of the GPU."""
    if shutil.which("nvidia-smi") is None:
        return []
    command = ["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader,nounits"]
    try:
        shown = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return []
    rows = [line.rpartition(",") for line in shown.splitlines() if "," in line]
    return [{"name": name.strip(), "memory_bytes": int(float(mib)) * 2**20} for name, _, mib in rows]


def runtime_versions() -> dict[str, str]:
    """Installed runtimes and their versions."""
    found = {}
    for name in _RUNTIMES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
