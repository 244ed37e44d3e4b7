"""Python environments of their own for converters that pin hard, and calls into them as subprocesses.

Each lies in ``<data>/targets/<slug>`` and is layered over the workers' environment: its own packages come first, torch
and numpy are the workers' and are not installed again (LiteRT alone would be 7 GB instead of 1.2 GB).
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import sysconfig
import tempfile
import time
import venv
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from annotator.core.errors import RunFailed

_HERE = Path(__file__).resolve().parent
_ROOT = _HERE.parents[1]
_TIMEOUT_S = 1800
_STAMP = "installed.json"  # written when all packages are there
_PIP = ("install", "--no-input", "--progress-bar", "off", "--disable-pip-version-check")
# slug → the module that shows that its packages are there.
ISOLATED: dict[str, str] = {"litert": "litert_torch", "coreml": "coremltools", "ncnn": "pnnx"}


def environments_folder() -> Path:
    """Where the environments lie: WINNOW_TARGETS_DIR, else ``targets`` in the data folder."""
    given = os.environ.get("WINNOW_TARGETS_DIR")
    return Path(given) if given else Path(os.environ.get("WINNOW_DATA_DIR") or _ROOT / "var") / "targets"


def requirements_of(slug: str) -> Path:
    """The pinned packages of a target."""
    return _HERE / "converters" / f"{slug}.txt"


def python_of(slug: str) -> Path | None:
    """The interpreter that has the target's packages: that of its environment, else this one; None where neither."""
    own = _interpreter(environments_folder() / slug)
    if own.is_file() and (own.parent.parent / _STAMP).is_file():
        return own
    return Path(sys.executable) if find_spec(ISOLATED[slug]) is not None else None


def missing(slug: str) -> str | None:
    """What to do before the target can be used, None when it can."""
    if python_of(slug) is not None:
        return None
    return (
        f"The converter for {slug} is not installed on this machine. Install it into an environment of its own with: "
        f"python manage.py install_target {slug}"
    )


def install(slug: str, say: Callable[[str], None] = lambda line: None) -> Path:
    """Make or renew the environment of a target; returns its interpreter. Raises RunFailed with pip's last lines.

    Of two that install the same target at once the second waits, and takes what the first has made.
    """
    folder = environments_folder() / slug
    folder.parent.mkdir(parents=True, exist_ok=True)
    asked = time.time()
    with (folder.parent / f"{slug}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp = folder / _STAMP
        if not (stamp.exists() and stamp.stat().st_mtime >= asked):
            _make(slug, folder, say)
    return _interpreter(folder)


def _make(slug: str, folder: Path, say: Callable[[str], None]) -> None:
    (folder / _STAMP).unlink(missing_ok=True)
    say(f"Making the environment {folder}")
    venv.EnvBuilder(with_pip=True, clear=True, symlinks=os.name != "nt").create(folder)
    # Named to be read after the environment's own packages, which thereby come first.
    site = next(folder.glob("lib/python*/site-packages"), folder / "Lib" / "site-packages")
    (site / "zz_workers.pth").write_text(sysconfig.get_paths()["purelib"] + "\n", encoding="utf-8")
    say(f"Installing {', '.join(requirements_of(slug).read_text(encoding='utf-8').split())}")
    done = subprocess.run(
        [str(_interpreter(folder)), "-m", "pip", *_PIP, "-r", str(requirements_of(slug))],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RunFailed(
            f"pip could not install the converter for {slug}: " + _last_lines(done.stderr), code="target_missing"
        )
    (folder / _STAMP).write_text(json.dumps({"requirements": requirements_of(slug).read_text()}))


def call(slug: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """Hand a JSON request to ``converters/<slug>.py`` in the target's interpreter and return its JSON answer.

    Raises RunFailed: target_missing, or conversion_failed with the last lines of what the converter said.
    """
    python = python_of(slug)
    if python is None:
        raise RunFailed(missing(slug) or slug, code="target_missing", target=slug)
    with tempfile.TemporaryDirectory(prefix=f"winnow-{slug}-") as scratch:
        asked, answered = Path(scratch) / "request.json", Path(scratch) / "answer.json"
        asked.write_text(json.dumps(dict(request)), encoding="utf-8")
        command = [str(python), "-P", str(_HERE / "converters" / f"{slug}.py"), str(asked), str(answered)]
        try:
            done = subprocess.run(
                command,
                cwd=scratch,  # converters drop files where they run
                env={**os.environ, **_QUIET},
                capture_output=True,
                text=True,
                timeout=_TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise RunFailed(f"The {slug} converter took over {_TIMEOUT_S} s.", code="conversion_failed") from error
        if done.returncode != 0 or not answered.exists():
            said = _last_lines(done.stderr or done.stdout) or f"exit code {done.returncode}"
            raise RunFailed(f"The {slug} converter failed: {said}", code="conversion_failed")
        answer: dict[str, Any] = json.loads(answered.read_text(encoding="utf-8"))
        return answer


# No look at the network or at a GPU, and no logs of a framework's start.
_QUIET = {"HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "3", "JAX_PLATFORMS": "cpu"}


def _interpreter(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _last_lines(text: str, count: int = 3) -> str:
    return " / ".join(line.strip() for line in text.strip().splitlines()[-count:])[:600]
