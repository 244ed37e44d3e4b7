"""The programs that make up a running Winnow, in the order of their start."""

import http.client
import shutil
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from annotator.management.embedded.programs import Program

CELERY_APP = "annotator.config.celery:app"
WSGI_APP = "annotator.config.wsgi:application"
# Predict and train run one job at a time in the worker's own process: forked children and the threads of torch or
# OpenVINO deadlock. io waits for disk and network mostly, so threads serve it, and no child is left when it is killed.
# interactive answers people at the screen: beside predict, whose run may take an hour, and not niced.
WORKERS = {
    "io": ("--pool=threads", "--concurrency=2"),
    "predict": ("--pool=solo",),
    "interactive": ("--pool=solo",),
    "train": ("--pool=solo",),
}
# Besides its own: the queue of runs that asked for a GPU, on a machine that has one.
GPU_QUEUE = "train_gpu"
NICE = {"io": 5, "predict": 5, "interactive": 0, "train": 10}


@dataclass(frozen=True)
class WebAddress:
    host: str
    port: int

    @property
    def url(self) -> str:
        shown = "localhost" if self.host in ("127.0.0.1", "0.0.0.0", "::1", "::") else self.host  # noqa: S104
        return f"http://{shown}:{self.port}/"

    def answers(self) -> bool:
        """True when the web part gives an answer of its own making, whatever its status."""
        target = "127.0.0.1" if self.host == "0.0.0.0" else self.host  # noqa: S104
        connection = http.client.HTTPConnection(target, self.port, timeout=5)
        try:
            connection.request("GET", "/api/session/", headers={"Host": f"localhost:{self.port}"})
            return connection.getresponse().status < 500
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def web_program(root: Path, address: WebAddress) -> Program:
    command = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--host",
        address.host,
        "--port",
        str(address.port),
    ]
    command += ["--workers", "2", "--blocking-threads", "4", "--respawn-failed-workers", "--workers-kill-timeout", "5"]
    command += ["--log-level", "warning", WSGI_APP]
    return Program(
        name="web", argv=tuple(command), cwd=root, ready=address.answers, ready_seconds=90, stop_seconds=12, tier=2
    )


def queues_of(worker: str) -> str:
    """What a worker listens to, with commas between."""
    has_gpu = shutil.which("nvidia-smi") is not None
    return f"{worker},{GPU_QUEUE}" if worker == "train" and has_gpu else worker


def worker_programs(root: Path) -> list[Program]:
    celery = (sys.executable, "-m", "celery", "-A", CELERY_APP)
    quiet = ("--loglevel=INFO", "--without-gossip", "--without-mingle")
    programs = [
        Program(
            name=f"worker-{queue}",
            argv=(*celery, "worker", "-Q", queues_of(queue), "-n", f"{queue}@%h", *pool, *quiet),
            cwd=root,
            nice=NICE[queue],
            stop_seconds=8,  # a run that is cut short goes on from its checkpoint at the next start
            orphan_signal=signal.SIGKILL,  # SIGTERM would let it finish a training of an hour beside its successor
        )
        for queue, pool in WORKERS.items()
    ]
    beat = Program(
        name="beat",
        argv=(*celery, "beat", "--loglevel=WARNING"),
        cwd=root,
        stop_seconds=5,
        orphan_signal=signal.SIGKILL,
    )
    return [*programs, beat]


def management_program(root: Path, name: str, *arguments: str) -> Program:
    return Program(name=name, argv=(sys.executable, "manage.py", *arguments), cwd=root, once=True, stop_seconds=5)
