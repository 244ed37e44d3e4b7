"""Run by test_embedded_servers: start both servers, use them, stop them; as root it first becomes another user.

usage: as_user.py DATA_DIR SOURCE WHEELS_DIR [UID GID]     prints one line of JSON
"""

import json
import os
import socket
import sys
from pathlib import Path

import psycopg2

from annotator.management.embedded import binaries
from annotator.management.embedded.accounts import server_account
from annotator.management.embedded.homes import open_home
from annotator.management.embedded.postgres import EmbeddedPostgres
from annotator.management.embedded.records import ChildRecord
from annotator.management.embedded.redis import EmbeddedRedis
from annotator.management.embedded.supervisor import Supervisor


def ask(broker: EmbeddedRedis, command: str) -> str:
    """One command in Redis's inline form (the client library would read files that this user may not)."""
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(broker.url.removeprefix("unix://"))
        client.sendall(command.encode() + b"\r\n")
        return client.recv(4096).decode()


def main() -> None:
    data_dir, source, wheels = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    # Readable copies: the environment of root's checkout may lie where no other user can look.
    binaries._wheel_folder = lambda package: wheels / package
    if len(sys.argv) > 4:
        os.setgroups([])
        os.setgid(int(sys.argv[5]))
        os.setuid(int(sys.argv[4]))
        os.chdir("/")
    home = open_home(data_dir, server_account(), fallback_root=Path(os.environ["FALLBACK_ROOT"]))
    postgres = EmbeddedPostgres(home, source=source, disposable=True)
    broker = EmbeddedRedis(home, source=source)
    with Supervisor(data_dir / "logs", ChildRecord(data_dir / "children.json"), print) as supervisor:
        for server in (postgres, broker):
            server.prepare()
            supervisor.start_and_wait(server.program())
        session = psycopg2.connect(postgres.url)
        with session, session.cursor() as cursor:
            cursor.execute("SHOW server_version_num")
            major = int(cursor.fetchone()[0]) // 10000
            cursor.execute("SHOW listen_addresses")
            listens = cursor.fetchone()[0]
            cursor.execute("CREATE TABLE IF NOT EXISTS kept (at int)")
            cursor.execute("INSERT INTO kept VALUES (1)")
            cursor.execute("SELECT count(*) FROM kept")
            kept = cursor.fetchone()[0]
        session.close()
        ask(broker, "SET bell rung")
        seen = {
            "major": major,
            "listens": listens,
            "kept": kept,
            "bell": ask(broker, "GET bell").split()[1],
            "redis_port": ask(broker, "CONFIG GET port").split()[4],
            "origin": postgres.programs.origin,
            "redis": str(broker.server),
            "owners": {name: Path(f"/proc/{child.pid}").stat().st_uid for name, child in supervisor.children.items()},
            "sockets": str(home.sockets),
            "sockets_mode": oct(home.sockets.stat().st_mode & 0o777),
            "data_mode": oct(postgres.data.stat().st_mode & 0o777),
        }
    print(json.dumps(seen))


main()
