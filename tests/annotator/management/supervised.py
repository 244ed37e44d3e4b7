"""Run by test_supervisor: a supervisor with two harmless programs. usage: supervised.py FOLDER [greedy]"""

import sys
from pathlib import Path

from annotator.management.embedded.programs import Program
from annotator.management.embedded.records import ChildRecord, take_lock
from annotator.management.embedded.supervisor import Supervisor

# Starts a child of its own, as a web server starts its workers, and writes both pids.
PARENT = """
import os, subprocess, sys, time
inner = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open(sys.argv[1], "a").write(f"{os.getpid()} {inner.pid}\\n")
print("at work", flush=True)
time.sleep(600)
"""
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
time.sleep(600)
"""


def main() -> None:
    folder = Path(sys.argv[1])
    lock = take_lock(folder / "run" / "up.lock")
    record = ChildRecord(folder / "run" / "children.json")
    print("left:", *record.stop_leftovers(patience=1), flush=True)
    with Supervisor(folder / "logs", record, lambda line: print(line, flush=True)) as supervisor:
        supervisor.start(Program("parent", (sys.executable, "-c", PARENT, str(folder / "pids")), stop_seconds=5))
        supervisor.start(Program("stubborn", (sys.executable, "-c", STUBBORN), stop_seconds=0.5, tier=0))
        supervisor.watch()
    lock.close()


main()
