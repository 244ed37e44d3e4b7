"""Start programs, keep them running, stop them in order. One thread, woken by signals."""

import os
import select
import signal
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from annotator.management.embedded.failures import StartFailure, StopAsked
from annotator.management.embedded.programs import Child, Program
from annotator.management.embedded.records import ChildRecord

FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
# A program that ran this long is well again, and its next crash is a first one.
WELL_AFTER = 60.0
# A log this large is put aside at the next start.
LARGEST_LOG = 10 * 1024 * 1024


class Supervisor:
    """`say` prints one line for a person. Use as a context manager: leaving it stops all children."""

    def __init__(self, log_dir: Path, record: ChildRecord, say: Callable[[str], None]) -> None:
        self.log_dir = log_dir
        self.record = record
        self.say = say
        self.children: dict[str, Child] = {}
        self.crashes: dict[str, int] = {}
        self.started: dict[str, float] = {}
        self.due: dict[str, tuple[float, Program]] = {}
        self.stop_asked = 0
        self._handlers: dict[signal.Signals, Any] = {}
        self._woken_before = -1
        self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def __enter__(self) -> "Supervisor":
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self._handlers[number] = signal.signal(number, self._ask_stop)
        # Only to be woken: without a handler the wakeup descriptor says nothing of a child's end.
        self._handlers[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda number, frame: None)
        self._woken_before = signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop_all()
        signal.set_wakeup_fd(self._woken_before)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        os.close(self._wake_read)
        os.close(self._wake_write)

    def _ask_stop(self, number: int, frame: FrameType | None) -> None:
        self.stop_asked += 1

    def start(self, program: Program) -> Child:
        log_path = self.log_dir / f"{program.name}.log"
        if log_path.exists() and log_path.stat().st_size > LARGEST_LOG:
            log_path.replace(log_path.with_suffix(".log.1"))
        child = Child(program, log_path)
        self.children[program.name] = child
        self.started[program.name] = time.monotonic()
        self.record.write(self.children.values())
        return child

    def start_and_wait(self, program: Program) -> Child:
        """Start it and return when it serves; StartFailure with its last line when it ends or takes too long."""
        child = self.start(program)
        self.wait_ready(child)
        return child

    def wait_ready(self, child: Child) -> None:
        program = child.program
        end = time.monotonic() + program.ready_seconds
        while program.ready is not None and not program.ready():
            if child.exit_code() is not None:
                del self.children[program.name]
                raise StartFailure(
                    f"{program.name} did not start: {child.last_line() or 'it ended'} (log: {child.log_path})"
                )
            if time.monotonic() > end:
                raise StartFailure(
                    f"{program.name} did not answer in {program.ready_seconds:.0f} s (log: {child.log_path})"
                )
            self._sleep(0.05)

    def run_to_end(self, program: Program) -> int:
        """Run a one-off program and return its exit code; the children are watched meanwhile."""
        child = self.start(program)
        while (code := child.exit_code()) is None:
            self._sleep(0.1)
        self._forget(child)
        return code

    def watch(self, on_turn: Callable[[], None] = lambda: None) -> None:
        """Keep the children running until someone asks for the end; `on_turn` is called about once a second."""
        while not self.stop_asked:
            self.turn()
            on_turn()
            self._wait(1.0)

    def turn(self) -> None:
        """Notice who ended, restart who is due."""
        for name, child in list(self.children.items()):
            code = child.exit_code()
            if code is None:
                continue
            if child.program.once:
                self._forget(child)
                if code:
                    self.say(f"{name} {_how_it_ended(code)}: {child.last_line()}")
                continue
            ran = time.monotonic() - self.started[name]
            self.crashes[name] = 1 if ran > WELL_AFTER else self.crashes.get(name, 0) + 1
            wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** (self.crashes[name] - 1))
            self._forget(child)
            self.due[name] = (time.monotonic() + wait, child.program)
            self.say(f"{name} {_how_it_ended(code)}; starting it again in {wait:g} s. {child.last_line()}")
        for name, (when, program) in list(self.due.items()):
            if time.monotonic() >= when:
                del self.due[name]
                self.start(program)

    def stop_all(self) -> None:
        """Stop the tiers from the top, each program with its own signal and patience; asked a second time, at once."""
        self.due.clear()
        for tier in sorted({child.program.tier for child in self.children.values()}, reverse=True):
            group = [child for child in reversed(self.children.values()) if child.program.tier == tier]
            for child in group:
                child.signal(child.program.stop_signal)
            began = time.monotonic()
            for child in group:
                self._await_end(child, began + child.program.stop_seconds)
        self.children.clear()
        self.record.write(())

    def _await_end(self, child: Child, deadline: float) -> None:
        while child.exit_code() is None and time.monotonic() < deadline and self.stop_asked < 2:
            self._wait(0.1)
        if child.exit_code() is None and self.stop_asked < 2:
            self.say(f"{child.program.name} did not stop by itself and is ended.")
        child.kill_group()
        child.process.wait()

    def _forget(self, child: Child) -> None:
        child.kill_group()
        self.children.pop(child.program.name, None)
        self.record.write(self.children.values())

    def _sleep(self, seconds: float) -> None:
        self._wait(seconds)
        if self.stop_asked:
            raise StopAsked

    def _wait(self, seconds: float) -> None:
        readable, _, _ = select.select([self._wake_read], [], [], seconds)
        if readable:
            os.read(self._wake_read, 4096)


def _how_it_ended(code: int) -> str:
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with code {code}"
