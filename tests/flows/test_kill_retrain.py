"""kill -9 at every stage of a retrain: one model comes out, with its two variants, and nothing is trained twice."""

from __future__ import annotations

from typing import Any

import pytest

from annotator.models import Run
from compression.models import EvaluationReport
from prelabel.models import ModelVariant, ModelVersion
from tests.flows.test_loop import Loop, labelled_zip
from tests.flows.test_loop import loop as loop  # the fixture
from tests.flows.workers import Staff, succeeded, wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
EPOCHS = 4


def moment(run: Run) -> str:
    """Where the run is: its stage, in training also its finished epochs."""
    done = run.events.filter(kind="metric").order_by().values("data__epoch").distinct()
    epochs = done.count() if run.stage == "train" else 0
    return f"{run.stage} {epochs}"


def story(run: Run) -> str:
    """The run's events, a line each."""
    rows = run.events.values_list("at", "kind", "message", "data__epoch")
    return "\n".join(f"{at:%H:%M:%S.%f} {kind} {message[:100]} {epoch or ''}" for at, kind, message, epoch in rows)


def test_a_retrain_killed_at_every_stage_makes_one_model(people: Staff, loop: Loop, cast: Any) -> None:
    people.beat()
    people.worker("io")  # the sweeper's, so that it need not wait for a training
    loop.bring_in(labelled_zip(), format="yolo", dataset="labelled")
    body = {"base": "winnow-road", "preset": "quick", "epochs": EPOCHS, "image_size": 160, "seed": 3}
    run_id: int = loop.post(loop.admin, f"projects/{loop.project}/retrain/", body)["id"]
    seen: set[str] = set()

    def new_moment() -> Run | None:
        run = Run.objects.get(pk=run_id)
        assert run.state != "failed", f"after {sorted(seen)}: {run.error}\n{story(run)}\n{people.log()}"
        fresh = run.state == "running" and run.stage != "" and moment(run) not in seen
        return run if fresh or run.state == "succeeded" else None

    while (run := wait_for(new_moment, people, timeout_s=240)).state != "succeeded":
        seen.add(moment(run))
        people.kill_holder(run)
        people.worker()

    done = succeeded(run_id, people)
    assert len(seen) >= 10, sorted(seen)
    assert done.events.filter(message__startswith="taken by").count() == len(seen) + 1
    version = ModelVersion.objects.get()
    assert version.run_id == run_id
    assert sorted(ModelVariant.objects.values_list("precision", flat=True)) == ["fp32", "int8"]
    assert EvaluationReport.objects.count() == 4
    history = version.record["history"]
    assert [row["epoch"] for row in history] == sorted({row["epoch"] for row in history})
