"""`manage.py up` whole: real servers, web and workers in a folder of its own, with accidents on the way."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from annotator.management.embedded.product import WebAddress
from annotator.management.embedded.programs import start_mark
from annotator.management.embedded.records import ChildRecord

ROOT = Path(__file__).resolve().parents[3]
EVERYBODY = {"redis", "postgres", "web", "worker-io", "worker-predict", "worker-interactive", "worker-train", "beat"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Product:
    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.output = data_dir.parent / "output"
        self.process = self.start()

    def start(self, port: int | None = None) -> subprocess.Popen[bytes]:
        env = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
        env |= {"WINNOW_DATA_DIR": str(self.data_dir)}
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up", "--no-demo", "--port", str(port or self.port)],
                cwd=ROOT,
                env=env,
                stdout=output,
                stderr=output,
            )
        return self.process

    def said(self) -> str:
        return self.output.read_text()

    def children(self) -> dict[str, int]:
        try:
            rows = json.loads((self.data_dir / "run" / "children.json").read_text())
        except (OSError, ValueError):
            return {}
        return {row["name"]: row["pid"] for row in rows}

    def wait(self, what: str, condition: Callable[[], bool], seconds: float = 90) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert self.process.poll() is None, f"{what}: up ended: {self.said()[-2000:]}"
            assert time.monotonic() < end, f"{what} did not happen: {self.said()[-2000:]}"
            time.sleep(0.1)

    def wait_ready(self, times: int = 1) -> None:
        self.wait("ready", lambda: self.said().count("Winnow is ready") >= times and set(self.children()) == EVERYBODY)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=60)


def processes_below(data_dir: Path) -> list[str]:
    """Every process whose command line or environment names the folder: the servers, and all that `up` started."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            facts = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
        except OSError:
            continue
        if str(data_dir).encode() in facts:
            found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return found


@pytest.fixture
def product(open_folder: Path) -> Iterator[Product]:
    running = Product(open_folder / "var")
    yield running
    running.process.kill()
    running.process.wait()
    ChildRecord(running.data_dir / "run" / "children.json").stop_leftovers()


def test_the_product_starts_survives_accidents_and_stops_without_a_trace(product: Product) -> None:
    product.wait_ready()
    before = product.children()

    # A killed worker and a killed web server come back.
    killed = ("worker-predict", "web")
    for name in killed:
        os.kill(before[name], signal.SIGKILL)
    product.wait(
        "restart", lambda: all(product.children().get(n) not in (None, before[n]) for n in ("worker-predict", "web"))
    )
    product.wait("web again", WebAddress("127.0.0.1", product.port).answers)
    assert "worker-predict was ended by SIGKILL; starting it again" in product.said()
    assert product.children()["worker-train"] == before["worker-train"]

    # A second start on the same data says so and touches nothing.
    second = subprocess.run(
        [sys.executable, "manage.py", "up", "--port", str(free_port())],
        cwd=ROOT,
        env={**os.environ, "WINNOW_DATA_DIR": str(product.data_dir)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert second.returncode == 1 and "already runs on" in second.stderr

    # The supervisor itself is killed; the next start ends what it left, keeps the data and takes seconds.
    left = product.children()
    product.process.kill()
    product.process.wait()
    began = time.monotonic()
    product.start()
    product.wait_ready(times=2)
    assert time.monotonic() - began < 30
    assert not {pid for name, pid in left.items() if product.children()[name] == pid}
    assert product.said().count("Creating a PostgreSQL") == 1

    # Ctrl-C.
    assert product.stop() == 0
    assert "Stopping" in product.said()
    assert "did not stop by itself" not in product.said()
    assert [start_mark(pid) for pid in left.values()] == [None] * len(left)
    assert processes_below(product.data_dir) == []


def test_a_taken_port_is_said_in_one_line_before_anything_starts(open_folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "manage.py", "up", "--port", str(port)],
            cwd=ROOT,
            env={**os.environ, "WINNOW_DATA_DIR": str(open_folder / "var")},
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert done.returncode == 1
    assert done.stderr.strip() == f"winnow: Port {port} is in use; choose another: make run PORT={port + 1}"
    assert not (open_folder / "var" / "servers").exists()
