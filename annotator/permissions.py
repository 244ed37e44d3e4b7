"""Who may do what: role → capabilities. Outsiders get 404, members without the capability 403."""

from __future__ import annotations

from typing import Any

from annotator.core.errors import NotAllowed, NotFound
from annotator.models import Member, Project, User
from annotator.models.members import Role

_REVIEW = frozenset({"view", "review"})
_LEAD = _REVIEW | {
    "manage_items",
    "manage_labels",
    "import",
    "export",
    "freeze",
    "predict",
    "edit_project",
    "view_runs",
    "view_models",
    "view_audit",
}
ROLE_CAN: dict[str, frozenset[str]] = {
    Role.ANNOTATOR: _REVIEW,
    Role.LEAD: _LEAD,
    Role.ADMIN: _LEAD | {"train", "deploy", "manage_members"},
}


def role_of(user: Any, project_id: int) -> str | None:
    """The person's role in the project, None for outsiders."""
    if not user.is_authenticated:
        return None
    return Member.objects.filter(project_id=project_id, user_id=user.pk).values_list("role", flat=True).first()


def require(user: Any, project_id: int, capability: str) -> str:
    """The role, if it has the capability. Raises NotFound for outsiders, NotAllowed for members."""
    role = role_of(user, project_id)
    if role is None:
        raise NotFound("there is no such project, or you are not in it")
    if capability not in ROLE_CAN[role]:
        raise NotAllowed(
            f"as {role} of this project you may not do this ({capability}); a project admin can change roles"
        )
    return role


def require_project(user: Any, project_id: int, capability: str) -> Project:
    """The project, if the person has the capability in it."""
    require(user, project_id, capability)
    return Project.objects.get(pk=project_id)


def require_anywhere(user: Any, capability: str) -> None:
    """For what belongs to no project (devices): the capability in one of the person's projects is enough.

    Raises NotFound for a person in no project, NotAllowed for a member without it.
    """
    roles = set(Member.objects.filter(user_id=user.pk).values_list("role", flat=True))
    if not roles:
        raise NotFound("there is nothing here for you: you are in no project")
    if not any(capability in ROLE_CAN[role] for role in roles):
        raise NotAllowed(f"in none of your projects you may do this ({capability}); a project admin can change roles")


def require_staff(user: User) -> None:
    """Raises NotAllowed unless the person may create projects and people."""
    if not user.is_staff:
        raise NotAllowed("only staff of this server may do this; ask whoever runs it")
