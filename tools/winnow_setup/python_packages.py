"""The virtual environment and the Python packages in it."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

from winnow_setup.steps import SetupFailure, Stamp, digest, run_step

# Measured with the CUDA build of torch: 6.9 GB in the environment and 3 GB of downloads meanwhile.
NEEDED_BYTES = {"full": 10 * 1024**3, "cpu": 4 * 1024**3}


def ready_venv(root: Path, extras: tuple[str, ...]) -> Path:
    """Make `.venv` and install what pyproject.toml asks for with these extras; returns the environment's folder."""
    folder = root / ".venv"
    python = folder / "bin" / "python"
    if not _usable(python):
        _check_disk(root)
        try:
            venv.EnvBuilder(with_pip=True, clear=folder.exists()).create(folder)
        except (OSError, subprocess.CalledProcessError) as error:
            raise SetupFailure(f"cannot make the virtual environment {folder}: {error}") from error
    stamp = Stamp(folder / ".winnow" / f"packages-{'-'.join(extras)}", _wanted(root))
    larger = Stamp(folder / ".winnow" / "packages-worker-embedded-dev", stamp.wanted)
    if stamp.fresh() or larger.fresh():
        return folder
    _check_disk(root)
    install_packages(root, python, extras)
    stamp.write()
    return folder


def install_packages(root: Path, python: Path, extras: tuple[str, ...]) -> None:
    """pip install of the checkout (editable) with the pinned versions of constraints.txt."""
    command = [
        str(python),
        "-m",
        "pip",
        "install",
        "--progress-bar",
        "off",
        "--no-input",
        "-c",
        str(root / "constraints.txt"),
    ]
    if index := os.environ.get("TORCH_INDEX"):
        command += ["--extra-index-url", index]
    command += ["-e", f".[{','.join(extras)}]"]
    title = "Installing Python packages (the first time takes some minutes)"
    run_step(title, command, cwd=root, env={"PYTHONUNBUFFERED": "1"}, show=_pip_line)


def _wanted(root: Path) -> str:
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    asked = [repr(project["dependencies"]), repr(project["optional-dependencies"]), os.environ.get("TORCH_INDEX", "")]
    return digest([*asked, root / "constraints.txt", f"{sys.version_info[:2]}", str(root)])


def _usable(python: Path) -> bool:
    """True when the environment's Python starts and has pip (a moved checkout or a removed Python breaks it)."""
    if not python.exists():
        return False
    check = "import sys, pip; sys.exit(0 if (3, 11) <= sys.version_info[:2] <= (3, 12) else 1)"
    return subprocess.run([python, "-c", check], capture_output=True, check=False).returncode == 0


def _check_disk(root: Path) -> None:
    needed = NEEDED_BYTES["cpu" if os.environ.get("TORCH_INDEX") else "full"]
    free = shutil.disk_usage(root).free
    if free < needed:
        hint = "" if os.environ.get("TORCH_INDEX") else "; with TORCH_INDEX set to PyTorch's CPU wheels 4 GB do"
        raise SetupFailure(
            f"disk full: {free / 1024**3:.1f} GB free at {root}, {needed // 1024**3} GB are needed{hint}"
        )


def _pip_line(line: str) -> str | None:
    """What of pip's output is worth showing."""
    if match := re.match(r"Collecting (\S+)", line):
        return f"looking at {match[1]}"
    if match := re.match(r"Downloading .*?([^/\s]+\.(?:whl|tar\.gz))\S*(?: \(([^)]+)\))?", line):
        return f"downloading {match[1]} {match[2] or ''}"
    if line.startswith("Processing "):
        return f"reading {line.rpartition('/')[2]}"
    if line.startswith("Installing collected packages"):
        return f"unpacking {line.count(',') + 1} packages"
    return None
