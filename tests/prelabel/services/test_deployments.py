"""Promotion and rollback: over the gate only with a reason, all or nothing, and back without running a model."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from annotator import storage
from annotator.core.errors import Conflict
from annotator.models import AuditEvent, Prediction, Project, Run
from prelabel.core.promotion import asked_of, is_reason
from prelabel.jobs import predict
from prelabel.models import Deployment, ModelVariant
from prelabel.services import deployments
from tests.prelabel.conftest import deploy_colours
from tests.world import add_variant

REFUSED = {
    "verdict": "refuse",
    "drop": 0.9,
    "reasons": ["map50 0.69 → 0.08"],
    "rules": [{"code": "drop_beyond_limit", "verdict": "refuse", "text": "map50 0.69 → 0.08", "values": {}}],
}
UNSURE = {"verdict": "inconclusive", "drop": 0.01, "reasons": ["too few images"]}
REASON = "the camera moved, old pictures no longer count"


@pytest.mark.parametrize(
    ("gate", "asked"),
    [(None, None), ({}, None), ({"verdict": "pass"}, None), (UNSURE, "reason"), (REFUSED, "override")],
)
def test_what_the_gate_asks_of_a_person(gate: dict[str, Any] | None, asked: str | None) -> None:
    assert asked_of(gate) == asked


@pytest.mark.parametrize(("text", "enough"), [("", False), ("   ok ok    ", False), ("looked at it", True)])
def test_a_reason_has_ten_characters_without_its_blanks(text: str, enough: bool) -> None:
    assert is_reason(text) is enough


@pytest.mark.django_db
@pytest.mark.parametrize(("reason", "override"), [("", False), (REASON, False), ("", True), ("because", True)])
def test_a_refusal_stands_without_both_the_word_and_a_reason(
    project: Any, cast: Any, reason: str, override: bool
) -> None:
    variant = add_variant(project, gate=REFUSED)
    with pytest.raises(Conflict) as refused:
        deployments.deploy_variant(actor=cast.dora, variant=variant, reason=reason, override=override)
    assert refused.value.code == "gate_refused"
    assert refused.value.details["rules"][0]["code"] == "drop_beyond_limit"
    assert refused.value.details["gate_reasons"] == REFUSED["reasons"]
    assert not Deployment.objects.exists()
    assert not AuditEvent.objects.filter(verb="model.override").exists()


@pytest.mark.django_db
@pytest.mark.parametrize(("gate", "override"), [(REFUSED, True), (UNSURE, False)])
def test_going_over_the_gate_is_audited_with_the_reason_and_what_the_gate_said(
    project: Any, cast: Any, gate: dict[str, Any], override: bool
) -> None:
    variant = add_variant(project, gate=gate)
    deployment, _ = deployments.deploy_variant(actor=cast.dora, variant=variant, reason=REASON, override=override)
    event = AuditEvent.objects.get(verb="model.override")
    assert (event.actor, event.target_id, event.project_id) == (cast.dora, str(deployment.pk), project.pk)
    assert event.before == {"gate": gate}
    assert event.after == {"variant_id": variant.pk, "reason": REASON}


@pytest.mark.django_db
def test_an_export_of_a_refused_variant_is_no_way_around_the_gate(project: Any, cast: Any) -> None:
    refused = add_variant(project, gate=REFUSED)
    manifest = refused.manifest | {"parent": refused.manifest["name"], "target": "openvino", "export": {"seconds": 1}}
    export = ModelVariant.objects.create(
        version=refused.version, format="openvino", precision="fp32", manifest=manifest, size_bytes=1
    )
    with pytest.raises(Conflict) as stopped:
        deployments.deploy_variant(actor=cast.dora, variant=export)
    assert stopped.value.code == "gate_refused"
    deployments.deploy_variant(actor=cast.dora, variant=export, reason=REASON, override=True)
    assert AuditEvent.objects.get(verb="model.override").before == {"gate": REFUSED}


@pytest.mark.django_db
def test_a_passed_gate_leaves_no_trace_of_an_override(project: Any, cast: Any) -> None:
    variant = add_variant(project, gate={"verdict": "pass", "reasons": []})
    deployments.deploy_variant(actor=cast.dora, variant=variant, reason=REASON, override=True)
    assert not AuditEvent.objects.filter(verb="model.override").exists()


@pytest.mark.django_db
def test_what_was_deployed_over_the_gate_can_be_rolled_back_to(project: Any, cast: Any) -> None:
    first, second = add_variant(project, 1, gate=REFUSED), add_variant(project, 2)
    deployments.deploy_variant(actor=cast.dora, variant=first, reason=REASON, override=True)
    deployments.deploy_variant(actor=cast.dora, variant=second)
    back, run = deployments.rollback(actor=cast.dora, project=project)
    assert back.variant == first and run is not None
    assert Deployment.objects.get(active=True).variant == first


@pytest.mark.django_db
def test_a_rollback_costs_the_same_few_queries_however_many_guesses_are_stored(
    project: Any, cast: Any, make_item: Callable[..., Any], make_prediction: Callable[..., Any], labels: dict[str, int]
) -> None:
    first, second = add_variant(project, 1), add_variant(project, 2)
    made = 0

    def switch_and_count(items: int) -> int:
        nonlocal made
        for number in range(made, made + items):
            item = make_item(project, number)
            for variant in (first, second):
                make_prediction(item, (0.9, labels["car"], [1, 1, 9, 9]), source=str(variant.pk))
        made += items
        deployments.deploy_variant(actor=cast.dora, variant=first)
        deployments.deploy_variant(actor=cast.dora, variant=second)
        with CaptureQueriesContext(connection) as captured:
            deployments.rollback(actor=cast.dora, project=project)
        return len(captured)

    few, many = switch_and_count(2), switch_and_count(30)
    assert few == many <= 25
    assert Prediction.objects.count() == 64  # those of both models are kept
    assert Project.objects.get(pk=project.pk).active_source.reference == f"variant:{first.pk}"


@pytest.mark.django_db
def test_after_a_rollback_the_kept_guesses_are_routed_again_though_the_model_files_are_gone(
    project: Any, deployment: Any, picture: Callable[..., Any], do_run: Callable[..., Any], cast: Any, tmp_path: Path
) -> None:
    project.spot_check_rate = 0.0
    project.save()
    item = picture(project, "certain of a car", (250, 0, 1))
    do_run(project, "predict", predict.run)
    before = set(Prediction.objects.values_list("pk", flat=True))
    deploy_colours(project, tmp_path / "other", classes=("person", "car"))
    do_run(project, "predict", predict.run)
    assert before < set(Prediction.objects.values_list("pk", flat=True))
    for entry in deployment.variant.manifest["files"].values():
        storage.blob_path(entry["sha256"]).unlink()  # no model can be run now
    project.refresh_from_db()
    back, run = deployments.rollback(actor=cast.dora, project=project)
    assert back.source == deployment.source and run is not None
    result, _ = do_run(project, "predict", predict.run)
    assert (result["predicted"], result["already_predicted"]) == (0, 1)
    item.refresh_from_db()
    assert item.state == "auto_accepted"
    assert before <= set(Prediction.objects.values_list("pk", flat=True))


@pytest.mark.django_db
def test_a_promotion_that_fails_half_way_leaves_everything_as_it_was(
    project: Any, cast: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = add_variant(project, 1), add_variant(project, 2, gate=REFUSED)
    deployments.deploy_variant(actor=cast.dora, variant=first)
    runs_before, events_before = Run.objects.count(), AuditEvent.objects.count()
    record = deployments.audit.record

    def fail_at_the_override(**given: Any) -> Any:
        if given["verb"] == "model.override":
            raise RuntimeError("the disk of the database is full")
        return record(**given)

    monkeypatch.setattr(deployments.audit, "record", fail_at_the_override)
    with pytest.raises(RuntimeError):
        deployments.deploy_variant(actor=cast.dora, variant=second, reason=REASON, override=True)
    assert Deployment.objects.get(active=True).variant == first
    assert Project.objects.get(pk=project.pk).active_source.reference == f"variant:{first.pk}"
    assert (Run.objects.count(), AuditEvent.objects.count()) == (runs_before, events_before)


@pytest.mark.django_db(transaction=True)
def test_two_promotions_at_the_same_moment_leave_one_model_deployed(project: Any, cast: Any) -> None:
    variants = [add_variant(project, number) for number in (1, 2, 3)]
    start, failures = threading.Barrier(len(variants)), []

    def promote(variant: Any) -> None:
        try:
            start.wait(10)
            deployments.deploy_variant(actor=cast.dora, variant=variant, predict=False)
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=promote, args=(variant,)) for variant in variants]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failures == []
    active = Deployment.objects.get(active=True)
    assert Project.objects.get(pk=project.pk).active_source_id == active.source_id
    assert Deployment.objects.count() == 3
