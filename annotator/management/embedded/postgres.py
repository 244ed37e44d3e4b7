"""An embedded PostgreSQL: made once by initdb, reached by a socket in a private folder, never by TCP."""

import os
import shutil
import signal
import subprocess
from pathlib import Path
from urllib.parse import quote

import psycopg2

from annotator.management.embedded.accounts import give_to
from annotator.management.embedded.binaries import PostgresPrograms, find_postgres
from annotator.management.embedded.failures import StartFailure
from annotator.management.embedded.homes import Home
from annotator.management.embedded.programs import Program, start_mark

ROLE = DATABASE = "winnow"
# For data that a test throws away: no waiting for the disk.
DISPOSABLE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class EmbeddedPostgres:
    def __init__(self, home: Home, *, source: str = "auto", disposable: bool = False) -> None:
        self.home = home
        self.data = home.data / "postgres"
        self.disposable = disposable
        self.programs: PostgresPrograms = find_postgres(home, source=source, major=self._major_of_data())

    @property
    def url(self) -> str:
        return f"postgresql://{ROLE}@/{DATABASE}?host={quote(str(self.home.sockets), safe='/')}"

    def prepare(self) -> None:
        """Create the cluster unless it exists; a half-made one of an interrupted start is made anew."""
        if (self.data / "PG_VERSION").exists():
            self._stop_stray_server()
            return
        half = self.home.data / "postgres.half"
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(mode=0o700)
        give_to(half, self.home.account)
        refusal = self._initdb(half, "C.UTF-8")
        if refusal is not None:  # a system without that locale
            refusal = self._initdb(half, "C")
        if refusal is not None:
            raise StartFailure(f"PostgreSQL could not be set up: {refusal}")
        half.rename(self.data)

    def program(self) -> Program:
        options = ["listen_addresses=", f"unix_socket_directories={self.home.sockets}", "unix_socket_permissions=0700"]
        options += DISPOSABLE if self.disposable else ()
        settings = [part for option in options for part in ("-c", option)]
        return Program(
            name="postgres",
            argv=(str(self.programs.folder / "postgres"), "-D", str(self.data), *settings),
            cwd=self.home.data,
            account=self.home.account,
            ready=self.answers,
            tier=0,
            stop_signal=signal.SIGINT,  # "fast": roll back what is open, write a checkpoint
            stop_seconds=30,
            orphan_signal=signal.SIGINT,
        )

    def answers(self) -> bool:
        """True when a session can be opened; creates the database at the first time."""
        try:
            session = self._connect("postgres")
        except psycopg2.OperationalError:
            return False
        try:
            session.autocommit = True
            with session.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
                if cursor.fetchone() is None:
                    cursor.execute(f"CREATE DATABASE {DATABASE}")
        finally:
            session.close()
        return True

    def _connect(self, database: str) -> "psycopg2.extensions.connection":
        return psycopg2.connect(host=str(self.home.sockets), user=ROLE, dbname=database, connect_timeout=5)

    def _major_of_data(self) -> int | None:
        try:
            return int((self.data / "PG_VERSION").read_text())
        except (OSError, ValueError):
            return None

    def _initdb(self, folder: Path, locale: str) -> str | None:
        """None when it went well, else the line that says why not."""
        account = self.home.account
        command = [str(self.programs.folder / "initdb"), "-D", str(folder), f"--username={ROLE}", "--auth=trust"]
        command += ["--encoding=UTF8", f"--locale={locale}", "--data-checksums", "--no-instructions"]
        command += ["--no-sync"] if self.disposable else []
        made = subprocess.run(
            command,
            capture_output=True,
            text=True,
            cwd=self.home.data,
            stdin=subprocess.DEVNULL,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            env={**os.environ, "HOME": str(self.home.data), "LC_ALL": "C"},
        )
        if made.returncode == 0:
            return None
        lines = [line for line in made.stderr.splitlines() if line.strip()]
        return next(
            (line for line in lines if "error" in line or "FATAL" in line), lines[-1] if lines else "initdb failed"
        )

    def _stop_stray_server(self) -> None:
        """Stop a server on our data that no record names (PostgreSQL refuses a second one on the same folder)."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().splitlines()[0])
            running = Path(f"/proc/{pid}/exe").readlink().name.startswith("postgres")
        except (OSError, ValueError, IndexError):
            return
        if running and start_mark(pid):
            account = self.home.account
            subprocess.run(
                [str(self.programs.folder / "pg_ctl"), "stop", "-D", str(self.data), "-m", "fast", "-w", "-t", "30"],
                capture_output=True,
                cwd=self.home.data,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
            )
