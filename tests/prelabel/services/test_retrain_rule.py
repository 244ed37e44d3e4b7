"""A retrain is proposed, or started, when too much of what a run saw is doubtful."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from annotator.models import Annotation, DatasetVersion, Item, LabelClass, Run
from annotator.services import runs
from prelabel.services.predictions import Guessed, store_predictions
from prelabel.services.retrain_rule import MIN_REVIEWED, apply_retrain_rule


@pytest.fixture
def predict_run(project: Any, deployment: Any, picture: Callable[..., Any]) -> Callable[..., Any]:
    """A run whose items hold ``low`` doubtful, ``high`` certain and some hidden cars."""
    car = LabelClass.objects.get(project=project, name="car")

    def make(low: int, high: int, **params: Any) -> Any:
        run = runs.create_run(actor=None, project=project, kind="predict", params=params)
        scores = [0.5] * low + [0.9] * high + [0.2] * 7
        for index in range(0, len(scores), 10):
            part = scores[index : index + 10]
            objects = [
                {"id": f"p{i}", "bbox": [0, 0, 9, 9], "class_id": car.pk, "score": score}
                for i, score in enumerate(part)
            ]
            item = picture(project, f"{run.pk}-{index}", (1, 2, index % 256))
            store_predictions(source=deployment.source, guessed=[Guessed(item, {"objects": objects})])
        return run

    return make


def _review(project: Any, picture: Callable[..., Any], count: int) -> None:
    for index in range(count):
        item = picture(project, f"reviewed {index}", (9, 9, index), state="reviewed", revision=1)
        Annotation.objects.create(
            item=item, revision=1, document={"objects": []}, origin="human", idempotency_key=uuid.uuid4()
        )


def test_the_rule_counts_shown_objects_of_the_run_and_remembers_the_proposal(
    project: Any, deployment: Any, predict_run: Callable[..., Any]
) -> None:
    run = predict_run(6, 50)
    rule = apply_retrain_rule(run=run, source=deployment.source)
    assert (rule["low"], rule["high"], rule["due"]) == (6, 50, True)
    project.refresh_from_db()
    assert project.retrain == rule
    assert not Run.objects.filter(kind="retrain").exists()


def test_exactly_the_ratio_or_too_few_objects_is_not_due(
    project: Any, deployment: Any, predict_run: Callable[..., Any]
) -> None:
    assert apply_retrain_rule(run=predict_run(5, 50), source=deployment.source)["due"] is False
    Item.objects.all().delete()
    assert apply_retrain_rule(run=predict_run(30, 19), source=deployment.source)["due"] is False


def test_a_run_over_new_items_counts_only_its_own(
    project: Any, deployment: Any, predict_run: Callable[..., Any]
) -> None:
    predict_run(40, 0)
    rule = apply_retrain_rule(run=predict_run(0, 60, scope="new"), source=deployment.source)
    assert (rule["low"], rule["high"], rule["due"]) == (0, 60, False)


def test_a_due_retrain_is_started_once_where_the_project_says_so(
    project: Any, deployment: Any, predict_run: Callable[..., Any], picture: Callable[..., Any]
) -> None:
    project.retrain_auto = True
    project.save()
    _review(project, picture, MIN_REVIEWED)
    run = predict_run(20, 50)
    rule = apply_retrain_rule(run=run, source=deployment.source)
    again = apply_retrain_rule(run=run, source=deployment.source)
    started = Run.objects.get(kind="retrain")
    assert rule["started_run_id"] == again["started_run_id"] == started.pk
    assert started.queue == "train"
    assert started.params["version_id"] == DatasetVersion.objects.get(project=project).pk
    assert started.params["deploy_if_passed"] is False


def test_a_due_retrain_is_not_started_beside_another_or_without_new_reviews(
    project: Any, deployment: Any, predict_run: Callable[..., Any], picture: Callable[..., Any]
) -> None:
    project.retrain_auto = True
    project.save()
    _review(project, picture, MIN_REVIEWED - 1)
    rule = apply_retrain_rule(run=predict_run(20, 50), source=deployment.source)
    assert rule["started_run_id"] is None
    assert f"{MIN_REVIEWED} are needed" in rule["reason"]
    runs.create_run(actor=None, project=project, kind="retrain", params={})
    rule = apply_retrain_rule(run=predict_run(20, 50), source=deployment.source)
    assert rule["reason"] == "a retrain is under way already"
