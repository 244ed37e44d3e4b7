"""Starts the whole product on a folder of its own, as `manage.py up` does, and stops it."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parents[1]
EMAIL = "oracle@example.org"
READY_S = 180.0
STOP_S = 60.0


@dataclass(frozen=True)
class Product:
    """A running Winnow: where it answers, and the log-in of its one administrator."""

    url: str
    email: str
    password: str


@contextmanager
def running_product(*, keep: bool, say: Callable[[str], None]) -> Iterator[Product]:
    """Winnow with web server, workers, PostgreSQL and Redis; everything is gone afterwards unless ``keep``.

    DATABASE_URL and REDIS_URL are used where they are set: a database of its own is made and dropped there.
    """
    data = Path(tempfile.mkdtemp(prefix="winnow-loop-"))
    data.chmod(0o711)  # the embedded servers run as another user when we are root
    environment = {
        **os.environ,
        "WINNOW_DATA_DIR": str(data),
        "WINNOW_QUEUE_PREFIX": f"{data.name}:",
        "WINNOW_CACHE_PREFIX": data.name,
    }
    try:
        with own_database(os.environ.get("DATABASE_URL"), data.name) as database:
            if database:
                environment["DATABASE_URL"] = database
            port = _free_port()
            with _supervised(environment, port, say):
                password = secrets.token_urlsafe(16)
                _manage(environment | {"WINNOW_ADMIN_PASSWORD": password}, "make_admin", EMAIL)
                yield Product(f"http://127.0.0.1:{port}", EMAIL, password)
    finally:
        if keep:
            say(f"Data and logs are kept in {data}")
        else:
            shutil.rmtree(data, ignore_errors=True)


@contextmanager
def _supervised(environment: dict[str, str], port: int, say: Callable[[str], None]) -> Iterator[None]:
    command = [sys.executable, "manage.py", "up", "--no-demo", "--port", str(port)]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    ready = threading.Event()

    def follow() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            if "is ready" in line:
                ready.set()
            say(f"  up: {line.rstrip()}")
        ready.set()

    threading.Thread(target=follow, daemon=True).start()
    try:
        if not ready.wait(READY_S) or process.poll() is not None:
            raise SystemExit("Winnow did not start; its last lines are above")
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _manage(environment: dict[str, str], *arguments: str) -> None:
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"manage.py {arguments[0]} failed: {(done.stderr or done.stdout).strip()[-500:]}")


@contextmanager
def own_database(url: str | None, name: str) -> Iterator[str | None]:
    """A database beside the one that the URL names; None without a URL (an embedded server is started then)."""
    if not url:
        yield None
        return
    import psycopg2

    name = name.replace("-", "_").lower()

    def command(text: str) -> None:
        try:
            connection = psycopg2.connect(url)
        except psycopg2.OperationalError:  # the named database may not be made yet; this one always is
            connection = psycopg2.connect(urlunsplit(urlsplit(url)._replace(path="/postgres")))
        try:
            connection.autocommit = True
            connection.cursor().execute(text)
        finally:
            connection.close()

    command(f'CREATE DATABASE "{name}"')
    try:
        yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
    finally:
        command(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
