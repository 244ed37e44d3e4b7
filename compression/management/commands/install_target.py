"""Installs the converter of a target into an environment of its own."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.core.errors import RunFailed
from compression.core.exporting.environments import ISOLATED, install


class Command(BaseCommand):
    help = "Install the converter of a model format (LiteRT, CoreML, NCNN) into an environment of its own."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("target", choices=sorted(ISOLATED))

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            python = install(options["target"], self.stdout.write)
        except RunFailed as error:
            raise CommandError(error.message) from error
        self.stdout.write(self.style.SUCCESS(f"{options['target']} is ready: {python}"))
