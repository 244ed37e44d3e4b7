"""Every write leaves an AuditEvent in its own transaction: where the event cannot be written, nothing is."""

from __future__ import annotations

import inspect
import pkgutil
import uuid
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps

import annotator.services
import compression.services
import prelabel.services
from annotator.models import AuditEvent, Item, Member, Project, QueueEntry, Run
from annotator.services import (
    annotations,
    grid,
    items,
    labels,
    predictions,
    projects,
    queue,
    runs,
    suggestions,
    users,
    versions,
)
from annotator.services.annotations import Submission
from compression.services import compressions, retrains
from prelabel.models import Deployment
from prelabel.services import deployments, found_thresholds, guessing, ordering, registry, routing, similar
from tests.house.unaudited import QUIET, READS
from tests.world import add_items, add_variant, review

pytestmark = pytest.mark.django_db

READING_MODULES = {"starts", "orders"}  # where a training can begin; what is wrong with an order
# Written with tests of their own beside them, which assert the event.
ELSEWHERE = {
    "imports.store_items",
    "imports.label_known_items",
    "scenes.add_scenes",
    "reports.register_training",
    "reports.add_measured",
    "reports.record_measured",
    "retention.clean_artifacts",
    "reports.record_evaluation",
}

DOCUMENT: dict[str, Any] = {"objects": []}


def _lease(world: Any, cast: Any) -> uuid.UUID:
    entry = queue.lease_item(actor=cast.bob, item=world.item)
    assert entry.lease_token is not None
    return entry.lease_token


def _member(world: Any, cast: Any) -> Member:
    return Member.objects.get(project=world.project, user=cast.carol)


def _submit(world: Any, cast: Any) -> Any:
    submission = Submission(DOCUMENT, 0, _lease(world, cast))
    return lambda: annotations.submit_annotation(actor=cast.bob, item_id=world.item.pk, submission=submission)


def _skip(world: Any, cast: Any) -> Any:
    token = _lease(world, cast)
    return lambda: annotations.skip_item(actor=cast.bob, item_id=world.item.pk, lease_token=token, reason="x")


def _report(world: Any, cast: Any) -> Any:
    token = _lease(world, cast)
    return lambda: annotations.report_item(actor=cast.bob, item_id=world.item.pk, lease_token=token, reason="x")


def _postpone(world: Any, cast: Any) -> Any:
    token = _lease(world, cast)
    return lambda: annotations.postpone_item(
        actor=cast.bob, item_id=world.item.pk, lease_token=token, document=DOCUMENT, seen_revision=0
    )


def _hand_in(world: Any, cast: Any) -> Any:
    Project.objects.filter(pk=world.project.pk).update(task_type="image_classification")
    world.project.refresh_from_db()
    decision = grid.Decision(world.item.pk, "skip", _lease(world, cast))
    return lambda: grid.hand_in(actor=cast.bob, project=world.project, key=uuid.uuid4(), decisions=[decision])


def _suggest_classes(world: Any, cast: Any) -> Any:
    Project.objects.filter(pk=world.project.pk).update(task_type="image_classification")
    world.project.refresh_from_db()
    guess = world.prediction
    decision = grid.Decision(world.item.pk, "submit", uuid.uuid4(), 0, world.label.pk, guess.pk)
    return lambda: grid.suggest(actor=cast.bob, project=world.project, decisions=[decision])


def _take_back(world: Any, cast: Any) -> Any:
    made = _submit(world, cast)()
    return lambda: annotations.take_back_annotation(actor=cast.bob, item_id=world.item.pk, revision=made.revision)


def _naming(world: Any) -> similar.Naming:
    return similar.Naming(uuid.uuid4(), world.label.pk, [(world.item.pk, "p1")])


def _take_back_similar(world: Any, cast: Any) -> Any:
    naming = _naming(world)
    similar.label_similar(actor=cast.bob, project=world.project, naming=naming)
    return lambda: similar.undo_similar(actor=cast.bob, project=world.project, key=naming.key)


def _revert(world: Any, cast: Any) -> Any:
    annotations.accept_predictions(project=world.project, prediction_ids=[world.prediction.pk])
    return lambda: annotations.revert_auto(actor=cast.alice, project=world.project)


def _retry(world: Any, cast: Any) -> Any:
    Run.objects.update(state="failed")
    return lambda: runs.retry_run(actor=cast.alice, run=world.run)


def _deploy(world: Any, cast: Any) -> Any:
    variant = add_variant(world.project, 2)
    return lambda: deployments.deploy_variant(actor=cast.dora, variant=variant)


def _rollback(world: Any, cast: Any) -> Any:
    deployments.deploy_variant(actor=cast.dora, variant=add_variant(world.project, 2))
    return lambda: deployments.rollback(actor=cast.dora, project=world.project)


def _find(world: Any, cast: Any) -> Any:
    found_thresholds.record_calibration(variant=world.variant, calibration={"kind": "none", "thresholds": {}})
    return lambda: found_thresholds.use_found_thresholds(actor=cast.alice, project_id=world.project.pk, target=0.98)


def _renew(world: Any, cast: Any) -> Any:
    Project.objects.filter(pk=world.project.pk).update(accept_found=True)
    return lambda: found_thresholds.renew_thresholds(project_id=world.project.pk, variant=world.variant)


def _variant(world: Any, cast: Any) -> Any:
    from pathlib import Path

    from django.conf import settings

    folder = registry.fetch_artifact(manifest=world.variant.manifest, folder=Path(settings.DATA_DIR) / "artifact")
    return lambda: registry.register_variant(
        actor=cast.dora, version=world.variant.version, artifact_folder=folder, format="other"
    )


def _ask(world: Any, cast: Any) -> Any:
    world.project.active_source = world.prediction.source
    return lambda: predictions.ask_for_guesses(actor=cast.alice, project=world.project)


def _compress(world: Any, cast: Any) -> Any:
    for number, split in enumerate(("train",) * 8 + ("val", "test")):
        item = add_items(world.project, 1, start=700 + number, state="reviewed")[0]
        Item.objects.filter(pk=item.pk).update(split=split)
        review(item, cast.bob, world.label.pk)
    body = {"source": {"model_version_id": world.variant.version_id}, "preset": "quick"}
    return lambda: compressions.start_compression(actor=cast.dora, project=world.project, body=body)


def _device(world: Any) -> Any:
    from compression.services import devices

    return devices.see_device(name="bench", profile={"cpu": "x", "cores": 2}, queues=["train"])


def _latency(world: Any, cast: Any) -> Any:
    from compression.services import devices

    device = _device(world)
    measured = {"runtime": "openvino", "threads": 1, "p20_ms": 1.0, "p50_ms": 1.1, "p95_ms": 1.5}
    return lambda: devices.record_latency(
        actor=cast.dora, variant=world.variant, device=device, run=world.run, measured=measured
    )


def _benchmark(world: Any, cast: Any) -> Any:
    from compression.services import exports

    device = _device(world)
    return lambda: exports.start_benchmark(actor=cast.dora, variant=world.variant, device_id=device.pk)


def _export(world: Any, cast: Any) -> Any:
    from compression.services import exports

    return lambda: exports.start_export(actor=cast.dora, variant=world.variant, targets=["openvino"])


def _evaluation(world: Any, cast: Any) -> Any:
    from compression.services import evaluations

    for item, split in zip(add_items(world.project, 2, start=900, state="reviewed"), ("val", "test"), strict=True):
        Item.objects.filter(pk=item.pk).update(split=split)
        review(item, cast.bob, world.label.pk)
    versions.freeze_version(actor=cast.alice, project=world.project)
    return lambda: evaluations.start_evaluation(actor=cast.dora, variant=world.variant)


def _reopen(world: Any, cast: Any) -> Callable[[], Any]:
    suggestions.close_suggestion(actor=cast.alice, suggestion_id=world.suggestion.pk, outcome="taken")
    return lambda: suggestions.reopen_suggestion(actor=cast.alice, suggestion_id=world.suggestion.pk)


# name → prepares, and returns the one write.
WRITES: dict[str, Callable[[Any, Any], Callable[[], Any]]] = {
    "annotations.submit_annotation": _submit,
    "annotations.skip_item": _skip,
    "annotations.report_item": _report,
    "annotations.postpone_item": _postpone,
    "grid.hand_in": _hand_in,
    "grid.suggest": _suggest_classes,
    "suggestions.add_suggestion": lambda w, c: (
        lambda: suggestions.add_suggestion(actor=c.bob, item_id=w.item.pk, document=DOCUMENT, base_revision=0)
    ),
    "suggestions.close_suggestion": lambda w, c: (
        lambda: suggestions.close_suggestion(actor=c.alice, suggestion_id=w.suggestion.pk, outcome="taken")
    ),
    "suggestions.reopen_suggestion": _reopen,
    "annotations.accept_predictions": lambda w, c: (
        lambda: annotations.accept_predictions(project=w.project, prediction_ids=[w.prediction.pk])
    ),
    "annotations.revert_auto": _revert,
    "items.return_items": lambda w, c: (
        lambda: items.return_items(actor=c.alice, project=w.project, item_ids=[w.reviewed.pk])
    ),
    "items.mark_problem": lambda w, c: lambda: items.mark_problem(actor=c.alice, item_id=w.item.pk, reason="dark"),
    "labels.add_label": lambda w, c: lambda: labels.add_label(actor=c.alice, project=w.project, values={"name": "new"}),
    "labels.change_label": lambda w, c: (
        lambda: labels.change_label(actor=c.alice, label=w.label, values={"name": "new"})
    ),
    "labels.ensure_labels": lambda w, c: lambda: labels.ensure_labels(actor=c.alice, project=w.project, names=["new"]),
    "projects.create_project": lambda w, c: (
        lambda: projects.create_project(actor=c.dora, name="new", task_type="object_detection")
    ),
    "projects.update_project": lambda w, c: (
        lambda: projects.update_project(actor=c.alice, project_id=w.project.pk, seen_revision=1, values={"name": "new"})
    ),
    "projects.use_source": lambda w, c: lambda: projects.use_source(actor=c.dora, project_id=w.project.pk, source=None),
    "projects.propose_retrain": lambda w, c: (
        lambda: projects.propose_retrain(actor=None, project_id=w.project.pk, proposal={"due": True})
    ),
    "projects.add_member": lambda w, c: (
        lambda: projects.add_member(actor=c.dora, project=w.project, email=c.eve.email, role="lead")
    ),
    "projects.change_role": lambda w, c: lambda: projects.change_role(actor=c.dora, member=_member(w, c), role="lead"),
    "projects.remove_member": lambda w, c: lambda: projects.remove_member(actor=c.dora, member=_member(w, c)),
    "predictions.ask_for_guesses": _ask,
    "runs.create_run": lambda w, c: (
        lambda: runs.create_run(actor=c.alice, project=w.project, kind="predict", params={})
    ),
    "runs.request_cancel": lambda w, c: lambda: runs.request_cancel(actor=c.alice, run=w.run),
    "runs.retry_run": _retry,
    "users.add_user": lambda w, c: (
        lambda: users.add_user(actor=c.dora, email="f@example.org", name="", password="long enough words")
    ),
    "users.set_locale": lambda w, c: lambda: users.set_locale(actor=c.bob, locale="zh-Hans"),
    "users.set_preferences": lambda w, c: lambda: users.set_preferences(actor=c.bob, change={"single_keys": False}),
    "versions.freeze_version": lambda w, c: lambda: versions.freeze_version(actor=c.alice, project=w.project),
    "deployments.deploy_variant": _deploy,
    "deployments.rollback": _rollback,
    "registry.register_version": lambda w, c: (
        lambda: registry.register_version(actor=c.dora, project=w.project, record=registry.VersionRecord("new", "toy"))
    ),
    "registry.register_variant": _variant,
    "registry.record_measurements": lambda w, c: (
        lambda: registry.record_measurements(variant=w.variant, metrics={"map50": 0.5})
    ),
    "registry.record_runtime": lambda w, c: lambda: registry.record_runtime(variant=w.variant, machine="m", found={}),
    "found_thresholds.use_found_thresholds": _find,
    "found_thresholds.record_calibration": lambda w, c: (
        lambda: found_thresholds.record_calibration(variant=w.variant, calibration={"kind": "none", "thresholds": {}})
    ),
    "found_thresholds.renew_thresholds": _renew,
    "routing.route_predictions": lambda w, c: (
        lambda: routing.route_predictions(project=w.project, predictions=[w.prediction])
    ),
    "routing.reroute_project": lambda w, c: lambda: routing.reroute_project(actor=c.alice, project_id=w.project.pk),
    "guessing.choose_guessing": lambda w, c: (
        lambda: guessing.choose_guessing(actor=c.alice, project=w.project, choice=guessing.GuessingChoice("auto"))
    ),
    "ordering.choose_order": lambda w, c: (
        lambda: ordering.choose_order(actor=c.alice, project=w.project, choice=ordering.Choice("entropy", 30))
    ),
    "ordering.apply_order": lambda w, c: (
        lambda: ordering.apply_order(actor=c.alice, project=w.project, places=[], summary={"chosen": 0})
    ),
    "annotations.take_back_annotation": _take_back,
    "similar.find_similar": lambda w, c: (
        lambda: similar.find_similar(actor=c.bob, item=w.item, bbox=[4.0, 4.0, 20.0, 20.0], limit=5)
    ),
    "similar.label_similar": lambda w, c: (
        lambda: similar.label_similar(actor=c.bob, project=w.project, naming=_naming(w))
    ),
    "similar.undo_similar": _take_back_similar,
    "compressions.start_compression": _compress,
    "devices.record_latency": _latency,
    "evaluations.start_evaluation": _evaluation,
    "exports.start_benchmark": _benchmark,
    "exports.start_export": _export,
    "retrains.start_retrain": lambda w, c: lambda: retrains.start_retrain(actor=c.dora, project=w.project, params={}),
}


def services() -> set[str]:
    """``module.function`` of all public functions of the three apps' services."""
    found = set()
    for package in (annotator.services, prelabel.services, compression.services):
        for info in pkgutil.iter_modules(package.__path__):
            module = import_module(f"{package.__name__}.{info.name}")
            for name, function in inspect.getmembers(module, inspect.isfunction):
                if inspect.unwrap(function).__module__ == module.__name__ and not name.startswith("_"):
                    found.add(f"{info.name}.{name}")
    return found


def snapshot() -> dict[str, Any]:
    """All rows of our tables."""
    return {
        model.__name__: list(model._default_manager.order_by("pk").values())
        for app in ("annotator", "prelabel", "compression")
        for model in apps.get_app_config(app).get_models()
    }


def test_every_service_is_known_to_the_trail() -> None:
    known = set(WRITES) | set(QUIET) | READS | ELSEWHERE
    quiet_modules = {name.removesuffix(".*") for name in QUIET if name.endswith(".*")}
    aside = quiet_modules | READING_MODULES
    unknown = {name for name in services() - known if name.partition(".")[0] not in aside}
    assert not unknown, "add them to WRITES (audited) or say in QUIET or READS why not"


@pytest.mark.parametrize("name", WRITES)
def test_a_write_leaves_its_event(name: str, world: Any, cast: Any) -> None:
    write = WRITES[name](world, cast)
    before = AuditEvent.objects.count()
    write()
    assert AuditEvent.objects.count() > before
    latest = AuditEvent.objects.latest("pk")
    assert latest.actor_name and latest.verb and latest.target_id


@pytest.mark.parametrize("name", WRITES)
def test_where_the_event_cannot_be_written_nothing_is(
    name: str, world: Any, cast: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = WRITES[name](world, cast)
    before = snapshot()

    def broken(*args: Any, **fields: Any) -> Any:
        raise RuntimeError("the trail is full")

    monkeypatch.setattr(AuditEvent.objects, "create", broken)
    with pytest.raises(RuntimeError, match="the trail is full"):
        write()
    monkeypatch.undo()
    assert snapshot() == before


def test_the_tables_that_the_trail_watches_are_there() -> None:
    assert {model.__name__ for model in (Item, QueueEntry, Deployment)} <= set(snapshot())
