"""Checks what a person asks of a compression, before anything is queued; every refusal names its field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from annotator.core.errors import NotFound, Unprocessable, WinnowError
from annotator.models import DatasetVersion, Project
from compression.core.planning.forecast import Work, disk_bytes
from compression.core.planning.plan import (
    MEGABYTE,
    Budgets,
    GateLimits,
    Ground,
    Plan,
    budgets_from_json,
    check_budgets,
    check_plan,
    limits_from_json,
    plan_to_json,
)
from compression.core.planning.presets import PLAN_PRESETS, SearchBudget, preset_steps, search_of
from compression.core.snapshot import NEEDED
from compression.core.targets import TARGETS
from compression.core.training.presets import preset_for
from compression.models import DeviceProfile
from compression.selectors.disk import free_bytes
from compression.selectors.queues import gpu_online
from compression.selectors.sources import Source, source_of
from compression.services.retrains import check_base
from prelabel.models import ModelVersion

# Four bits for each weight and nothing else: no file of an unpruned network is smaller.
_LEAST_SHARE_UNPRUNED = 1 / 8
# Pruning to a twentieth of the channels leaves about this share of the weights.
_LEAST_SHARE_PRUNED = _LEAST_SHARE_UNPRUNED * 0.01
_WEIGHT_STEPS = frozenset({"prune", "architecture"})


@dataclass
class Order:
    """A checked order; ``problems`` lists what is wrong with it, in the order of the fields."""

    project: Project
    version: DatasetVersion | None
    source: Source | None = None
    plan: Plan = ()
    search: SearchBudget | None = None
    budgets: Budgets = field(default_factory=Budgets)
    limits: GateLimits = field(default_factory=GateLimits)
    work: Work | None = None
    problems: list[WinnowError] = field(default_factory=list)

    @property
    def disk_bytes(self) -> int:
        """Bytes that the run may need at its largest."""
        return disk_bytes(self.work, self.plan, self.search) if self.work else 0


def check_order(project: Project, body: Mapping[str, Any], counts: Mapping[str, int]) -> Order:
    """Check a whole order. ``counts`` are the pictures per split of its version, or of what would be frozen now.

    Nothing is raised: problems are collected, so that a form can show all of them at once.
    """
    order = Order(project, None)

    def check(part: Callable[[], None]) -> None:
        try:
            part()
        except WinnowError as error:
            order.problems.append(error)

    check(lambda: _check_data(order, body, counts))
    check(lambda: _check_source(order, body))
    check(lambda: _check_teacher(order, body))
    check(lambda: _check_plan(order, body, counts))
    check(lambda: _check_limits(order, body))
    check(lambda: _check_targets(order, body))
    if order.source is not None:
        order.work = _work(order, body, counts)
        check(lambda: _check_possible(order))
        check(lambda: _check_disk(order))
    check(lambda: _check_queue(body))
    return order


def order_params(order: Order, body: Mapping[str, Any], version: DatasetVersion) -> dict[str, Any]:
    """What the run row keeps: the order with everything that presets and defaults stand for written out."""
    return {
        "version_id": version.pk,
        "source": dict(body["source"]),
        "preset": body.get("preset"),
        "aim": PLAN_PRESETS[str(body["preset"])].aim if body.get("preset") else "size",
        "plan": plan_to_json(order.plan),
        "search": asdict(order.search) if order.search else None,
        "teacher_version_id": body.get("teacher_version_id"),
        "budgets": asdict(order.budgets),
        "gates": asdict(order.limits),
        "targets": list(body.get("targets") or ()),
        "seed": int(body.get("seed") or 0),
        "minutes": body.get("minutes"),
        "deploy_if_passed": bool(body.get("deploy_if_passed")),
    }


def _check_data(order: Order, body: Mapping[str, Any], counts: Mapping[str, int]) -> None:
    version_id = body.get("dataset_version_id")
    if version_id is not None:
        order.version = DatasetVersion.objects.filter(pk=version_id, project=order.project).first()
        if order.version is None:
            raise NotFound("there is no such version in this project", field="dataset_version_id")
    short = [split for split, least in NEEDED.items() if counts[split] < least]
    if short:
        have = ", ".join(f"{counts[split]} {split}" for split in NEEDED)
        need = ", ".join(f"{least} {split}" for split, least in NEEDED.items())
        raise Unprocessable(
            f"too few reviewed images: {have}; at least {need} are needed. Training and calibration use train, "
            "choices are made on val, the result is judged on test",
            code="too_few_images",
            field="dataset_version_id",
            have=dict(counts),
            need=dict(NEEDED),
        )


def _check_source(order: Order, body: Mapping[str, Any]) -> None:
    train = body["source"].get("train")
    if train is not None and train.get("base"):
        check_base(order.project, str(train["base"]), field="source.train.base")
    order.source = source_of(order.project, body["source"])


def _check_teacher(order: Order, body: Mapping[str, Any]) -> None:
    teacher_id = body.get("teacher_version_id")
    if teacher_id is None:
        return
    teacher = ModelVersion.objects.filter(pk=teacher_id, project=order.project).first()
    if teacher is None:
        raise NotFound("there is no such model version in this project", field="teacher_version_id")
    if not teacher.training_files:
        raise Unprocessable(
            "this model came as a file without weights, so nothing can learn from it; choose another teacher",
            field="teacher_version_id",
        )
    first = teacher.variants.first()
    if first is not None and order.source is not None and order.source.classes:
        theirs, ours = list(first.manifest["classes"]), list(order.source.classes)
        if theirs != ours:
            raise Unprocessable(
                f"teacher and student know different classes: {', '.join(theirs)} against {', '.join(ours)}; "
                "choose a teacher that was trained on this project's classes",
                code="different_classes",
                field="teacher_version_id",
            )


def _check_plan(order: Order, body: Mapping[str, Any], counts: Mapping[str, int]) -> None:
    preset, steps = body.get("preset"), body.get("plan")
    source = order.source
    trainable = source.trainable if source else True
    teacher = body.get("teacher_version_id") is not None
    ground = Ground(order.project.task_type, trainable, teacher, counts["train"])
    if preset is not None and preset not in PLAN_PRESETS:
        raise Unprocessable(f"there is no preset {preset!r}; use {', '.join(PLAN_PRESETS)}", field="preset")
    order.search = search_of(preset, body.get("search"))
    if not steps:
        chosen = preset or ("smallest" if order.search else None)
        if chosen is None:
            raise Unprocessable("choose a preset, or put steps into the plan", field="plan")
        steps = preset_steps(chosen, ground, source.image_size if source else 320)
    order.plan = check_plan(steps, ground)


def _check_limits(order: Order, body: Mapping[str, Any]) -> None:
    order.budgets = budgets_from_json(body.get("budgets") or {})
    order.limits = limits_from_json(body.get("gates") or {})
    check_budgets(order.budgets)
    device_id = order.budgets.device_id
    if device_id is not None and not DeviceProfile.objects.filter(pk=device_id).exists():
        raise NotFound("there is no such device", field="budgets.device_id")


def _check_targets(order: Order, body: Mapping[str, Any]) -> None:
    for number, slug in enumerate(body.get("targets") or ()):
        field = f"targets.{number}"
        if slug not in TARGETS:
            raise Unprocessable(f"there is no target “{slug}”; choose of {', '.join(TARGETS)}", field=field)
        if TARGETS[slug].needs == "weights" and order.source is not None and not order.source.trainable:
            raise Unprocessable(
                f"{TARGETS[slug].label} is made of the network's weights, and this model came as a file alone",
                field=field,
            )


def _check_possible(order: Order) -> None:
    """What no recipe can reach is refused now; the run looks closer once it has the network in its hands."""
    assert order.source is not None
    wanted, source_bytes = order.budgets.size_bytes, order.source.fp32_bytes
    if wanted is None or not source_bytes:
        return
    pruned = order.search is not None or any(one.step in _WEIGHT_STEPS for one in order.plan)
    least = source_bytes * (_LEAST_SHARE_PRUNED if pruned and order.source.trainable else _LEAST_SHARE_UNPRUNED)
    if wanted < least:
        advice = "raise it" if pruned or not order.source.trainable else "raise it, or add a step that prunes"
        raise Unprocessable(
            f"{wanted / MEGABYTE:g} MB cannot be reached from {source_bytes / MEGABYTE:.2f} MB: at best about "
            f"{least / MEGABYTE:.2f} MB remain; {advice}",
            code="below_possible",
            field="budgets.size_mb",
            least_mb=round(least / MEGABYTE, 3),
        )


def _check_disk(order: Order) -> None:
    free = free_bytes()
    if free < order.disk_bytes:
        raise Unprocessable(
            f"the disk has {free / MEGABYTE:.0f} MB free, this run may need {order.disk_bytes / MEGABYTE:.0f} MB; "
            "remove old runs (manage.py clean_artifacts) or make room",
            code="disk_full",
            field="disk",
        )


def _check_queue(body: Mapping[str, Any]) -> None:
    if body.get("queue") == "gpu" and not gpu_online():
        raise Unprocessable("no worker with a GPU is running, so nobody would take it; use the CPU", field="queue")


def _work(order: Order, body: Mapping[str, Any], counts: Mapping[str, int]) -> Work:
    assert order.source is not None
    train = body["source"].get("train")
    recipe = preset_for(train.get("preset") or "normal", order.project.task_type, train) if train else None
    return Work(
        task_type=order.project.task_type,
        counts=counts,
        image_size=recipe.image_size if recipe else order.source.image_size,
        model_bytes=order.source.fp32_bytes or 10 * MEGABYTE,
        epochs=recipe.epochs if recipe else 0,
        minutes=recipe.minutes if recipe else None,
        gpu=body.get("queue") == "gpu",
        pace_s=order.source.pace_s,
    )
