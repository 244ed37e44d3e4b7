"""Reasons to train again become proposals and runs: each once, never two runs, and not again for the same evidence."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from annotator.core.errors import Conflict, StaleRevision
from annotator.models import Annotation, AuditEvent, DatasetVersion, Item, LabelClass, Project, Run
from annotator.services import audit, runs
from compression.services import retrains
from prelabel import tasks
from prelabel.jobs.triggers import observe_run
from prelabel.models import RetrainTrigger, ScoreReference
from prelabel.selectors.triggers import MIN_REVIEWED, triggers_told
from prelabel.services.predictions import Guessed, store_predictions
from prelabel.services.triggers import change_triggers, check_triggers, put_aside
from tests.world import add_items

ALL_OFF = {
    "ratio": {"mode": "off", "options": {"ratio": 0.1}},
    "reviewed": {"mode": "off", "options": {"items": 200}},
    "drift": {"mode": "off", "options": {"distance": 0.15}},
}


@pytest.fixture
def guess(project: Any, deployment: Any) -> Callable[..., Any]:
    """Pictures of one car each, with these scores, guessed by the deployed model."""
    car = LabelClass.objects.get(project=project, name="car")

    def make(scores: list[float], each: int = 1, split: str = "train") -> None:
        parts = [scores[start : start + each] for start in range(0, len(scores), each)]
        documents = [
            {
                "objects": [
                    {"id": f"p{i}", "bbox": [0, 0, 9, 9], "class_id": car.pk, "score": score}
                    for i, score in enumerate(part)
                ]
            }
            for part in parts
        ]
        items = add_items(project, len(parts), start=Item.objects.count() + 1000, state="new")
        Item.objects.filter(pk__in=[item.pk for item in items]).update(split=split)
        store_predictions(source=deployment.source, guessed=list(map(Guessed, items, documents)))

    return make


@pytest.fixture
def observe(project: Any, deployment: Any) -> Callable[..., Any]:
    """The end of a predict run."""

    def at_end(run: Any = None, **params: Any) -> dict[str, Any]:
        run = run or runs.create_run(actor=None, project=project, kind="predict", params=params)
        return observe_run(run, deployment)

    return at_end


def setting(project: Any, actor: Any, **changes: Any) -> None:
    """Only these triggers are on."""
    project.refresh_from_db()
    change_triggers(actor=actor, project_id=project.pk, seen_revision=project.revision, changes={**ALL_OFF, **changes})


def review(project: Any, count: int) -> None:
    items = add_items(project, count, start=Item.objects.count() + 50_000, state="reviewed")
    Item.objects.filter(pk__in=[item.pk for item in items]).update(revision=1)
    Annotation.objects.bulk_create(
        Annotation(item=item, revision=1, document={"objects": []}, origin="human") for item in items
    )


def row(project: Any, slug: str) -> RetrainTrigger:
    return RetrainTrigger.objects.get(project=project, slug=slug)


def proposed(project: Any) -> list[str]:
    return Project.objects.values_list("retrain", flat=True).get(pk=project.pk).get("triggers", [])


def reviewed_auto(items: int = MIN_REVIEWED) -> dict[str, Any]:
    return {"mode": "auto", "options": {"items": items}}


def test_the_ratio_of_a_run_is_proposed_and_told(project: Any, guess: Any, observe: Any) -> None:
    guess([0.5] * 6 + [0.9] * 50 + [0.2] * 7, each=10)
    seen = observe()
    assert (seen["low"], seen["high"], seen["standing"], seen["started_run_id"]) == (6, 50, ["ratio"], None)
    assert proposed(project) == ["ratio"]
    assert row(project, "ratio").outcome == {"code": "proposed"}
    fired = AuditEvent.objects.get(verb="retrain.fire")
    assert (fired.after["trigger"], fired.after["low"], fired.after["value"]) == ("ratio", 6, 0.12)
    observe()  # the same again is not another firing
    assert AuditEvent.objects.filter(verb="retrain.fire").count() == 1


def test_exactly_the_ratio_or_too_few_objects_is_no_reason(project: Any, guess: Any, observe: Any) -> None:
    guess([0.5] * 5 + [0.9] * 50, each=10)
    assert observe()["standing"] == []
    assert proposed(project) == []


def test_a_run_over_new_items_counts_only_its_own(project: Any, guess: Any, observe: Any) -> None:
    guess([0.5] * 40, each=10)
    run = runs.create_run(actor=None, project=project, kind="predict", params={"scope": "new"})
    guess([0.9] * 60, each=10)
    seen = observe(run)
    assert (seen["low"], seen["high"], seen["standing"]) == (0, 60, [])


def test_a_proposal_that_is_no_longer_true_goes(project: Any, guess: Any, observe: Any) -> None:
    guess([0.5] * 10 + [0.9] * 50, each=10)
    assert observe()["standing"] == ["ratio"]
    guess([0.95] * 60, each=10)
    assert observe()["standing"] == []
    assert proposed(project) == []
    assert row(project, "ratio").outcome == {"code": "over"}


def test_put_aside_it_comes_back_only_for_newer_evidence(project: Any, cast: Any, guess: Any, observe: Any) -> None:
    guess([0.5] * 20 + [0.9] * 50, each=10)
    observe()
    put_aside(actor=cast.alice, project_id=project.pk, slugs=["ratio"])
    assert proposed(project) == []
    assert row(project, "ratio").outcome == {"code": "put_aside", "by": "Alice"}
    assert observe()["standing"] == []  # the same guesses again
    guess([0.5] * 40, each=10)
    assert observe()["standing"] == []  # 40 new objects are too few to say anything
    guess([0.5] * 10, each=10)
    assert observe()["standing"] == ["ratio"]


def test_reviews_are_counted_from_the_last_training_or_putting_aside(project: Any, cast: Any) -> None:
    setting(project, cast.alice, reviewed={"mode": "propose", "options": {"items": 20}})
    review(project, 19)
    again = Annotation.objects.first()
    assert again is not None
    Annotation.objects.create(item=again.item, revision=2, document={"objects": []}, origin="human")
    assert check_triggers(project_id=project.pk)["standing"] == []  # one item twice is one item
    review(project, 1)
    assert check_triggers(project_id=project.pk)["standing"] == ["reviewed"]
    put_aside(actor=cast.alice, project_id=project.pk, slugs=["reviewed"])
    review(project, 19)
    assert check_triggers(project_id=project.pk)["standing"] == []
    review(project, 1)
    assert check_triggers(project_id=project.pk)["standing"] == ["reviewed"]


def test_an_automatic_one_starts_once_names_its_triggers_and_deploys_nothing(
    project: Any, cast: Any, guess: Any, observe: Any
) -> None:
    setting(project, cast.alice, ratio={"mode": "auto", "options": {"ratio": 0.1}},
            reviewed={"mode": "propose", "options": {"items": 5}})  # fmt: skip
    review(project, MIN_REVIEWED)
    guess([0.5] * 20 + [0.9] * 50, each=10)
    seen = observe()
    started = Run.objects.get(kind="retrain")
    assert seen["started_run_id"] == started.pk
    assert started.queue == "train"
    assert started.params["version_id"] == DatasetVersion.objects.get(project=project).pk
    assert started.params["deploy_if_passed"] is False
    assert started.params["triggers"] == ["ratio", "reviewed"]
    event = AuditEvent.objects.get(verb="run.retrain")
    assert (event.actor, event.after["params"]["triggers"]) == (None, ["ratio", "reviewed"])
    assert row(project, "ratio").outcome == row(project, "reviewed").outcome == {
        "code": "started", "run_id": started.pk,
    }  # fmt: skip
    Run.objects.filter(pk=started.pk).update(state="failed")
    assert observe()["standing"] == []  # what it learned from, or failed on, is no reason again
    assert check_triggers(project_id=project.pk)["started_run_id"] is None


def test_it_waits_for_twenty_new_reviews_and_says_so(project: Any, cast: Any, guess: Any, observe: Any) -> None:
    setting(project, cast.alice, ratio={"mode": "auto", "options": {"ratio": 0.1}})
    review(project, MIN_REVIEWED - 1)
    guess([0.5] * 20 + [0.9] * 50, each=10)
    assert observe()["hindrance"] == {"why": "few_reviews", "have": 19, "need": 20}
    assert proposed(project) == ["ratio"]
    assert row(project, "ratio").outcome == {"code": "waits", "why": "few_reviews", "have": 19, "need": 20}
    assert not DatasetVersion.objects.exists()
    review(project, 1)
    assert settings.CELERY_BEAT_SCHEDULE["retrain triggers"]["task"] == tasks.check_triggers.name
    tasks.check_triggers()  # what the clock rings
    assert Run.objects.get(kind="retrain").params["triggers"] == ["ratio"]


def test_it_waits_for_what_is_under_way(project: Any, cast: Any) -> None:
    setting(project, cast.alice)
    busy = runs.create_run(actor=None, project=project, kind="compress", params={"source": {}})
    review(project, 20)
    setting(project, cast.alice, reviewed=reviewed_auto())
    assert row(project, "reviewed").outcome == {"code": "waits", "why": "under_way", "other_run_id": busy.pk}
    Run.objects.filter(pk=busy.pk).update(state="succeeded")
    assert check_triggers(project_id=project.pk)["started_run_id"] is not None


def test_without_a_reviewed_training_item_nothing_is_frozen(project: Any, cast: Any) -> None:
    review(project, 20)
    project.items.update(split="val")
    setting(project, cast.alice, reviewed=reviewed_auto())
    assert row(project, "reviewed").outcome["why"] == "no_train_items"
    assert not DatasetVersion.objects.exists()


def test_a_schedule_that_was_missed_fires_once(project: Any, cast: Any) -> None:
    setting(project, cast.alice, schedule={"mode": "auto", "options": {"days": 1, "at": "03:00"}})
    review(project, 20)
    assert check_triggers(project_id=project.pk)["standing"] == []
    back = timezone.now() + timedelta(days=12)  # the machine was off for twelve nights
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.utils.timezone.now", lambda: back)
        assert check_triggers(project_id=project.pk)["started_run_id"] is not None
        Run.objects.update(state="succeeded")
        assert check_triggers(project_id=project.pk)["standing"] == []
    assert Run.objects.filter(kind="retrain").count() == 1


def test_a_scheduled_start_without_enough_reviews_lapses_until_the_next_date(project: Any, cast: Any) -> None:
    setting(project, cast.alice, schedule={"mode": "auto", "options": {"days": 1, "at": "03:00"}})
    later = timezone.now() + timedelta(days=2)
    assert check_triggers(project_id=project.pk, now=later)["standing"] == []
    assert row(project, "schedule").outcome["code"] == "lapsed"
    assert proposed(project) == []
    assert check_triggers(project_id=project.pk, now=later + timedelta(minutes=5))["hindrance"] is None


def test_drift_is_measured_against_the_guesses_at_deployment(
    project: Any, cast: Any, deployment: Any, guess: Any, observe: Any
) -> None:
    setting(project, cast.alice, drift={"mode": "propose", "options": {"distance": 0.15}})
    guess([0.5] * 99)
    observe()
    assert not ScoreReference.objects.exists()
    guess([0.6 + index / 1000 for index in range(100)], split="val")
    observe()
    kept = ScoreReference.objects.get(deployment=deployment)
    assert (kept.pictures, min(kept.scores["all"])) == (100, 0.6)  # of the val pictures alone: they are enough
    guess([0.62 + index / 1000 for index in range(100)])
    assert observe()["standing"] == []
    told = {one["slug"]: one for one in triggers_told(project)["triggers"]}["drift"]
    assert told["value"] == pytest.approx(0.2)  # a fifth of the numbers lies below the other's least
    guess([0.3] * 100)
    assert observe()["standing"] == ["drift"]
    put_aside(actor=cast.alice, project_id=project.pk, slugs=["drift"])
    assert observe()["standing"] == []


def test_a_reference_is_taken_again_of_the_same_guesses_where_other_scores_are_shown(
    project: Any, deployment: Any, guess: Any, observe: Any
) -> None:
    guess([0.4] * 50 + [0.8] * 100)
    observe()
    until = ScoreReference.objects.get().until
    guess([0.9] * 30)
    Project.objects.filter(pk=project.pk).update(show_threshold=0.5)
    observe()
    kept = ScoreReference.objects.get()
    assert (kept.pictures, set(kept.scores["all"]), kept.until) == (100, {0.8}, until)


def test_settings_of_an_older_look_are_refused(project: Any, cast: Any) -> None:
    with pytest.raises(StaleRevision):
        change_triggers(actor=cast.alice, project_id=project.pk, seen_revision=99, changes=ALL_OFF)


def test_a_project_trains_one_at_a_time_whoever_starts_it(project: Any) -> None:
    first = runs.create_run(actor=None, project=project, kind="retrain", params={})
    with pytest.raises(Conflict, match=f"run {first.pk}") as refused:
        runs.create_run(actor=None, project=project, kind="retrain", params={})
    assert (refused.value.code, refused.value.details) == ("under_way", {"run_id": first.pk})
    Run.objects.filter(pk=first.pk).update(state="failed")
    runs.create_run(actor=None, project=project, kind="retrain", params={})
    first.refresh_from_db()
    with pytest.raises(Conflict):
        runs.retry_run(actor=None, run=first)


@pytest.mark.parametrize("verb", ["retrain.settings", "retrain.fire", "project.propose_retrain", "run.retrain"])
def test_where_the_trail_cannot_be_written_nothing_is(
    project: Any, cast: Any, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    review(project, MIN_REVIEWED)
    real = audit.record

    def broken(**fields: Any) -> Any:
        if fields["verb"] == verb:
            raise RuntimeError("the trail is full")
        return real(**fields)

    monkeypatch.setattr(audit, "record", broken)
    mode = "auto" if verb == "run.retrain" else "propose"
    with pytest.raises(RuntimeError, match="the trail is full"):
        setting(project, cast.alice, reviewed={"mode": mode, "options": {"items": 20}})
    assert not RetrainTrigger.objects.exists()
    assert not Run.objects.filter(kind="retrain").exists()


def test_the_trail_tells_who_set_and_put_aside(project: Any, cast: Any) -> None:
    review(project, 1)
    setting(project, cast.alice, reviewed={"mode": "propose", "options": {"items": 1}})
    changed = AuditEvent.objects.get(verb="retrain.settings")
    assert (changed.actor, changed.after["reviewed"]["options"]) == (cast.alice, {"items": 1})
    assert changed.before["reviewed"] == {"mode": "propose", "options": {"items": 200}}
    put_aside(actor=cast.alice, project_id=project.pk, slugs=["reviewed"])
    aside = AuditEvent.objects.filter(verb="project.propose_retrain").latest("pk")
    assert (aside.actor, aside.before, aside.after) == (cast.alice, {"due": True, "triggers": ["reviewed"]}, {})


def test_a_person_who_starts_it_settles_what_was_proposed(project: Any, cast: Any) -> None:
    review(project, 1)
    setting(project, cast.alice, reviewed={"mode": "propose", "options": {"items": 1}})
    run = retrains.start_retrain(actor=cast.dora, project=project, params={})
    assert run.params["triggers"] == ["reviewed"]
    assert proposed(project) == []
    assert row(project, "reviewed").outcome == {"code": "started", "run_id": run.pk, "by": "Dora"}
    assert check_triggers(project_id=project.pk)["standing"] == []


@pytest.mark.django_db(transaction=True)
def test_two_triggers_that_fire_in_the_same_second_start_one_training(project: Any, cast: Any) -> None:
    setting(project, cast.alice, reviewed={"mode": "off", "options": {"items": 20}})
    review(project, 25)
    now = timezone.now()
    RetrainTrigger.objects.filter(project=project, slug="reviewed").update(mode="auto")
    RetrainTrigger.objects.create(
        project=project, slug="schedule", mode="auto", options={"days": 1, "at": "03:00"},
        changed_at=now - timedelta(days=3),
    )  # fmt: skip
    gate, answers = threading.Barrier(6), []

    def look() -> None:
        try:
            gate.wait()
            answers.append(check_triggers(project_id=project.pk, now=now)["started_run_id"])
        finally:
            connection.close()

    threads = [threading.Thread(target=look) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 6
    assert [one for one in answers if one] == [Run.objects.get(kind="retrain").pk]
    assert DatasetVersion.objects.count() == 1
