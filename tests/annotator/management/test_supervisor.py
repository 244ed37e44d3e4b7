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
from annotator.management.embedded.programs import Program, last_line, start_mark
from annotator.management.embedded.records import ChildRecord, take_lock
from annotator.management.embedded.supervisor import Supervisor

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


def test_waiting_times_double_up_to_half_a_minute(tmp_path: Path) -> None:
    said: list[str] = []
    with Supervisor(tmp_path / "logs", ChildRecord(tmp_path / "children.json"), said.append) as supervisor:
        program = Program("brittle", (sys.executable, "-c", "raise SystemExit('out of luck')"))
        for _ in range(8):
            child = supervisor.start(program)
            child.process.wait()
            supervisor.turn()
            supervisor.due.clear()
    waits = [float(line.split("again in ")[1].split(" s")[0]) for line in said]
    assert waits == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert said[0] == "brittle ended with code 1; starting it again in 0.5 s. out of luck"


def test_a_program_that_ends_before_it_serves_is_reported_with_its_last_line(tmp_path: Path) -> None:
    with Supervisor(tmp_path / "logs", ChildRecord(tmp_path / "children.json"), print) as supervisor:
        program = Program("web", (sys.executable, "-c", "raise SystemExit('no such module')"), ready=lambda: False)
        with pytest.raises(StartFailure, match="web did not start: no such module"):
            supervisor.start_and_wait(program)


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
