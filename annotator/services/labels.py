"""The classes of a project."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from annotator.core.errors import Unprocessable
from annotator.models import LabelClass, Project, User
from annotator.models.labels import PALETTE
from annotator.services import audit, predictions

FIELDS = ("name", "name_zh", "color", "show_threshold", "accept_threshold", "archived", "index")


@transaction.atomic
def add_label(*, actor: User | None, project: Project, values: dict[str, Any]) -> LabelClass:
    """Add a class at the end, in the next colour of the palette unless one is given. Raises Unprocessable."""
    Project.objects.select_for_update().get(pk=project.pk)
    index = LabelClass.objects.filter(project=project).count()
    label = LabelClass(project=project, index=index, color=PALETTE[index % len(PALETTE)])
    return _save(actor, label, {key: value for key, value in values.items() if value not in (None, "")}, "label.add")


@transaction.atomic
def change_label(*, actor: User, label: LabelClass, values: dict[str, Any]) -> LabelClass:
    """Rename, recolour, archive, or set a class's own thresholds. Raises Unprocessable."""
    before = (label.show_threshold, label.accept_threshold)
    changed = _save(actor, label, values, "label.change")
    if (changed.show_threshold, changed.accept_threshold) != before:
        predictions.ask_for_guesses(actor=actor, project=changed.project)
    return changed


def ensure_labels(*, actor: User | None, project: Project, names: list[str]) -> dict[str, LabelClass]:
    """The classes of these names, made where they are missing."""
    have = {label.name: label for label in LabelClass.objects.filter(project=project)}
    for name in names:
        if name not in have:
            have[name] = add_label(actor=actor, project=project, values={"name": name})
    return {name: have[name] for name in names}


def _check(label: LabelClass) -> None:
    """Raises Unprocessable naming the field."""
    same = LabelClass.objects.filter(project_id=label.project_id, name=label.name).exclude(pk=label.pk)
    if same.exists():
        raise Unprocessable(f"this project has a class “{label.name}” already", field="name", code="class_exists")
    try:
        label.full_clean()
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise Unprocessable(f"{field}: {messages[0]}", field=field) from error


def _save(actor: User | None, label: LabelClass, values: dict[str, Any], verb: str) -> LabelClass:
    changed = {key: value for key, value in values.items() if key in FIELDS}
    before = {key: getattr(label, key) for key in changed} if label.pk else None
    for key, value in changed.items():
        setattr(label, key, value)
    project = label.project
    show = label.show_threshold if label.show_threshold is not None else project.show_threshold
    accept = label.accept_threshold if label.accept_threshold is not None else project.accept_threshold
    if show > accept:
        raise Unprocessable(
            f"class {label.name}: show ({show}) must not be above accept ({accept})", field="show_threshold"
        )
    _check(label)
    label.save()
    audit.record(actor=actor, verb=verb, target=label, project_id=label.project_id, before=before, after=changed)
    return label
