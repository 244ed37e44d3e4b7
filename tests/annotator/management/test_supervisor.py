"""The supervisor, tried on real processes: crash, end, and its own death."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from annotator.management.embedded.failures import StartFailure
from annotator.management.embedded.programs import last_line, start_mark
from annotator.management.embedded.records import ChildRecord, take_lock

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = Path(__file__).with_name("supervised.py")


def wait_for(condition: Callable[[], object], seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


class Running:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.output = folder / "output"
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, str(SCRIPT), str(folder)],
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdout=output,
                stderr=output,
            )

    def pids(self) -> list[tuple[int, int]]:
        path = self.folder / "pids"
        lines = path.read_text().splitlines() if path.exists() else []
        return [(int(line.split()[0]), int(line.split()[1])) for line in lines]

    def said(self) -> str:
        return self.output.read_text()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    supervised = Running(tmp_path)
    wait_for(supervised.pids)
    yield supervised
    supervised.process.kill()
    supervised.process.wait()
    ChildRecord(tmp_path / "run" / "children.json").stop_leftovers(patience=1)


def test_a_killed_program_is_started_again_without_leaving_its_own_children(running: Running) -> None:
    outer, inner = running.pids()[0]
    os.kill(outer, signal.SIGKILL)
    wait_for(lambda: len(running.pids()) == 2)
    assert start_mark(inner) is None, "the killed program's child was left behind"
    assert start_mark(running.pids()[1][0]) is not None
    assert "parent was ended by SIGKILL; starting it again in 0.5 s. at work" in running.said()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_everything_in_order_and_leaves_no_orphan(running: Running, number: signal.Signals) -> None:
    wait_for(lambda: "deaf" in last_line(running.folder / "logs" / "stubborn.log"))
    running.process.send_signal(number)
    assert running.process.wait(timeout=15) == 0
    assert [start_mark(pid) for pids in running.pids() for pid in pids] == [None, None]
    assert "stubborn did not stop by itself and is ended." in running.said()
    assert (running.folder / "run" / "children.json").read_text() == "[]"


def test_what_a_killed_supervisor_left_is_ended_by_the_next_start(running: Running) -> None:
    outer, inner = running.pids()[0]
    wait_for(lambda: "deaf" in last_line(running.folder / "logs" / "stubborn.log"))
    running.process.kill()
    running.process.wait()
    # The kernel tells `parent`; its child and the deaf one live on.
    wait_for(lambda: start_mark(outer) is None)
    assert start_mark(inner) is not None
    second = Running(running.folder)
    try:
        wait_for(lambda: len(second.pids()) == 2)
        assert start_mark(inner) is None
        assert "left: stubborn" in second.said()
    finally:
        second.process.terminate()
        second.process.wait(timeout=15)


def test_two_supervisors_on_one_folder_are_refused_with_the_first_ones_number(running: Running) -> None:
    with pytest.raises(StartFailure, match=f"already runs on .*process {running.process.pid}"):
        take_lock(running.folder / "run" / "up.lock")


def in_a_process_of_its_own(code: str, folder: Path) -> list[str]:
    """The supervisor handles signals; in pytest's process, after torch and a browser, the first SIGCHLD was its end."""
    done = subprocess.run(
        [sys.executable, "-c", PRELUDE + code],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


PRELUDE = """
import sys
from pathlib import Path
from annotator.management.embedded.failures import StartFailure
from annotator.management.embedded.programs import Program
from annotator.management.embedded.records import ChildRecord
from annotator.management.embedded.supervisor import Supervisor

def supervisor():
    return Supervisor(Path("logs"), ChildRecord(Path("children.json")), print)

def python(name, code, **more):
    return Program(name, (sys.executable, "-c", code), **more)
"""


def test_waiting_times_double_up_to_half_a_minute(tmp_path: Path) -> None:
    code = """
with supervisor() as running:
    for _ in range(8):
        running.start(python("brittle", "raise SystemExit('out of luck')")).process.wait()
        running.turn()
        running.due.clear()
"""
    said = in_a_process_of_its_own(code, tmp_path)
    waits = [float(line.split("again in ")[1].split(" s")[0]) for line in said]
    assert waits == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert said[0] == "brittle ended with code 1; starting it again in 0.5 s. out of luck"


def test_a_program_that_ends_before_it_serves_is_reported_with_its_last_line(tmp_path: Path) -> None:
    code = """
try:
    with supervisor() as running:
        running.start_and_wait(python("web", "raise SystemExit('no such module')", ready=lambda: False))
except StartFailure as failure:
    print(failure)
"""
    assert in_a_process_of_its_own(code, tmp_path) == ["web did not start: no such module (log: logs/web.log)"]


def test_a_one_off_program_is_not_started_again_and_only_its_failure_is_said(tmp_path: Path) -> None:
    code = """
with supervisor() as running:
    for code in (0, 3):
        running.start(python("demo", f"print('at the end'); raise SystemExit({code})", once=True)).process.wait()
        running.turn()
        assert not running.due and not running.children
"""
    assert in_a_process_of_its_own(code, tmp_path) == ["demo ended with code 3: at the end"]


def test_the_handlers_of_signals_are_given_back(tmp_path: Path) -> None:
    code = """
import signal
before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)]
with supervisor():
    pass
after = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)]
print(before == after, signal.set_wakeup_fd(-1))
"""
    assert in_a_process_of_its_own(code, tmp_path) == ["True -1"]


def test_a_record_from_before_a_reboot_names_nobody(tmp_path: Path) -> None:
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    record = tmp_path / "children.json"
    row = {"name": "web", "pid": sleeper.pid, "mark": start_mark(sleeper.pid), "stop_signal": 15, "boot": "before"}
    record.write_text(json.dumps([row]))
    try:
        assert ChildRecord(record).stop_leftovers() == []
        assert sleeper.poll() is None
    finally:
        sleeper.kill()
        sleeper.wait()
