"""Projects, members, classes, people: what is refused and what stays consistent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from annotator.core.errors import Conflict, NotFound, StaleRevision, Unprocessable
from annotator.models import LabelClass, Member, PredictionSource, Project, QueueEntry, Run, User
from annotator.models.labels import PALETTE
from annotator.services import labels as labels_service
from annotator.services import projects, queue, users

pytestmark = pytest.mark.django_db


def test_whoever_makes_a_project_is_its_admin(cast: Any) -> None:
    made = projects.create_project(
        actor=cast.dora, name="  Cells ", task_type="object_detection", classes=[{"name": "RBC"}, {"name": "WBC"}]
    )
    assert made.name == "Cells"
    assert Member.objects.get(project=made).role == "admin"
    assert list(made.classes.values_list("name", "index", "color")) == [("RBC", 0, PALETTE[0]), ("WBC", 1, PALETTE[1])]


@pytest.mark.parametrize(
    "fields", [{"task_type": "nonsense"}, {"name": ""}, {"classes": [{"name": "a"}, {"name": "a"}]}]
)
def test_a_project_that_makes_no_sense_is_refused_whole(cast: Any, fields: dict[str, Any]) -> None:
    wanted: dict[str, Any] = {"name": "Cells", "task_type": "object_detection"} | fields
    with pytest.raises(Unprocessable):
        projects.create_project(actor=cast.dora, **wanted)


def test_settings_change_once_for_each_revision_seen(cast: Any, project: Any) -> None:
    changed = projects.update_project(
        actor=cast.alice, project_id=project.pk, seen_revision=1, values={"show_threshold": 0.3}
    )
    assert (changed.show_threshold, changed.revision) == (0.3, 2)
    with pytest.raises(StaleRevision):
        projects.update_project(actor=cast.alice, project_id=project.pk, seen_revision=1, values={"name": "x"})


def test_a_typed_accept_threshold_is_uncalibrated(cast: Any, project: Any) -> None:
    Project.objects.update(thresholds_calibrated=True)
    changed = projects.update_project(
        actor=cast.alice, project_id=project.pk, seen_revision=1, values={"accept_threshold": 0.8}
    )
    assert not changed.thresholds_calibrated


def test_show_may_not_be_above_accept(cast: Any, project: Any) -> None:
    with pytest.raises(Unprocessable) as refusal:
        projects.update_project(
            actor=cast.alice, project_id=project.pk, seen_revision=1, values={"show_threshold": 0.95}
        )
    assert refusal.value.details["field"] == "show_threshold"


def test_the_last_admin_stays(cast: Any, project: Any) -> None:
    dora = Member.objects.get(project=project, user=cast.dora)
    for attempt in (
        lambda: projects.change_role(actor=cast.dora, member=dora, role="lead"),
        lambda: projects.remove_member(actor=cast.dora, member=dora),
    ):
        with pytest.raises(Conflict) as refusal:
            attempt()
        assert refusal.value.code == "last_admin"
    alice = Member.objects.get(project=project, user=cast.alice)
    projects.change_role(actor=cast.dora, member=alice, role="admin")
    assert projects.change_role(actor=cast.dora, member=dora, role="lead").role == "lead"


def test_a_member_is_taken_in_once_and_only_if_the_server_knows_them(cast: Any, project: Any) -> None:
    assert projects.add_member(actor=cast.dora, project=project, email="EVE@example.org ", role="lead").user == cast.eve
    with pytest.raises(Conflict):
        projects.add_member(actor=cast.dora, project=project, email=cast.eve.email, role="lead")
    with pytest.raises(NotFound):
        projects.add_member(actor=cast.dora, project=project, email="nobody@example.org", role="lead")


def test_a_removed_member_gives_back_what_they_had_open(cast: Any, project: Any, make_item: Callable[..., Any]) -> None:
    make_item(project)
    queue.lease_next(actor=cast.bob, project_id=project.pk)
    member = Member.objects.get(project=project, user=cast.bob)

    projects.remove_member(actor=cast.dora, member=member)

    assert QueueEntry.objects.get().lease_user is None
    with pytest.raises(NotFound):
        projects.change_role(actor=cast.dora, member=member, role="lead")


def test_a_class_is_renamed_in_one_row_and_its_name_is_taken_once(cast: Any, project: Any) -> None:
    car, person = project.classes.all()
    assert labels_service.change_label(actor=cast.alice, label=car, values={"name": "vehicle"}).name == "vehicle"
    with pytest.raises(Unprocessable) as refusal:
        labels_service.change_label(actor=cast.alice, label=person, values={"name": "vehicle"})
    assert refusal.value.code == "class_exists"


@pytest.mark.parametrize(
    "values", [{"color": "red"}, {"show_threshold": 0.95}, {"accept_threshold": 1.5}, {"name": ""}]
)
def test_a_class_that_makes_no_sense_is_refused(cast: Any, project: Any, values: dict[str, Any]) -> None:
    with pytest.raises(Unprocessable):
        labels_service.change_label(actor=cast.alice, label=project.classes.first(), values=values)


def test_missing_classes_are_made_and_present_ones_kept(cast: Any, project: Any) -> None:
    found = labels_service.ensure_labels(actor=cast.alice, project=project, names=["person", "truck"])
    assert [found[name].index for name in ("person", "truck")] == [1, 2]
    assert LabelClass.objects.filter(project=project).count() == 3


def test_a_person_has_one_address_and_a_real_password(cast: Any) -> None:
    made = users.add_user(actor=cast.dora, email=" Frank@Example.org", name="Frank", password="long enough words")
    assert made.email == "frank@example.org" and made.check_password("long enough words")
    with pytest.raises(Conflict):
        users.add_user(actor=cast.dora, email="FRANK@example.org", name="", password="long enough words")
    for email, password in (
        ("no address", "long enough words"),
        ("g@example.org", "short"),
        ("g@example.org", "password123"),
    ):
        with pytest.raises(Unprocessable):
            users.add_user(actor=cast.dora, email=email, name="", password=password)
    assert User.objects.filter(email="g@example.org").count() == 0


def test_moved_thresholds_are_routed_again_when_a_model_is_deployed(cast: Any, project: Any) -> None:
    label = LabelClass.objects.filter(project=project).first()
    assert label is not None

    def move(value: float) -> None:
        project.refresh_from_db()
        projects.update_project(
            actor=cast.alice, project_id=project.pk, seen_revision=project.revision, values={"accept_threshold": value}
        )

    move(0.8)
    assert not Run.objects.exists()  # nothing guesses yet
    source = PredictionSource.objects.create(project=project, kind="model", name="m", reference="variant:1")
    projects.use_source(actor=cast.dora, project_id=project.pk, source=source)
    move(0.85)
    labels_service.change_label(actor=cast.alice, label=label, values={"accept_threshold": 0.7})
    labels_service.change_label(actor=cast.alice, label=label, values={"name": "lorry"})
    assert [run.kind for run in Run.objects.all()] == ["predict", "predict"]
