"""Projects and who is in them."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from annotator.core.errors import Conflict, NotFound, StaleRevision, Unprocessable
from annotator.core.tasktypes import TASK_TYPES
from annotator.models import LabelClass, Member, PredictionSource, Project, User
from annotator.models.members import Role
from annotator.services import audit, labels, predictions, queue

SETTINGS = (
    "name",
    "description",
    "show_threshold",
    "accept_threshold",
    "thresholds_calibrated",
    "accept_found",
    "submit_unchecked",
    "spot_check_rate",
)
# A change of these decides anew which items people see.
ROUTES_BY = {"show_threshold", "accept_threshold", "accept_found", "spot_check_rate"}


@transaction.atomic
def create_project(
    *, actor: User, name: str, task_type: str, classes: list[dict[str, Any]] | None = None, description: str = ""
) -> Project:
    """Make a project; its maker becomes its admin. Raises Unprocessable."""
    if task_type not in TASK_TYPES:
        raise Unprocessable(f"task_type “{task_type}” is unknown; choose one of {', '.join(sorted(TASK_TYPES))}")
    project = Project(name=name.strip(), description=description, task_type=task_type)
    check(project)
    project.save()
    Member.objects.create(project=project, user=actor, role=Role.ADMIN)
    for one in classes or []:
        labels.add_label(actor=actor, project=project, values=one)
    audit.record(actor=actor, verb="project.create", target=project, project_id=project.pk, after={"name": name})
    return project


@transaction.atomic
def update_project(*, actor: User, project_id: int, seen_revision: int, values: dict[str, Any]) -> Project:
    """Change settings. Raises StaleRevision, Unprocessable."""
    project = Project.objects.select_for_update().get(pk=project_id)
    if project.revision != seen_revision:
        raise StaleRevision(
            "the project's settings were changed meanwhile; look at them again",
            current={"revision": project.revision},
        )
    changed = {key: value for key, value in values.items() if key in SETTINGS and getattr(project, key) != value}
    before = {key: getattr(project, key) for key in changed}
    for key, value in changed.items():
        setattr(project, key, value)
    if "accept_threshold" in changed and "thresholds_calibrated" not in changed:
        project.thresholds_calibrated = False
    if project.show_threshold > project.accept_threshold:
        raise Unprocessable("show_threshold must not be above accept_threshold", field="show_threshold")
    if changed.get("accept_found") is False:
        _accept_by_hand(project, before, changed)
    project.revision += 1
    check(project)
    project.save()
    audit.record(
        actor=actor, verb="project.update", target=project, project_id=project.pk, before=before, after=changed
    )
    if ROUTES_BY & changed.keys():
        predictions.ask_for_guesses(actor=actor, project=project)
    return project


def _accept_by_hand(project: Project, before: dict[str, Any], changed: dict[str, Any]) -> None:
    """The classes' thresholds as people had set them before they were found; new classes follow the project's.

    Found ones, left behind, would go on deciding, of a model that may be gone, and look as if set by hand. Finding them
    again is one press. ``before`` and ``changed`` get what moved.
    """
    kept = project.accept_by_hand
    rows = list(LabelClass.objects.filter(project=project).select_for_update())
    before["accept"] = {row.name: row.accept_threshold for row in rows}
    for row in rows:
        row.accept_threshold = kept.get("accept", {}).get(str(row.pk))
    LabelClass.objects.bulk_update(rows, ["accept_threshold"])
    changed["accept"] = {row.name: row.accept_threshold for row in rows}
    if not {"accept_threshold", "thresholds_calibrated"} & changed.keys():
        project.thresholds_calibrated = bool(kept.get("calibrated"))
    project.accept_by_hand = {}


@transaction.atomic
def use_source(*, actor: User | None, project_id: int, source: PredictionSource | None) -> Project:
    """Make a source the one whose guesses are routed and shown."""
    project = Project.objects.select_for_update().get(pk=project_id)
    before = {"active_source": project.active_source_id}
    project.active_source = source
    project.save(update_fields=["active_source"])
    after = {"active_source": source.pk if source else None}
    audit.record(
        actor=actor, verb="project.use_source", target=project, project_id=project.pk, before=before, after=after
    )
    return project


@transaction.atomic
def propose_retrain(*, actor: User | None, project_id: int, proposal: dict[str, Any]) -> None:
    """Propose a retrain, for other reasons than before, or not any more ({})."""
    project = Project.objects.select_for_update().get(pk=project_id)
    before, project.retrain = project.retrain, proposal
    project.save(update_fields=["retrain"])
    audit.record(
        actor=actor, verb="project.propose_retrain", target=project, project_id=project_id, before=before,
        after=proposal,
    )  # fmt: skip


@transaction.atomic
def add_member(*, actor: User, project: Project, email: str, role: str) -> Member:
    """Take a person of this server into the project. Raises NotFound, Conflict."""
    user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if user is None:
        raise NotFound(
            f"nobody on this server has the e-mail address {email}; staff can add people", code="no_such_user"
        )
    try:
        with transaction.atomic():
            member = Member.objects.create(project=project, user=user, role=role)
    except IntegrityError as error:
        raise Conflict(f"{email} is in this project already", code="already_member") from error
    audit.record(
        actor=actor, verb="member.add", target=member, project_id=project.pk, after={"email": email, "role": role}
    )
    return member


@transaction.atomic
def change_role(*, actor: User, member: Member, role: str) -> Member:
    """Give a member another role. Raises Conflict when the project would be left without an admin."""
    member = _locked_member(member)
    _keep_an_admin(member, stays=role == Role.ADMIN)
    before = {"role": member.role}
    member.role = role
    member.save(update_fields=["role"])
    audit.record(
        actor=actor, verb="member.role", target=member, project_id=member.project_id, before=before,
        after={"role": role},
    )  # fmt: skip
    return member


@transaction.atomic
def remove_member(*, actor: User, member: Member) -> None:
    """Take a person out of the project; what they did stays, what they had open goes back to the queue.

    Raises Conflict for the last admin.
    """
    member = _locked_member(member)
    _keep_an_admin(member, stays=False)
    queue.release_leases_of(user=member.user, project_id=member.project_id)
    before = {"email": member.user.email, "role": member.role}
    audit.record(actor=actor, verb="member.remove", target=member, project_id=member.project_id, before=before)
    member.delete()


def _locked_member(member: Member) -> Member:
    """The member as it is now, under the project's lock: two admins who demote each other come one after the other."""
    Project.objects.select_for_update().get(pk=member.project_id)
    found = Member.objects.select_related("user").filter(pk=member.pk).first()
    if found is None:
        raise NotFound("there is no such member any more")
    return found


def _keep_an_admin(member: Member, *, stays: bool) -> None:
    others = Member.objects.filter(project_id=member.project_id, role=Role.ADMIN).exclude(pk=member.pk)
    if member.role == Role.ADMIN and not stays and not others.exists():
        raise Conflict("a project needs an admin; make somebody else admin first", code="last_admin")


def check(row: Project) -> None:
    """Django's validators as one of our errors. Raises Unprocessable naming the field."""
    try:
        row.full_clean(exclude=["active_source"])
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise Unprocessable(messages[0] if field == "__all__" else f"{field}: {messages[0]}", field=field) from error
