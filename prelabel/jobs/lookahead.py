"""Keeping the cores busy: the next batch is looked at while the one before it is stored."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

# Python's 5 ms let the thread that stores hold up those that predict each time they come back from native code: with
# half a millisecond 200 pictures took a tenth less time.
TURN_S = 0.0005

Batch = TypeVar("Batch")
Started = TypeVar("Started")


def one_ahead(batches: Iterable[Batch], start: Callable[[Batch], Started]) -> Iterator[tuple[Batch, Started]]:
    """Each batch with what ``start`` gave for it; the batch after it was started, and no more than that one."""
    waiting: tuple[Batch, Started] | None = None
    for batch in batches:
        started = (batch, start(batch))
        if waiting is not None:
            yield waiting
        waiting = started
    if waiting is not None:
        yield waiting


@contextmanager
def short_turns() -> Iterator[None]:
    """Threads of this process take turns of TURN_S."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(TURN_S)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
