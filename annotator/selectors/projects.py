"""Reads of projects, their people and classes."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, QuerySet

from annotator.models import Item, LabelClass, Member, Project, QueueEntry, User
from annotator.models.items import ItemState, Split

LABEL_FIELDS = ("id", "index", "name", "name_zh", "color", "show_threshold", "accept_threshold", "archived")
PROJECT_FIELDS = (
    "id",
    "name",
    "description",
    "task_type",
    "show_threshold",
    "accept_threshold",
    "thresholds_calibrated",
    "accept_found",
    "target_precision",
    "submit_unchecked",
    "spot_check_rate",
    "revision",
    "created_at",
)


def projects_of(user: User) -> QuerySet[Project]:
    """The projects a person is in, newest first."""
    return Project.objects.filter(members__user=user).order_by("-id")


def classes_of(project_ids: list[int]) -> dict[int, list[dict[str, Any]]]:
    """project id → its classes in order."""
    found: dict[int, list[dict[str, Any]]] = {project_id: [] for project_id in project_ids}
    for row in LabelClass.objects.filter(project_id__in=project_ids).values("project_id", *LABEL_FIELDS):
        found[row.pop("project_id")].append(row)
    return found


def counts_of(project_ids: list[int]) -> dict[int, dict[str, int]]:
    """project id → items by state, ``total``, and ``waiting`` (open queue entries)."""
    found = {project_id: {"total": 0, **dict.fromkeys(ItemState.values, 0), "waiting": 0} for project_id in project_ids}
    rows = Item.objects.filter(project_id__in=project_ids).values("project_id", "state").annotate(n=Count("id"))
    for row in rows:
        found[row["project_id"]][row["state"]] = row["n"]
        found[row["project_id"]]["total"] += row["n"]
    waiting = QueueEntry.objects.filter(project_id__in=project_ids, done=False)
    for one in waiting.values("project_id").annotate(n=Count("id")):
        found[one["project_id"]]["waiting"] = one["n"]
    return found


def splits_of(project_id: int) -> dict[str, int]:
    """Items by split."""
    rows = Item.objects.filter(project_id=project_id).values("split").annotate(n=Count("id"))
    return {**dict.fromkeys(Split.values, 0), **{row["split"]: row["n"] for row in rows}}


def members_of(project_id: int) -> list[dict[str, Any]]:
    """The people of a project."""
    rows = Member.objects.filter(project_id=project_id).select_related("user").order_by("id")
    return [member_row(member) for member in rows]


def member_row(member: Member) -> dict[str, Any]:
    """A member as the API shows it."""
    return {
        "id": member.pk,
        "role": member.role,
        "user": {"id": member.user_id, "email": member.user.email, "name": member.user.name},
        "created_at": member.created_at,
    }
