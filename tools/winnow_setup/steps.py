"""What all set-up steps share: stamps, a line of progress, and one line that says what went wrong."""

import hashlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

# Without a terminal, a sign of life this often.
QUIET_SECONDS = 20.0
NETWORK_SIGNS = (
    "Temporary failure in name resolution",
    "Name or service not known",
    "Network is unreachable",
    "No route to host",
    "Connection refused",
    "ConnectTimeoutError",
    "NewConnectionError",
    "ProxyError",
    "ENOTFOUND",
    "EAI_AGAIN",
    "ECONNREFUSED",
    "ETIMEDOUT",
    "Could not resolve",
)
DISK_SIGNS = ("No space left on device", "ENOSPC", "Disk quota exceeded")


class SetupFailure(Exception):
    """The set-up cannot go on; the message is one line for a person."""


def say(line: str) -> None:
    print(f"winnow: {line}", file=sys.stderr, flush=True)


def digest(parts: Iterable[str | bytes | Path]) -> str:
    """One hash of texts and of the contents (and names) of files."""
    total = hashlib.sha256()
    for part in parts:
        if isinstance(part, Path):
            total.update(part.name.encode() + b"\0" + part.read_bytes())
        else:
            total.update(part.encode() if isinstance(part, str) else part)
        total.update(b"\0\0")
    return total.hexdigest()


class Stamp:
    """A file that says from what a step's result was made."""

    def __init__(self, path: Path, wanted: str) -> None:
        self.path, self.wanted = path, wanted

    def fresh(self) -> bool:
        try:
            return self.path.read_text().strip() == self.wanted
        except OSError:
            return False

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)

    def write(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(self.wanted + "\n")


class Progress:
    """One line that is rewritten on a terminal; elsewhere a line now and then."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.began = self.shown = time.monotonic()
        self.live = sys.stderr.isatty()
        say(f"{title} …")

    def note(self, text: str) -> None:
        now = time.monotonic()
        if self.live:
            print(f"\r\033[K  {now - self.began:4.0f} s  {text[:100]}", end="", file=sys.stderr, flush=True)
        elif now - self.shown > QUIET_SECONDS:
            self.shown = now
            print(f"  {now - self.began:4.0f} s  {text[:160]}", file=sys.stderr, flush=True)

    def done(self) -> None:
        if self.live:
            print("\r\033[K", end="", file=sys.stderr)
        say(f"{self.title}: done in {time.monotonic() - self.began:.0f} s")


def run_step(
    title: str,
    command: list[str],
    *,
    cwd: Path,
    env: dict[str, str] | None = None,
    show: Callable[[str], str | None] = lambda line: line,
) -> None:
    """Run a command with progress; SetupFailure with its last meaningful line when it fails."""
    progress = Progress(title)
    lines: list[str] = []
    try:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
    except OSError as error:
        raise SetupFailure(f"{title} failed: cannot run {command[0]}: {error.strerror}") from error
    assert process.stdout is not None
    with process:
        for line in process.stdout:
            if text := line.strip():
                lines.append(text)
                if shown := show(text):
                    progress.note(shown)
    if process.returncode != 0:
        if progress.live:
            print("\r\033[K", end="", file=sys.stderr)
        raise SetupFailure(f"{title} failed: {explain(lines, cwd)}")
    progress.done()


def explain(lines: list[str], folder: Path) -> str:
    """The cause of a failure from a tool's output, in one line."""
    tail = lines[-400:]
    if any(sign in line for sign in DISK_SIGNS for line in tail):
        return f"the disk of {folder} is full"
    told = next((line for line in tail if any(sign in line for sign in NETWORK_SIGNS)), None)
    if told is not None:
        return f"no network to the package registry ({told[:160]})"
    errors = [line for line in tail if re.match(r"(ERROR|error|npm error|E:|fatal|Error)\b", line)]
    # npm ends with where its log is, which helps nobody here.
    errors = [line for line in errors if "complete log" not in line and "npm error code" not in line] or tail
    return (errors[-1] if errors else "it said nothing")[:300]
