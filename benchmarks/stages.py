"""Long stages of a benchmark that need not be done twice, in folders named by the hash of all that decides them."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

_STARTED = time.monotonic()
_DONE = "stage.json"


def elapsed_s() -> float:
    """Seconds since the program began."""
    return round(time.monotonic() - _STARTED, 1)


def say(line: str) -> None:
    """One progress line with the minutes and seconds since the start."""
    minutes, seconds = divmod(int(elapsed_s()), 60)
    print(f"[{minutes:3d}:{seconds:02d}] {line}", flush=True)


class Stages:
    """Stages below ``root``; one is taken up again only where the data and every setting before it are the same.

    ``data`` is the hash of what is trained on. A stage that was killed goes on in its folder; a finished one returns
    its folder at once, with the seconds that it took when it was done.
    """

    def __init__(self, root: Path, data: str) -> None:
        self.root, self.data = root, data
        self.seconds: dict[str, float] = {}
        self.reused: list[str] = []

    def key(self, config: Mapping[str, Any]) -> str:
        """Hash of the data and of ``config``."""
        text = json.dumps({"data": self.data, **config}, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def run(self, name: str, config: Mapping[str, Any], work: Callable[[Path], None]) -> Path:
        """The folder in which ``work`` did its part; ``config`` names its settings and the stages that it builds on."""
        folder = self.root / f"{name}-{self.key({'stage': name, **config})}"
        done = folder / _DONE
        if done.exists():
            self.seconds[name] = float(json.loads(done.read_text())["seconds"])
            self.reused.append(name)
            say(f"{name}: taken from {folder.name} ({self.seconds[name]:.0f} s when it was made)")
            return folder
        folder.mkdir(parents=True, exist_ok=True)
        started = time.monotonic()
        say(f"{name}: starts")
        work(folder)
        self.seconds[name] = round(time.monotonic() - started, 1)
        done.write_text(json.dumps({"seconds": self.seconds[name], "config": dict(config)}, default=str, indent=1))
        say(f"{name}: done in {self.seconds[name]:.0f} s")
        return folder

    def drop(self, folder: Path) -> None:
        """Forget a stage."""
        shutil.rmtree(folder, ignore_errors=True)
