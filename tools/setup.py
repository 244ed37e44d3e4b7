"""Prepare a checkout: `python tools/setup.py run|test`. Standard library only, since nothing is installed yet.

Every step leaves a stamp with the hash of what it was made from, so a second call takes no time.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from winnow_setup import browser, frontend, python_packages
from winnow_setup.steps import SetupFailure, say

PURPOSES = {"run": ("worker", "embedded"), "test": ("worker", "embedded", "dev")}


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or arguments[0] not in PURPOSES:
        say(f"usage: setup.py {'|'.join(PURPOSES)}")
        return 2
    purpose = arguments[0]
    root = Path(__file__).resolve().parent.parent
    try:
        venv = python_packages.ready_venv(root, PURPOSES[purpose])
        frontend.ready_frontend(root, venv, build=True)
        if purpose == "test":
            browser.ready_browser(venv)
    except SetupFailure as failure:
        say(str(failure))
        return 1
    except KeyboardInterrupt:
        say("stopped; the next call goes on from here")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
