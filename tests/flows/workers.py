"""Real Celery workers and a real beat on the test database, started, killed and stopped by tests."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.db import connection

from annotator.models import Run

CELERY = (sys.executable, "-m", "celery", "-A", "annotator.config.celery:app")
ROOT = Path(__file__).resolve().parents[2]
TIMES = {
    "WINNOW_RUN_LEASE_S": "2",
    "WINNOW_RUN_HEARTBEAT_S": "0.5",
    "WINNOW_RUN_RERING_S": "2",
    "WINNOW_RUN_REPORT_S": "0.1",
    "WINNOW_SWEEP_S": "0.5",
    "WINNOW_MEASURE_S": "0",
}


def database_url() -> str:
    """The URL of the database that this test uses."""
    given = connection.settings_dict
    query = urlencode({"host": given["HOST"], "port": given["PORT"] or 5432})
    person = quote(given["USER"]) + (f":{quote(given['PASSWORD'])}" if given["PASSWORD"] else "")
    return f"postgresql://{person}@/{given['NAME']}?{query}"


def environment(queue_prefix: str) -> dict[str, str]:
    """What makes a process one of this test's: its database, queues, folder, and short leases."""
    return os.environ | {
        "DATABASE_URL": database_url(),
        "REDIS_URL": settings.REDIS_URL,
        "WINNOW_QUEUE_PREFIX": queue_prefix,
        "WINNOW_CACHE_PREFIX": settings.CACHES["default"]["KEY_PREFIX"],
        "WINNOW_DATA_DIR": str(settings.DATA_DIR),
        "WINNOW_IMPORT_ROOT": settings.IMPORT_ROOT or "",
        "WINNOW_SECRET_KEY": "of-no-worth",
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "1",
        **TIMES,
    }


@dataclass
class Process:
    """A child in a process group of its own, so that a kill takes its children too."""

    child: subprocess.Popen[bytes]

    @property
    def pid(self) -> int:
        return self.child.pid

    def kill(self) -> None:
        """SIGKILL to all of it: no handler runs, nothing is written any more."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.child.wait()

    def stop(self, timeout_s: float = 20) -> int:
        """SIGTERM, as the supervisor stops it; returns the exit status. Killed if it does not listen."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)
        try:
            return self.child.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()
            raise


@dataclass
class Staff:
    """The workers and the beat of one test."""

    folder: Path
    env: dict[str, str]
    processes: list[Process] = field(default_factory=list)

    def worker(self, queues: str = "io,predict,train", *options: str) -> Process:
        """One solo worker; it takes a second or two until it listens."""
        name = f"w{len(self.processes)}-{os.getpid()}@test"
        pool = options or ("--pool=solo",)
        quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel=INFO")
        return self._start(name, *CELERY, "worker", "-Q", queues, "-n", name, *pool, *quiet)

    def beat(self) -> Process:
        """The clock that makes the sweeper run."""
        schedule = str(self.folder / "beat-schedule")
        return self._start("beat", *CELERY, "beat", "--loglevel=INFO", "-s", schedule, f"--pidfile={schedule}.pid")

    def python(self, name: str, code: str, *argv: str) -> Process:
        """A process of the test's own making: a worker that is slow, or tells more than others."""
        self.env.setdefault("DJANGO_SETTINGS_MODULE", "annotator.config.settings")
        return self._start(name, sys.executable, "-c", code, *argv)

    def kill_holder(self, run: Run) -> None:
        """Kill the worker that has the run."""
        self.kill(int(run.worker.rpartition(":")[2]))

    def kill(self, pid: int) -> None:
        """Kill one of them."""
        next(one for one in self.processes if one.pid == pid).kill()

    def log(self) -> str:
        """What they all said."""
        return "\n".join(f"--- {path.name}\n{path.read_text()[-6000:]}" for path in sorted(self.folder.glob("*.log")))

    def _start(self, name: str, *argv: str) -> Process:
        with (self.folder / f"{name}.log").open("wb") as out:
            child = subprocess.Popen(
                argv, cwd=ROOT, env=self.env, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
            )
        process = Process(child)
        self.processes.append(process)
        return process


@contextlib.contextmanager
def staff(folder: Path, queue_prefix: str) -> Iterator[Staff]:
    """Staff whose every process is gone at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    people = Staff(folder, environment(queue_prefix))
    try:
        yield people
    finally:
        for process in people.processes:
            process.kill()


def wait_for(found: Callable[[], Any], people: Staff, *, timeout_s: float = 60, every_s: float = 0.05) -> Any:
    """Poll until something is found; the workers' logs are in the failure."""
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        value = found()
        if value:
            return value
        time.sleep(every_s)
    raise AssertionError(f"nothing came within {timeout_s} s\n{people.log()}")


def finished(run_id: int, people: Staff, *, timeout_s: float = 60) -> Run:
    """The run when it has ended, whichever way."""

    def ended() -> Run | None:
        return Run.objects.filter(pk=run_id, state__in=("succeeded", "failed", "cancelled")).first()

    run: Run = wait_for(ended, people, timeout_s=timeout_s)
    return run


def succeeded(run_id: int, people: Staff, *, timeout_s: float = 60) -> Run:
    """The run when it has succeeded."""
    run = finished(run_id, people, timeout_s=timeout_s)
    assert run.state == "succeeded", f"{run.kind}: {run.error}\n{people.log()}"
    return run
