"""Chromium for the browser tests."""

import os
import shutil
from pathlib import Path

from winnow_setup.steps import SetupFailure, run_step

DEBIAN = ["chromium", "fonts-noto-cjk", "fonts-liberation"]


def ready_browser(venv: Path) -> None:
    """Debian's Chromium where it is or can be installed (root), else Playwright's own."""
    if find_chromium() or _playwright_has_one(venv):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        env = {"DEBIAN_FRONTEND": "noninteractive"}
        run_step("Reading Debian's package lists", ["apt-get", "update"], cwd=Path("/"), env=env)
        install = ["apt-get", "install", "-y", "--no-install-recommends", *DEBIAN]
        run_step("Installing Chromium", install, cwd=Path("/"), env=env)
    else:
        command = [str(venv / "bin" / "python"), "-m", "playwright", "install", "chromium"]
        try:
            run_step("Installing Chromium", command, cwd=Path("/"))
        except SetupFailure as failure:
            raise SetupFailure(f"{failure}; install chromium by hand (Debian: apt-get install chromium)") from failure


def find_chromium() -> str | None:
    return next((path for name in ("chromium", "chromium-browser") if (path := shutil.which(name))), None)


def _playwright_has_one(venv: Path) -> bool:
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", Path.home() / ".cache" / "ms-playwright"))
    return any(cache.glob("chromium-*/INSTALLATION_COMPLETE"))
