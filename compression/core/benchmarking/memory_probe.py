"""Peak memory of a process that opens one model and runs it: started as a program of its own, answers in JSON.

python -m compression.core.benchmarking.memory_probe MODEL RUNTIME HEIGHT WIDTH
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[3]


def peak_memory(model: Path, runtime: str, height: int, width: int) -> dict[str, int]:
    """``peak_bytes`` of the process and ``model_bytes`` of it that came with the model. {} where it cannot be told."""
    command = [
        sys.executable,
        "-m",
        "compression.core.benchmarking.memory_probe",
        str(model),
        runtime,
        str(height),
        str(width),
    ]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0:
        return {}
    found: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    return found


def highest_resident() -> int:
    """The most memory that this process ever held, in bytes.

    VmHWM, not getrusage: ru_maxrss is handed down through fork and exec, and would be that of the worker.
    """
    try:
        text = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        found = re.search(r"VmHWM:\s+(\d+) kB", text)
        if found:
            return int(found[1]) * 1024
    except OSError:
        pass
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def _probe(model: Path, runtime: str, height: int, width: int) -> dict[str, int]:
    import numpy as np

    from prelabel.core.runtime import open_session

    if runtime == "openvino":
        import openvino

        openvino.Core()
    else:
        import onnxruntime  # noqa: F401  its own weight is not the model's
    before = highest_resident()
    session = open_session(model, runtime=runtime, threads=1)
    for _ in range(3):
        session.run(np.zeros((1, 3, height, width), dtype=np.float32))
    peak = highest_resident()
    return {"peak_bytes": peak, "model_bytes": max(0, peak - before)}


if __name__ == "__main__":
    print(json.dumps(_probe(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))))
