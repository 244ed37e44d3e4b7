"""`manage.py make_admin EMAIL`: a first account that may do everything, or that power for one that exists."""

import getpass
import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction

from annotator.models.users import User


class Command(BaseCommand):
    help = "Make an administrator. The password is asked for, or read from WINNOW_ADMIN_PASSWORD."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        email = options["email"].strip().lower()
        try:
            validate_email(email)
        except ValidationError as error:
            raise CommandError(f"{email!r} is not an e-mail address.") from error
        with transaction.atomic():
            user = User.objects.filter(email=email).first()
            made = user is None
            if user is None:
                user = User(email=email, name=options["name"] or email.partition("@")[0])
                user.set_password(self._password(user))
            user.is_staff = user.is_superuser = user.is_active = True
            user.save()
        self.stdout.write(f"{email} was {'created and is' if made else 'made'} an administrator.")

    def _password(self, user: User) -> str:
        password = os.environ.get("WINNOW_ADMIN_PASSWORD")
        if not password and not sys.stdin.isatty():
            raise CommandError("There is no terminal to ask for a password; set WINNOW_ADMIN_PASSWORD.")
        password = password or getpass.getpass(f"Password for {user.email}: ")
        try:
            validate_password(password, user)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        return password
