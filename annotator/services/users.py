"""People of this server."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from annotator.core.errors import Conflict, Unprocessable
from annotator.core.preferences import merge_preferences
from annotator.models import User
from annotator.services import audit


@transaction.atomic
def add_user(*, actor: User | None, email: str, name: str, password: str, is_staff: bool = False) -> User:
    """Add a person with a first password. Raises Conflict, Unprocessable."""
    email = email.strip().lower()
    if User.objects.filter(email=email).exists():
        raise Conflict(f"{email} is on this server already", code="email_taken")
    try:
        validate_email(email)
        validate_password(password)
    except ValidationError as error:
        raise Unprocessable(" ".join(error.messages)) from error
    user = User.objects.create_user(email, password, name=name, is_staff=is_staff)
    audit.record(actor=actor, verb="user.add", target=user, project_id=None, after={"email": email})
    return user


@transaction.atomic
def set_locale(*, actor: User, locale: str) -> User:
    """Remember the person's language."""
    before = {"locale": actor.locale}
    actor.locale = locale
    actor.save(update_fields=["locale"])
    audit.record(
        actor=actor, verb="user.locale", target=actor, project_id=None, before=before, after={"locale": locale}
    )
    return actor


@transaction.atomic
def set_preferences(*, actor: User, change: Any) -> User:
    """Remember what a person has set for the own browser; what is not named stays. Raises Unprocessable, TooLarge."""
    # Two tabs may change different preferences at the same moment.
    user = User.objects.select_for_update().get(pk=actor.pk)
    before, user.preferences = user.preferences, merge_preferences(user.preferences, change)
    user.save(update_fields=["preferences"])
    audit.record(
        actor=user, verb="user.preferences", target=user, project_id=None, before=before, after=user.preferences
    )
    return user
