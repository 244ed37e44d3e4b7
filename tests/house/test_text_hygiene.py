"""Nothing of the machine on which it was written is in the text of the repository."""

import json
import re
from pathlib import Path

from tests.house.source_files import ROOT, shown, tracked

TEXT = {".py", ".ts", ".tsx", ".css", ".html", ".json", ".md", ".toml", ".txt", ".yml", ".yaml", ".cfg", ".sh", ""}
HERE = {"tests/house/test_text_hygiene.py"}
HOME_PATH = re.compile(r"(?<![\w.])/(?:root|home|Users)/(?!\.)[\w.-]+/")
# Split, so that this file is not its own finding.
HOSTS = [
    "pypi" + ".org", "files.python" + "hosted.org", "registry.npm" + "js.org", "deb." + "debian.org",
    "npm" + "mirror.com", "pypi.tuna",
]  # fmt: skip


def text_files() -> list[Path]:
    return [
        path for path in tracked() if path.suffix in TEXT and shown(path) not in HERE and path.stat().st_size < 2**21
    ]


def read(path: Path) -> str:
    return path.read_text(errors="replace")


def test_no_absolute_path_of_someones_home_is_named() -> None:
    found = {
        f"{shown(path)}: {match.group()}"
        for path in text_files()
        if shown(path) not in {"LICENSE"}
        for match in HOME_PATH.finditer(read(path))
    }
    assert found == set()


def test_no_package_registry_is_named() -> None:
    """Whoever installs decides where from; a host in a lock file would decide for them."""
    found = {(shown(path), host) for path in text_files() for host in HOSTS if host in read(path)}
    assert found == set()


def test_the_frontend_lock_file_records_no_download_addresses() -> None:
    lock = json.loads((ROOT / "frontend" / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert len(packages) > 50
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert [name for name, entry in packages.items() if "integrity" not in entry and not entry.get("link")] == []


def test_every_text_file_ends_with_one_line_break_and_has_unix_ones() -> None:
    wrong = []
    for path in text_files():
        data = path.read_bytes()
        if data and (not data.endswith(b"\n") or data.endswith(b"\n\n") or b"\r\n" in data):
            wrong.append(shown(path))
    assert wrong == []


def test_nothing_says_that_it_is_unfinished() -> None:
    marks = re.compile("TO" + "DO|FIX" + r"ME|\bXX" + "X\\b")
    code = [path for path in text_files() if path.suffix in {".py", ".ts", ".tsx"}]
    assert [shown(path) for path in code if marks.search(read(path))] == []
