"""Commands beside a running `up` find its servers; those beside a dead one are not misled."""

import json
import os
from pathlib import Path

import pytest

from annotator.management.embedded.running import note_path, use_running_servers, write_note

URLS = {"DATABASE_URL": "postgresql://winnow@/winnow?host=/x", "REDIS_URL": "unix:///x/redis.sock"}


@pytest.fixture
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in URLS:
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


@pytest.mark.usefixtures("nothing_set")
def test_the_addresses_of_running_servers_are_used(tmp_path: Path) -> None:
    write_note(tmp_path, URLS)
    use_running_servers(tmp_path)
    assert {name: os.environ[name] for name in URLS} == URLS


@pytest.mark.usefixtures("nothing_set")
def test_what_is_set_already_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://mine/db")
    write_note(tmp_path, URLS)
    use_running_servers(tmp_path)
    assert os.environ["DATABASE_URL"] == "postgresql://mine/db"
    assert os.environ["REDIS_URL"] == URLS["REDIS_URL"]


@pytest.mark.usefixtures("nothing_set")
def test_the_note_of_a_dead_supervisor_is_ignored(tmp_path: Path) -> None:
    write_note(tmp_path, URLS)
    note = json.loads(note_path(tmp_path).read_text())
    note_path(tmp_path).write_text(json.dumps({**note, "mark": "another process with that number"}))
    use_running_servers(tmp_path)
    assert not set(URLS) & set(os.environ)


@pytest.mark.usefixtures("nothing_set")
@pytest.mark.parametrize("text", ["", "[]", "{", '{"pid": 1}', "null"])
def test_a_broken_note_is_ignored(tmp_path: Path, text: str) -> None:
    note_path(tmp_path).parent.mkdir()
    note_path(tmp_path).write_text(text)
    use_running_servers(tmp_path)
    assert not set(URLS) & set(os.environ)
