"""Freed memory stays while a training runs: counted in page faults, which do not depend on the machine's speed."""

import subprocess
import sys

PROGRAM = """
import resource
from contextlib import nullcontext
import numpy as np
from compression.core.training.memory import kept_memory

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096

with {context} as kept:
    np.ones(64 << 17)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        np.ones(64 << 17)  # 64 MB
    faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
print(kept, faults, resident() >> 20)
"""


def measure(context: str) -> tuple[str, int, int]:
    program = PROGRAM.format(context=context)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    kept, faults, resident = done.stdout.split()
    return kept, int(faults), int(resident)


def test_blocks_are_used_again_without_asking_the_kernel_and_given_back_at_the_end() -> None:
    _, usual, _ = measure("nullcontext()")
    kept, faults, resident = measure("kept_memory()")
    assert kept == "True"
    assert usual > 300  # 10 blocks of 64 MB in pages of 2 MB, the largest that are used
    assert faults < usual / 10
    assert resident < 64 + 60  # the interpreter and numpy, without the block
