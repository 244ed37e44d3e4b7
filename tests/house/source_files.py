"""The files that the house rules look at: what git tracks or would track, never what was installed or built."""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("annotator", "prelabel", "compression")


@cache
def tracked() -> tuple[Path, ...]:
    """Every file of the checkout that git does not ignore; in an unpacked archive without git, every source file."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    except (OSError, subprocess.CalledProcessError):
        listed = [str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if _ours(path.relative_to(ROOT))]
    return tuple(sorted(ROOT / name for name in listed if name and (ROOT / name).is_file()))


def _ours(path: Path) -> bool:
    return not {".venv", "node_modules", "dist", "var", "__pycache__", ".git"} & set(path.parts)


def python_files(*, migrations: bool = False) -> list[Path]:
    return [path for path in tracked() if path.suffix == ".py" and (migrations or "migrations" not in path.parts)]


def code_files() -> list[Path]:
    """Written by hand, in any language."""
    return [*python_files(), *(path for path in tracked() if path.suffix in {".ts", ".tsx", ".css"})]


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))
