"""One supervised program and the operating system's side of it: session, user, priority, parent's death, start mark."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from annotator.management.embedded.accounts import Account

PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Program:
    """What to run and how to end it. `ready` answers whether it serves; None means that running is enough."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    account: Account | None = None
    nice: int = 0
    ready: Callable[[], bool] | None = None
    ready_seconds: float = 60.0
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 10.0
    # Programs of a higher tier need those of a lower one, and are stopped before them.
    tier: int = 1
    # Runs to its end and is not started again.
    once: bool = False
    # What the kernel sends the program when the supervisor is gone.
    orphan_signal: signal.Signals = signal.SIGTERM


class Child:
    """A running Program, in a session of its own, so that Ctrl-C in the terminal reaches the supervisor alone."""

    def __init__(self, program: Program, log_path: Path) -> None:
        self.program = program
        self.log_path = log_path
        log_path.parent.mkdir(parents=True, exist_ok=True)
        account = program.account
        with log_path.open("ab") as log:
            self.log_start = log.tell()
            self.process = subprocess.Popen(
                program.argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=program.cwd,
                env={**os.environ, **program.env},
                start_new_session=True,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
                preexec_fn=_before_exec(program.nice, program.orphan_signal),
            )
        self.pid = self.process.pid
        self.mark = start_mark(self.pid)

    def exit_code(self) -> int | None:
        return self.process.poll()

    def signal(self, number: signal.Signals) -> None:
        if self.process.poll() is None:
            self.process.send_signal(number)

    def kill_group(self) -> None:
        """End whatever the program left behind in its process group (a killed web server leaves its workers)."""
        signal_group(self.pid, signal.SIGKILL)

    def last_line(self) -> str:
        return last_line(self.log_path, self.log_start)


def _before_exec(nice: int, orphan_signal: signal.Signals) -> Callable[[], None]:
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
    supervisor = os.getpid()

    def prepare() -> None:  # runs in the child after the user was changed, which would have cleared the death signal
        if nice:
            os.nice(nice)
        if libc is not None:
            libc.prctl(PR_SET_PDEATHSIG, int(orphan_signal), 0, 0, 0)
            if os.getppid() != supervisor:  # it died before the line above
                os.kill(os.getpid(), signal.SIGKILL)

    return prepare


def signal_group(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return


def start_mark(pid: int) -> str | None:
    """When the process started, as text; with the pid it names one process for good. None when there is none."""
    stat = Path(f"/proc/{pid}/stat")
    if stat.parent.parent.joinpath("self").exists():
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return None if fields[0] == "Z" else fields[19]
    shown = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return shown.stdout.strip() or None


def last_line(log_path: Path, start: int = 0) -> str:
    """The last line with something in it, of what was written after `start`; at most 300 characters."""
    try:
        with log_path.open("rb") as log:
            log.seek(0, os.SEEK_END)
            log.seek(max(start, log.tell() - 8192))
            lines = log.read().decode(errors="replace").splitlines()
    except OSError:
        return ""
    return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "")
