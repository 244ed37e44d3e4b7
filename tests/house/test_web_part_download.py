"""How much a plain `pip install` of the web part downloads."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.house.source_files import ROOT

LARGEST_DOWNLOAD_MB = 60


@pytest.mark.slow
def test_the_web_part_is_a_download_of_at_most_sixty_megabytes(tmp_path: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = tmp_path / "asked.txt"
    asked.write_text("\n".join(project["dependencies"]))
    wheels = tmp_path / "wheels"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--dest", str(wheels), "--requirement", str(asked)]
    subprocess.run([*command, "--constraint", str(ROOT / "constraints.txt")], check=True, timeout=600)
    megabytes = sum(path.stat().st_size for path in wheels.iterdir()) / 1e6
    assert 10 < megabytes <= LARGEST_DOWNLOAD_MB
