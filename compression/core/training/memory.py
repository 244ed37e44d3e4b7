"""Keeps freed memory inside the process while a training runs.

glibc hands blocks of more than 32 MB back to the kernel when they are freed and gets them again, zeroed page by page,
for the next batch: at 320 px and batches of 16 that was half of the CPU time of a YOLO training (2 cores: 65 of 131 CPU
seconds an epoch in the kernel, 4 of 130 with this).
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

# Names and defaults as in malloc.h of glibc.
_TRIM_THRESHOLD, _MMAP_MAX, _ARENA_MAX = -1, -4, -8
_DEFAULT_TRIM_BYTES, _DEFAULT_MMAP_MAX = 128 * 1024, 65536


@contextmanager
def kept_memory() -> Iterator[bool]:
    """While it lasts, freed blocks stay with the process; afterwards they go back. False where the C library cannot.

    One arena for all threads, since backward passes free in another thread what the forward pass took.
    """
    libc = ctypes.CDLL(None)
    mallopt, trim = getattr(libc, "mallopt", None), getattr(libc, "malloc_trim", None)
    if mallopt is None or trim is None:
        yield False
        return
    kept = bool(mallopt(_ARENA_MAX, 1)) & bool(mallopt(_MMAP_MAX, 0)) & bool(mallopt(_TRIM_THRESHOLD, -1))
    try:
        yield kept
    finally:
        mallopt(_MMAP_MAX, _DEFAULT_MMAP_MAX)
        mallopt(_TRIM_THRESHOLD, _DEFAULT_TRIM_BYTES)
        trim(0)
