#!/usr/bin/env python
"""Django's command line, with Winnow's settings."""

import os
import sys
from pathlib import Path


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.config.settings")
    from annotator.management.embedded.running import use_running_servers

    use_running_servers(Path(os.environ.get("WINNOW_DATA_DIR", Path(__file__).parent / "var")))
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
