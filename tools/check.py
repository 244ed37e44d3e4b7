"""Everything that `make test` checks, after the set-up: linters, types, import rules, frontend, then pytest.

Runs in the virtual environment. PostgreSQL and Redis are Winnow's embedded ones, on throw-away data, unless
DATABASE_URL and REDIS_URL are set. A failed check does not hide the next; pytest comes last and its closing line too.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

from winnow_setup.frontend import Node, find_node  # noqa: E402

from annotator.management.embedded.failures import StartFailure, StopAsked  # noqa: E402
from annotator.management.embedded.launch import start_servers  # noqa: E402
from annotator.management.embedded.records import ChildRecord  # noqa: E402
from annotator.management.embedded.supervisor import Supervisor  # noqa: E402

_MOST_WORKERS = 4  # each holds torch and a Chromium: about 1.5 GB


@dataclass(frozen=True)
class Check:
    name: str
    command: list[str]
    cwd: Path = ROOT
    env: dict[str, str] = field(default_factory=dict)


def python_checks() -> list[Check]:
    tools = Path(sys.executable).parent
    return [
        Check("ruff check", [str(tools / "ruff"), "check", "."]),
        Check("ruff format", [str(tools / "ruff"), "format", "--check", "."]),
        Check("import rules", [str(tools / "lint-imports"), "--no-cache"]),
        Check("types (mypy)", [str(tools / "mypy")]),
        Check("migrations complete", [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"]),
    ]


def frontend_checks(node: Node) -> list[Check]:
    folder = ROOT / "frontend"
    return [
        Check("frontend lint", [*node.npm, "run", "lint"], folder, node.env),
        Check("frontend types", [*node.npm, "run", "typecheck"], folder, node.env),
        Check("frontend tests", [*node.npm, "test"], folder, {**node.env, "CI": "true"}),
    ]


def run_check(check: Check) -> bool:
    """Run one; its output is shown only when it fails."""
    began = time.monotonic()
    done = subprocess.run(
        check.command,
        cwd=check.cwd,
        env={**os.environ, **check.env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    passed = done.returncode == 0
    told = "" if passed else done.stdout.rstrip() + "\n"
    print(f"{told}{'ok  ' if passed else 'FAIL'} {check.name} ({time.monotonic() - began:.1f} s)", flush=True)
    return passed


def run_lane(checks: list[Check]) -> list[str]:
    """Run one after the other; the names of those that failed."""
    return [check.name for check in checks if not run_check(check)]


def run_pytest(arguments: list[str]) -> int:
    """Its exit code. One process a core, each with tables of its own; a file's tests stay together in one."""
    sys.stdout.flush()
    workers = min(_MOST_WORKERS, os.cpu_count() or 1)
    spread = ["-n", str(workers), "--dist", "loadfile"] if workers > 1 else []
    return subprocess.run(
        [sys.executable, "-m", "pytest", *spread, *arguments],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},  # else each process's networks take all cores from the others
        stdin=subprocess.DEVNULL,
        check=False,
    ).returncode


def run_all(options: argparse.Namespace, supervisor: Supervisor, data_dir: Path) -> int:
    start_servers(supervisor, data_dir, lambda line: None, disposable=True)
    os.environ["WINNOW_DATA_DIR"] = str(data_dir / "data")
    failed: list[str] = []
    if not options.slow:
        node = find_node(ROOT / ".venv")
        lanes = [python_checks(), frontend_checks(node) if node else []]
        with ThreadPoolExecutor(len(lanes)) as pool:  # two cores, and neither lane keeps both busy
            failed = [name for names in pool.map(run_lane, lanes) for name in names]
        if supervisor.stop_asked:
            return 130
    if failed:
        print(f"FAILED before pytest: {', '.join(failed)}", flush=True)
    if options.no_tests:
        return 1 if failed else 0
    code = run_pytest([*(["-m", "slow"] if options.slow else []), *options.pytest_arguments])
    return code or (1 if failed else 0)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slow", action="store_true", help="only the tests marked slow")
    parser.add_argument("--no-tests", action="store_true", help="linters and types only")
    options, options.pytest_arguments = parser.parse_known_args()
    data_dir = Path(tempfile.mkdtemp(prefix="winnow-test-"))
    data_dir.chmod(0o711)  # the servers' account has to reach its own folder below
    record = ChildRecord(data_dir / "children.json")
    try:
        with Supervisor(data_dir / "logs", record, lambda line: print(line, file=sys.stderr)) as supervisor:
            return run_all(options, supervisor, data_dir)
    except StopAsked:
        return 130
    except StartFailure as failure:
        print(f"winnow: {failure}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(data_dir, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
