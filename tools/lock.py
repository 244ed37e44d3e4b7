"""`make lock`: compile constraints.txt, the pinned versions of everything, from pyproject.toml.

Only names and versions: no index, no host, no hashes (torch comes from another index on machines without a GPU).
"""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OPTIONS = [
    "--all-extras",
    "--strip-extras",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--no-emit-trusted-host",
    "--no-emit-options",
    "--annotation-style=line",
    "--upgrade",
]


def main() -> int:
    env = {**os.environ, "CUSTOM_COMPILE_COMMAND": "make lock"}
    command = [sys.executable, "-m", "piptools", "compile", "--quiet", *OPTIONS, *sys.argv[1:]]
    done = subprocess.run([*command, "--output-file=constraints.txt", "pyproject.toml"], cwd=ROOT, env=env, check=False)
    if done.returncode == 0:
        path = ROOT / "constraints.txt"
        # A local build of torch (2.14.1+cpu) is the same version from another index.
        path.write_text(re.sub(r"^(torch(?:vision)?==[\d.]+)\+\S+", r"\1", path.read_text(), flags=re.MULTILINE))
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
