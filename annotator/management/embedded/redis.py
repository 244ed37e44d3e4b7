"""An embedded Redis: the bell that wakes workers. It keeps nothing on disk, since the runs live in PostgreSQL."""

import signal
import socket
from pathlib import Path

from annotator.management.embedded.accounts import give_to
from annotator.management.embedded.binaries import find_redis
from annotator.management.embedded.homes import Home
from annotator.management.embedded.programs import Program


class EmbeddedRedis:
    def __init__(self, home: Home, *, source: str = "auto") -> None:
        self.home = home
        self.data = home.data / "redis"
        self.socket = home.sockets / "redis.sock"
        self.server: Path = find_redis(home, source=source)

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def prepare(self) -> None:
        self.data.mkdir(mode=0o700, exist_ok=True)
        give_to(self.data, self.home.account)

    def program(self) -> Program:
        settings = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "save": "",
            "appendonly": "no",
            "daemonize": "no",
        }
        return Program(
            name="redis",
            argv=(str(self.server), *(part for name, value in settings.items() for part in (f"--{name}", value))),
            cwd=self.data,
            account=self.home.account,
            ready=self.answers,
            tier=0,
            stop_signal=signal.SIGTERM,
            orphan_signal=signal.SIGTERM,
        )

    def answers(self) -> bool:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(2)
            try:
                client.connect(str(self.socket))
                client.sendall(b"PING\r\n")
                return client.recv(16).startswith(b"+PONG")
            except OSError:
                return False
