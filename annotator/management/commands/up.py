"""`manage.py up`: the whole product on one machine, supervised."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import get_commands
from django.core.management.base import BaseCommand

from annotator.management.embedded.failures import StartFailure
from annotator.management.embedded.launch import LaunchPlan, launch
from annotator.management.embedded.product import WebAddress


class Command(BaseCommand):
    help = "Start PostgreSQL and Redis (unless their URLs are set), web server and workers, and keep them running."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=os.environ.get("WINNOW_HOST", "127.0.0.1"))
        parser.add_argument("--port", type=int, default=int(os.environ.get("WINNOW_PORT", "8000")))
        parser.add_argument("--no-demo", action="store_true", help="do not make the demo project")

    def handle(self, *args: Any, **options: Any) -> None:
        plan = LaunchPlan(
            root=Path(settings.BASE_DIR),
            data_dir=Path(settings.DATA_DIR).resolve(),
            address=WebAddress(options["host"], options["port"]),
            demo="demo" in get_commands() and not options["no_demo"],
            say=self._say,
        )
        try:
            launch(plan)
        except StartFailure as failure:
            self.stderr.write(f"winnow: {failure}")
            raise SystemExit(1) from failure

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
