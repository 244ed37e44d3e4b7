"""The addresses of the embedded servers that run now, for commands started beside them (`manage.py make_admin`)."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from annotator.management.embedded.programs import start_mark

NAMES = ("DATABASE_URL", "REDIS_URL")


def note_path(data_dir: Path) -> Path:
    return data_dir / "run" / "urls.json"


def write_note(data_dir: Path, urls: Mapping[str, str]) -> None:
    path = note_path(data_dir)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"pid": os.getpid(), "mark": start_mark(os.getpid()), "urls": dict(urls)}))


def remove_note(data_dir: Path) -> None:
    note_path(data_dir).unlink(missing_ok=True)


def use_running_servers(data_dir: Path) -> None:
    """Set the variables that are not set yet from the note of an `up` that still runs; else do nothing."""
    try:
        note = json.loads(note_path(data_dir).read_text())
        pid, mark, urls = int(note["pid"]), str(note["mark"]), dict(note["urls"])
    except (OSError, ValueError, KeyError, TypeError):
        return
    if start_mark(pid) != mark:  # it was killed, and its servers with it
        return
    for name in NAMES:
        if isinstance(urls.get(name), str):
            os.environ.setdefault(name, urls[name])
