"""The addresses of the embedded servers that run now, for commands started beside them (`manage.py make_admin`)."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

NAMES = ("DATABASE_URL", "REDIS_URL")


def note_path(data_dir: Path) -> Path:
    return data_dir / "run" / "urls.json"


def write_note(data_dir: Path, urls: Mapping[str, str]) -> None:
    path = note_path(data_dir)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(dict(urls)))


def remove_note(data_dir: Path) -> None:
    note_path(data_dir).unlink(missing_ok=True)


def use_running_servers(data_dir: Path) -> None:
    """Set the variables that are not set yet from the note of a running `up`; does nothing without one."""
    try:
        noted = json.loads(note_path(data_dir).read_text())
    except (OSError, ValueError):
        return
    for name in NAMES:
        if isinstance(noted.get(name), str):
            os.environ.setdefault(name, noted[name])
