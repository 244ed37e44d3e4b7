"""How long threads of a worker wait for one another."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

# Python's 5 ms let the thread that stores hold up those that predict each time they come back from native code: with
# half a millisecond 200 pictures took a tenth less time.
TURN_S = 0.0005


@contextmanager
def short_turns() -> Iterator[None]:
    """Threads of this process take turns of TURN_S."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(TURN_S)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
