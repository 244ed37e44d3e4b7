"""kill -9 at every stage of a compression by a real worker: one model comes out, and no step is done twice."""

from __future__ import annotations

from typing import Any

import pytest

from annotator.models import Run
from compression.models import EvaluationReport, LatencyMeasurement
from prelabel.models import ModelVariant, ModelVersion
from tests.flows.test_kill_retrain import story
from tests.flows.test_loop import Loop, labelled_zip
from tests.flows.test_loop import loop as loop  # the fixture
from tests.flows.workers import Staff, succeeded, wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
PLAN = [
    {"step": "prune", "options": {"amount": 0.25, "epochs": 2}},
    {"step": "quantize", "options": {"scheme": "int8", "tries": 2, "images": 8}},
]


def test_a_compression_killed_at_every_stage_makes_one_model(people: Staff, loop: Loop, cast: Any) -> None:
    people.beat()
    people.worker("io")  # the sweeper's, so that it need not wait for a training
    loop.bring_in(labelled_zip(), format="yolo", dataset="labelled")
    body = {
        "source": {"train": {"base": "winnow-road", "preset": "quick", "epochs": 2, "image_size": 160}},
        "plan": PLAN, "seed": 3, "budgets": {"max_drop": 1.0}, "gates": {"max_drop": 1.0},
    }  # fmt: skip
    run_id: int = loop.post(loop.admin, f"projects/{loop.project}/compress/", body)["id"]
    seen: set[str] = set()

    def new_stage() -> Run | None:
        run = Run.objects.get(pk=run_id)
        assert run.state != "failed", f"after {sorted(seen)}: {run.error}\n{story(run)}\n{people.log()}"
        fresh = run.state == "running" and run.stage != "" and run.stage not in seen
        return run if fresh or run.state == "succeeded" else None

    while (run := wait_for(new_stage, people, timeout_s=300)).state != "succeeded":
        seen.add(run.stage)
        people.kill_holder(run)
        people.worker()

    done = succeeded(run_id, people)
    assert len(seen) >= 7, sorted(seen)
    assert {"train", "step 1/2 prune", "step 2/2 quantize", "evaluate"} <= seen
    source, pruned = ModelVersion.objects.order_by("number")
    assert (source.run_id, pruned.run_id, pruned.parent_id) == (run_id, run_id, source.pk)
    assert sorted(ModelVariant.objects.values_list("version_id", "precision")) == sorted(
        [(source.pk, "fp32"), (pruned.pk, "fp32"), (pruned.pk, "int8")]
    )
    assert EvaluationReport.objects.count() == 6 and LatencyMeasurement.objects.count() == 3
    told = [one.data["step"] for one in done.events.filter(kind="log") if "step" in one.data]
    assert told == ["prune", "quantize"]
    assert done.result is not None and done.result["best_variant_id"]
