"""Starts compressions, and says beforehand what one would take."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from annotator.models import DatasetVersion, Project, Run, User
from annotator.services import runs, versions
from compression.core.planning.forecast import seconds_of
from compression.core.planning.plan import plan_to_json
from compression.selectors.datasets import dataset_facts
from compression.selectors.disk import free_bytes
from compression.selectors.queues import QUEUES, position
from compression.services.orders import Order, check_order, order_params


@transaction.atomic
def start_compression(
    *,
    actor: User | None,
    project: Project,
    body: Mapping[str, Any],
    idempotency_key: uuid.UUID | None = None,
    queue: str | None = None,
) -> Run:
    """Queue a compression, in ``queue`` or in that of the CPU or GPU that the order names.

    Without a dataset version what is reviewed now is frozen first. Raises the first problem of the order, Unprocessable
    or NotFound, with the ``field``.
    """
    existing = runs.run_of_key(project=project, kind="compress", idempotency_key=idempotency_key)
    if existing is not None:  # before anything is frozen for it a second time
        return existing
    order = check_order(project, body, _counts(project, body))
    if order.problems:
        raise order.problems[0]
    version = order.version or versions.freeze_version(actor=actor, project=project, note="frozen for a compression")
    return runs.create_run(
        actor=actor,
        project=project,
        kind="compress",
        params=order_params(order, body, version),
        idempotency_key=idempotency_key,
        queue=queue or QUEUES[str(body.get("queue") or "cpu")],
    )


def estimate_compression(*, project: Project, body: Mapping[str, Any]) -> dict[str, Any]:
    """Time, disk, place in the queue and everything that is wrong with an order; writes nothing."""
    order = check_order(project, body, _counts(project, body))
    low, high = seconds_of(order.work, order.plan, order.search) if order.work and order.plan else (0.0, 0.0)
    return {
        "summary": _summary(order, body),
        "seconds": {"low": round(low), "high": round(high)},
        "disk_bytes": order.disk_bytes,
        "free_bytes": free_bytes(),
        "queue_position": position(QUEUES[str(body.get("queue") or "cpu")]),
        "problems": [
            {"field": one.details.get("field", ""), "message": one.message, "code": one.code} for one in order.problems
        ],
    }


def _counts(project: Project, body: Mapping[str, Any]) -> dict[str, int]:
    """Pictures per split of the version that is named, of what is reviewed now where none is."""
    version_id = body.get("dataset_version_id")
    if version_id is None:
        return dict(dataset_facts(project, None)["counts"])
    version = DatasetVersion.objects.filter(pk=version_id, project=project).first()
    counts = version.counts if version else {}
    return {split: int(counts.get(split, 0)) for split in ("train", "val", "test")}


def _summary(order: Order, body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What will happen, as keys of sentences with their values: the browser has the words."""
    sentences: list[dict[str, Any]] = []
    train = body["source"].get("train")
    counts = dict(order.work.counts) if order.work else {}
    sentences.append({"key": "data", "values": {"number": order.version.number if order.version else None, **counts}})
    if train is not None:
        sentences.append({"key": "train", "values": dict(train)})
    else:
        sentences.append({"key": "source", "values": {"model_version_id": body["source"].get("model_version_id")}})
    sentences += [{"key": f"step.{one['step']}", "values": one["options"]} for one in plan_to_json(order.plan)]
    if order.search is not None:
        values = {"minutes": order.search.minutes, "trials": order.search.trials}
        sentences.append({"key": "search", "values": values})
    sentences.append({"key": "budgets", "values": {k: v for k, v in (body.get("budgets") or {}).items() if v}})
    if body.get("targets"):
        sentences.append({"key": "targets", "values": {"targets": list(body["targets"])}})
    sentences.append({"key": "deploy" if body.get("deploy_if_passed") else "keep", "values": {}})
    return sentences
