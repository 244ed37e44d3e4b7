"""The note of running children, by which the next start finds what a killed supervisor left behind."""

import fcntl
import json
import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

from annotator.management.embedded.failures import StartFailure
from annotator.management.embedded.programs import Child, signal_group, start_mark


class ChildRecord:
    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, children: Iterable[Child]) -> None:
        rows = [
            {
                "name": child.program.name,
                "pid": child.pid,
                "mark": child.mark,
                "stop_signal": int(child.program.stop_signal),
                "boot": boot_mark(),
            }
            for child in children
        ]
        half = self.path.with_suffix(".half")
        half.write_text(json.dumps(rows))
        half.replace(self.path)

    def stop_leftovers(self, *, patience: float = 8.0) -> list[str]:
        """End the children of an earlier supervisor that still run, last started first; returns their names."""
        stopped = []
        for row in reversed(self._read()):
            if row["mark"] is not None and start_mark(row["pid"]) == row["mark"]:
                _end(row["pid"], row["mark"], signal.Signals(row["stop_signal"]), patience)
                stopped.append(row["name"])
            elif row["mark"] is not None and start_mark(row["pid"]) is None:
                # The leader is dead; its pid cannot have been given again while its group lives.
                signal_group(row["pid"], signal.SIGKILL)
        self.path.unlink(missing_ok=True)
        return stopped

    def _read(self) -> list[dict[str, Any]]:
        try:
            rows = json.loads(self.path.read_text())
            # After a reboot every pid means something else.
            return [
                row for row in rows if {"name", "pid", "mark", "stop_signal"} <= set(row) and row["boot"] == boot_mark()
            ]
        except (OSError, ValueError, TypeError, KeyError):
            return []


def boot_mark() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def _end(pid: int, mark: str, stop_signal: signal.Signals, patience: float) -> None:
    try:
        os.kill(pid, stop_signal)
    except ProcessLookupError:
        return
    end = time.monotonic() + patience
    while start_mark(pid) == mark and time.monotonic() < end:
        time.sleep(0.05)
    signal_group(pid, signal.SIGKILL)


def take_lock(path: Path) -> IO[str]:
    """Hold the file for as long as this process lives; StartFailure if another Winnow holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = path.open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.seek(0)
        holder = lock.read().strip() or "another process"
        lock.close()
        raise StartFailure(f"Winnow already runs on {path.parent.parent} ({holder}); stop that one first.") from error
    lock.truncate(0)
    lock.write(f"process {os.getpid()}")
    lock.flush()
    return lock
