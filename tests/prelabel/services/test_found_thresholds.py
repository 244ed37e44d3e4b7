"""Found thresholds in the place of those set by hand: for the router, for later models, and with a trail."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from annotator.core.errors import Conflict, Unprocessable
from annotator.models import AuditEvent, LabelClass, Run
from annotator.services.projects import update_project
from prelabel.core.routing import NEVER
from prelabel.services.found_thresholds import record_calibration, use_found_thresholds
from prelabel.services.predictions import Guessed, store_predictions
from prelabel.services.routing import thresholds_of
from tests.prelabel.conftest import deploy_colours


def calibration(**thresholds: float | None) -> dict[str, Any]:
    """As an evaluation leaves it; the same at each target but for 99 %, which nothing holds."""

    def row(threshold: float | None) -> dict[str, Any]:
        reason = "own" if threshold is not None else "few"
        return {
            "threshold": threshold, "reason": reason, "n": 200, "right": 199, "bound": 0.976, "coverage": 0.5,
            "guesses": 400,
        }  # fmt: skip

    classes = {name: row(value) for name, value in thresholds.items()}
    nothing = {name: row(None) for name in thresholds}
    found = {"0.9": classes, "0.95": classes, "0.98": classes, "0.99": nothing}
    return {"kind": "temperature", "reason": "", "guesses": 400, "dataset_version": 1, "thresholds": found}


def _class(project: Any, name: str) -> LabelClass:
    return LabelClass.objects.get(project=project, name=name)


def test_each_class_is_accepted_from_its_own_threshold_and_one_without_never(
    project: Any, cast: Any, deployment: Any, picture: Callable[..., Any]
) -> None:
    record_calibration(variant=deployment.variant, calibration=calibration(car=0.7, person=None))
    found = use_found_thresholds(actor=cast.alice, project_id=project.pk, target=0.98)
    car, person = _class(project, "car"), _class(project, "person")
    assert found["classes"][car.pk]["threshold"] == 0.7
    assert found["classes"][person.pk]["reason"] == "few"
    project.refresh_from_db()
    assert (project.accept_found, project.target_precision, project.thresholds_calibrated) == (True, 0.98, True)
    thresholds = thresholds_of(project)
    assert thresholds.of(car.pk) == (project.show_threshold, 0.7)
    assert thresholds.of(person.pk) == (project.show_threshold, NEVER)

    def state(name: str, label: LabelClass, score: float) -> str:
        item = picture(project, name, (0, 0, len(name)))
        entry = {"id": "p0", "bbox": [0, 0, 8, 8], "class_id": label.pk, "score": score}
        store_predictions(source=deployment.source, guessed=[Guessed(item, {"objects": [entry]})])
        item.refresh_from_db()
        return str(item.state)

    assert state("a", car, 0.7) == "auto_accepted"
    assert state("bb", car, 0.69999) == "queued"
    assert state("ccc", person, 1.0) == "queued"


def test_items_are_routed_again_and_the_trail_says_what_moved(project: Any, cast: Any, deployment: Any) -> None:
    record_calibration(variant=deployment.variant, calibration=calibration(car=0.7, person=None))
    use_found_thresholds(actor=cast.alice, project_id=project.pk, target=0.95)
    assert Run.objects.filter(project=project, kind="predict").count() == 1
    event = AuditEvent.objects.get(verb="project.find_thresholds")
    assert event.actor == cast.alice
    assert event.before["accept_found"] is False
    assert event.after["accept"]["car"] == 0.7 and event.after["accept"]["person"] is None
    assert AuditEvent.objects.get(verb="model.calibrate").after["kind"] == "temperature"


def test_a_target_that_no_class_holds_leaves_all_to_people(project: Any, cast: Any, deployment: Any) -> None:
    record_calibration(variant=deployment.variant, calibration=calibration(car=0.7, person=0.8))
    use_found_thresholds(actor=cast.alice, project_id=project.pk, target=0.99)
    project.refresh_from_db()
    assert thresholds_of(project).of(_class(project, "car").pk)[1] == NEVER


def test_a_found_threshold_is_not_below_what_is_shown(project: Any, cast: Any, deployment: Any) -> None:
    LabelClass.objects.filter(project=project, name="car").update(show_threshold=0.8)
    record_calibration(variant=deployment.variant, calibration=calibration(car=0.7))
    use_found_thresholds(actor=cast.alice, project_id=project.pk, target=0.95)
    assert _class(project, "car").accept_threshold == 0.8


def test_without_an_evaluation_nothing_can_be_found(project: Any, cast: Any, deployment: Any) -> None:
    with pytest.raises(Conflict) as refused:
        use_found_thresholds(actor=cast.alice, project_id=project.pk, target=0.98)
    assert refused.value.code == "not_calibrated"
    with pytest.raises(Unprocessable):
        use_found_thresholds(actor=cast.alice, project_id=project.pk, target=0.5)


def test_another_model_brings_its_own_thresholds_or_none(
    project: Any, cast: Any, deployment: Any, tmp_path: Path
) -> None:
    record_calibration(variant=deployment.variant, calibration=calibration(car=0.7))
    use_found_thresholds(actor=cast.alice, project_id=project.pk, target=0.98)
    other = deploy_colours(project, tmp_path / "other", name="other colours")
    assert _class(project, "car").accept_threshold is None
    # Judged while it decides, its thresholds hold from then on.
    record_calibration(variant=other.variant, calibration=calibration(car=0.6))
    assert _class(project, "car").accept_threshold == 0.6


def test_thresholds_set_by_hand_stay_where_nobody_asked(project: Any, deployment: Any) -> None:
    LabelClass.objects.filter(project=project, name="car").update(accept_threshold=0.85)
    record_calibration(variant=deployment.variant, calibration=calibration(car=0.7))
    assert _class(project, "car").accept_threshold == 0.85
    assert thresholds_of(project).of(_class(project, "person").pk)[1] == project.accept_threshold


def test_the_address_asks_for_a_lead_and_takes_four_targets(
    project: Any, cast: Any, deployment: Any, client_of: Any
) -> None:
    record_calibration(variant=deployment.variant, calibration=calibration(car=0.7))
    address = f"/api/projects/{project.pk}/thresholds/found/"
    assert client_of(cast.bob).post(address, {"target": 0.95}, format="json").status_code == 403
    assert client_of(cast.alice).post(address, {"target": 0.5}, format="json").status_code == 400
    answer = client_of(cast.alice).post(address, {"target": 0.95}, format="json")
    assert answer.status_code == 200, answer.content
    assert answer.json()["classes"][str(_class(project, "car").pk)]["threshold"] == 0.7
    shown = client_of(cast.alice).get(f"/api/projects/{project.pk}/").json()
    assert (shown["accept_found"], shown["target_precision"]) == (True, 0.95)
    off = client_of(cast.alice).patch(
        f"/api/projects/{project.pk}/", {"accept_found": True}, format="json",
        headers={"If-Match": f'"{shown["revision"]}"'},
    )  # fmt: skip
    assert off.status_code == 400


def test_turned_off_what_people_had_set_is_back_and_on_again_what_was_found(
    project: Any, cast: Any, deployment: Any
) -> None:
    LabelClass.objects.filter(project=project, name="car").update(accept_threshold=0.85)
    record_calibration(variant=deployment.variant, calibration=calibration(car=0.7, person=0.6))

    def accepts() -> list[float | None]:
        return [_class(project, name).accept_threshold for name in ("car", "person")]

    for target in (0.98, 0.95):  # a second target is no new start: what was found is not what people had set
        use_found_thresholds(actor=cast.alice, project_id=project.pk, target=target)
        assert accepts() == [0.7, 0.6]
    project.refresh_from_db()
    off = update_project(
        actor=cast.alice, project_id=project.pk, seen_revision=project.revision, values={"accept_found": False}
    )
    assert accepts() == [0.85, None]
    assert off.thresholds_calibrated is False
    event = AuditEvent.objects.filter(verb="project.update").latest("pk")
    assert (event.before["accept"]["person"], event.after["accept"]["person"]) == (0.6, None)
    use_found_thresholds(actor=cast.alice, project_id=project.pk, target=0.98)
    assert accepts() == [0.7, 0.6]
