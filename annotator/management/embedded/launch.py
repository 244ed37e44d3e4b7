"""`manage.py up`, step by step: servers, migrations, web and workers, demo project; then watch until Ctrl-C."""

import errno
import json
import os
import shutil
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from annotator.management.embedded.accounts import server_account
from annotator.management.embedded.binaries import wanted_source
from annotator.management.embedded.failures import StartFailure, StopAsked
from annotator.management.embedded.homes import make_folder, open_home
from annotator.management.embedded.postgres import EmbeddedPostgres
from annotator.management.embedded.product import WebAddress, management_program, web_program, worker_programs
from annotator.management.embedded.programs import last_line
from annotator.management.embedded.records import ChildRecord, take_lock
from annotator.management.embedded.redis import EmbeddedRedis
from annotator.management.embedded.running import remove_note, write_note
from annotator.management.embedded.supervisor import Supervisor

LEAST_FREE_BYTES = 500 * 1024 * 1024


@dataclass(frozen=True)
class LaunchPlan:
    root: Path
    data_dir: Path
    address: WebAddress
    demo: bool
    say: Callable[[str], None]


def launch(plan: LaunchPlan) -> None:
    """Run Winnow until someone asks for its end; StartFailure carries the one line for a person."""
    began = time.monotonic()
    make_folder(plan.data_dir, 0o711)
    check_free_space(plan.data_dir)
    with ExitStack() as stack:
        stack.enter_context(take_lock(plan.data_dir / "run" / "up.lock"))
        record = ChildRecord(plan.data_dir / "run" / "children.json")
        if left := record.stop_leftovers():
            plan.say(f"Stopped what an earlier start left running: {', '.join(left)}.")
        check_port_free(plan.address)
        supervisor = stack.enter_context(Supervisor(plan.data_dir / "logs", record, plan.say))
        try:
            start_servers(supervisor, plan.data_dir, plan.say)
            stack.callback(remove_note, plan.data_dir)
            _start_product(supervisor, plan)
            plan.say(f"Winnow is ready at {plan.address.url} ({time.monotonic() - began:.1f} s). Ctrl-C stops it.")
            supervisor.watch(_LoginLine(plan))
        except StopAsked:
            pass
        plan.say("Stopping …")


def start_servers(
    supervisor: Supervisor, data_dir: Path, say: Callable[[str], None], *, disposable: bool = False
) -> None:
    """Start PostgreSQL and Redis where no URL names one, and put their URLs into this process's environment."""
    wanted = [name for name in ("DATABASE_URL", "REDIS_URL") if not os.environ.get(name)]
    if not wanted:
        return
    home = open_home(data_dir, server_account())
    source = wanted_source()
    servers: list[tuple[str, EmbeddedRedis | EmbeddedPostgres]] = []
    if "REDIS_URL" in wanted:
        servers.append(("REDIS_URL", EmbeddedRedis(home, source=source)))
    if "DATABASE_URL" in wanted:
        postgres = EmbeddedPostgres(home, source=source, disposable=disposable)
        servers.append(("DATABASE_URL", postgres))
        if not (postgres.data / "PG_VERSION").exists():
            say(f"Creating a PostgreSQL {postgres.programs.major} database in {postgres.data} …")
    children = []
    for name, server in servers:
        server.prepare()
        children.append(supervisor.start(server.program()))
        os.environ[name] = server.url
    for child in children:
        supervisor.wait_ready(child)
    write_note(data_dir, {name: os.environ[name] for name in wanted})


def _start_product(supervisor: Supervisor, plan: LaunchPlan) -> None:
    os.environ["WINNOW_DATA_DIR"] = str(plan.data_dir)
    migrate = management_program(plan.root, "migrate", "migrate", "--noinput")
    if supervisor.run_to_end(migrate) != 0:
        log = plan.data_dir / "logs" / "migrate.log"
        raise StartFailure(f"The database could not be brought up to date: {last_line(log)} (log: {log})")
    # The page first: on two cores the workers' imports would double the time until it answers.
    supervisor.start_and_wait(web_program(plan.root, plan.address))
    for program in worker_programs(plan.root):
        supervisor.start(program)
    if plan.demo:
        supervisor.start(management_program(plan.root, "demo", "demo"))


class _LoginLine:
    """Prints the demo log-in once, as soon as the demo command has written it."""

    def __init__(self, plan: LaunchPlan) -> None:
        self.plan = plan
        self.printed = False

    def __call__(self) -> None:
        if self.printed or not self.plan.demo:
            return
        try:
            login = json.loads((self.plan.data_dir / "demo_login.json").read_text())
            self.plan.say(f"Demo log-in: {login['email']}  password: {login['password']}")
        except (OSError, ValueError, KeyError):
            return
        self.printed = True


def check_port_free(address: WebAddress) -> None:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address.host, address.port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                why = f"Port {address.port} is in use; choose another: make run PORT={address.port + 1}"
            else:
                why = f"Cannot listen on {address.host} port {address.port}: {error.strerror}"
            raise StartFailure(why) from error


def check_free_space(folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE_BYTES:
        raise StartFailure(f"The disk of {folder} is full: {free // 1024**2} MB free, at least 500 MB are needed.")
