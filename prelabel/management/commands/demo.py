"""`manage.py demo`: a project to play with, made at the first start and left alone after."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotator.core.errors import WinnowError
from prelabel.services.demo import login_path, make_demo


class Command(BaseCommand):
    help = "Make the demo project “Road scenes” with its log-in, pictures and model, where they are missing."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            project = make_demo(say=self.stdout.write)
        except WinnowError as error:
            raise CommandError(str(error)) from error
        where = login_path()
        hint = f"the log-in is in {where}" if where.exists() else "its password was chosen by a person"
        self.stdout.write(f"“{project.name}” is ready; {hint}.")
