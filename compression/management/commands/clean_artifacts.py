"""`manage.py clean_artifacts`: remove old work folders and models by the policy of the settings, now."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from compression.services.retention import clean_artifacts


class Command(BaseCommand):
    help = "Remove work folders of old runs, and old models that were never deployed (the io worker does it daily)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say what would go, and remove nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        done = clean_artifacts(actor=None, dry_run=options["dry_run"])
        verb = "would go" if options["dry_run"] else "removed"
        self.stdout.write(
            f"{len(done.runs)} run folders and {len(done.versions)} model versions {verb}: {done.bytes / 1e6:.1f} MB "
            f"(WINNOW_KEEP_RUNS_DAYS={settings.KEEP_RUNS_DAYS:g}, WINNOW_KEEP_MODELS={settings.KEEP_MODELS})"
        )
