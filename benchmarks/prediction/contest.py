"""Contestants in processes of their own, so that neither threads nor memory of one are charged to another."""

from __future__ import annotations

import multiprocessing
import resource
import time
from collections.abc import Callable
from importlib import import_module
from multiprocessing.connection import Connection
from typing import Any, Protocol


class Side(Protocol):
    """One way of doing the work; made in its own process."""

    def warm(self) -> dict[str, Any]:
        """Load, compile, fill caches; tells what it will use."""
        ...

    def prepare(self) -> None:
        """Whatever a round needs that is not the work."""
        ...

    def work(self) -> float:
        """All pictures once; CPU seconds spent in other processes on its behalf."""
        ...


class Contestant:
    """A side in a child process. ``where`` is ``module:Class``, ``arguments`` are given to the class."""

    def __init__(self, where: str, arguments: dict[str, Any]) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(where, arguments, theirs), daemon=True)
        self._process.start()

    def warm(self) -> dict[str, Any]:
        """See Side."""
        return dict(self._ask("warm"))

    def round(self) -> tuple[float, float]:
        """Wall and CPU seconds of one round."""
        wall, cpu = self._ask("round")
        return float(wall), float(cpu)

    def close(self) -> float:
        """End it; the most memory it ever held, in MiB."""
        peak = float(self._ask("close"))
        self._process.join(30)
        return peak

    def _ask(self, what: str) -> Any:
        self._pipe.send(what)
        answer = self._pipe.recv()
        if isinstance(answer, Exception):
            raise answer
        return answer


def _serve(where: str, arguments: dict[str, Any], pipe: Connection) -> None:
    module, _, name = where.partition(":")
    side: Side | None = None
    while True:
        asked = pipe.recv()
        try:
            if side is None:
                side = getattr(import_module(module), name)(**arguments)
            if asked == "close":
                pipe.send(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
                return
            pipe.send(side.warm() if asked == "warm" else _timed(side.prepare, side.work))
        except Exception as error:  # told to the one who asked
            pipe.send(RuntimeError(f"{where}: {type(error).__name__}: {error}"))


def _timed(prepare: Callable[[], None], work: Callable[[], float]) -> tuple[float, float]:
    prepare()
    wall, cpu = time.perf_counter(), time.process_time()
    elsewhere = work()
    return time.perf_counter() - wall, time.process_time() - cpu + elsewhere
