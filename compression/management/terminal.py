"""Shows a run in a terminal: its log, one line of progress, and its final table. Plain text, no packages."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import connection

from annotator.models import Run
from annotator.selectors.runs import events_after

_EVERY_S = 0.5
_COLUMNS = (
    ("model", "name"), ("size", "size_bytes"), ("ratio", "ratio"), ("metric", "metric"), ("drop", "drop"),
    ("p20", "latency_p20_ms"), ("vs eager", "speedup_eager"), ("vs best fp32", "speedup_best"),
)  # fmt: skip


def bar(run: Run, width: int) -> str:
    """One line: stage, bar, share, what is left; cut to ``width`` characters."""
    share = run.done / run.total if run.total else 0.0
    left = f" {clock(run.eta_s)} left" if run.eta_s else ""
    head, tail = f"{run.stage or run.state:<24.24} ", f" {100 * share:3.0f} %{left}"
    cells = max(5, min(40, width - len(head) - len(tail) - 3))
    filled = round(share * cells)
    return f"{head}[{'#' * filled}{'.' * (cells - filled)}]{tail}"[:width]


def clock(seconds: float) -> str:
    """``1:02:03`` or ``2:03``."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def table(rows: Sequence[Mapping[str, Any]], metric: str) -> list[str]:
    """The final table, its columns as wide as needed."""
    cells = [[title if title != "metric" else metric for title, _ in _COLUMNS]]
    cells += [[_cell(key, row.get(key)) for _, key in _COLUMNS] for row in rows]
    widths = [max(len(line[index]) for line in cells) for index in range(len(_COLUMNS))]
    lines = ["  ".join(_aligned(line, widths)) for line in cells]
    return [lines[0], "  ".join("-" * width for width in widths), *lines[1:]]


def _aligned(line: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [line[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True))]


def _cell(key: str, value: Any) -> str:
    if value is None:
        return "-"
    if key == "name":
        return str(value)
    if key == "size_bytes":
        return f"{value / 1e6:.3f} MB"
    if key == "drop":
        return f"{100 * value:+.2f} %"
    if key == "latency_p20_ms":
        return f"{value:.2f} ms"
    return f"{value:.4f}" if key == "metric" else f"x{value:.2f}"


class Watcher(threading.Thread):
    """Follows a run by its row, from its own database connection, until stopped."""

    def __init__(self, run_id: int, write: Callable[[str], None], *, live: bool) -> None:
        super().__init__(name=f"watch-{run_id}", daemon=True)
        self._run_id, self._write, self._live = run_id, write, live
        self._ended = threading.Event()
        self._seq, self._shown = 0, ""

    def __enter__(self) -> Watcher:
        self._seq = len(events_after(self._run_id, 0, limit=10**6))
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self.join()

    def run(self) -> None:
        """Thread body."""
        try:
            while not self._ended.wait(_EVERY_S):
                self._look()
            self._look()
            if self._shown:
                self._write("\n")
        finally:
            connection.close()

    def _look(self) -> None:
        for event in events_after(self._run_id, self._seq):
            self._seq = event["seq"]
            if event["kind"] == "log":
                self._clear()
                self._write(f"{event['message']}\n")
        run = Run.objects.get(pk=self._run_id)
        line = bar(run, shutil.get_terminal_size().columns - 1)
        if self._live and line != self._shown:
            self._clear()
            self._write(line)
            self._shown = line

    def _clear(self) -> None:
        if self._shown:
            self._write("\r" + " " * len(self._shown) + "\r")
            self._shown = ""
