"""A plan: which steps, in which order, with which options; and what the result has to be. Free of torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from annotator.core.errors import NotFound, Unprocessable
from compression.core.steps import STEPS, check_options, step_info

MAX_STEPS = 8
MEGABYTE = 10**6
# These throw away what was done to the weights before them.
_FROM_ANEW = frozenset({"architecture"})


@dataclass(frozen=True)
class PlannedStep:
    """One step with all its options, defaults included."""

    step: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return {"step": self.step, "options": dict(self.options)}

    def changed(self, **options: Any) -> PlannedStep:
        """The same step with some options set anew."""
        return PlannedStep(self.step, {**self.options, **options})


Plan = tuple[PlannedStep, ...]


@dataclass(frozen=True)
class Budgets:
    """What the result must keep; None = no limit. ``max_drop`` is relative, of the main metric on val."""

    size_mb: float | None = None  # 10^6 bytes of all files that running needs
    latency_ms: float | None = None  # p20, one picture, one thread, on the device of ``device_id`` (None: the worker's)
    min_metric: float | None = None  # 0..1
    max_drop: float = 0.02
    device_id: int | None = None

    @property
    def size_bytes(self) -> float | None:
        """``size_mb`` in bytes."""
        return None if self.size_mb is None else self.size_mb * MEGABYTE

    def least_metric(self, source: float) -> float:
        """The lowest value of the main metric that is good enough for a model whose source reached ``source``."""
        return max(self.min_metric or 0.0, source * (1 - self.max_drop))


@dataclass(frozen=True)
class GateLimits:
    """What the gate asks of a candidate on the test split; None = no such limit.

    ``max_drop`` relative, of the main metric; ``max_class_drop`` absolute, of a class's metric (0.05 = 5 points);
    ``max_latency_ms`` of the interleaved p20.
    """

    max_drop: float = 0.02
    max_class_drop: float | None = None
    max_latency_ms: float | None = None
    max_size_mb: float | None = None  # 1 MB = 1,000,000 bytes


@dataclass(frozen=True)
class Ground:
    """What a plan stands on: decides which steps can be done at all."""

    task_type: str
    trainable: bool = True  # the source has weights
    teacher: bool = False  # a larger model was chosen to learn from
    pictures: int | None = None  # in the train split


def plan_to_json(plan: Plan) -> list[dict[str, Any]]:
    """Plain JSON form."""
    return [one.to_json() for one in plan]


def check_plan(given: Sequence[Mapping[str, Any]], ground: Ground) -> Plan:
    """The plan with every default written out. Raises Unprocessable whose ``field`` is e.g. plan.0.options.amount."""
    if not given:
        raise Unprocessable("A plan needs at least one step.", field="plan")
    if len(given) > MAX_STEPS:
        raise Unprocessable(f"A plan has at most {MAX_STEPS} steps, this one {len(given)}.", field="plan")
    plan = tuple(_check_step(index, one, ground) for index, one in enumerate(given))
    _check_order(plan)
    return plan


def _check_step(index: int, given: Mapping[str, Any], ground: Ground) -> PlannedStep:
    where = f"plan.{index}"
    slug = str(given.get("step", ""))
    try:
        info = step_info(slug)
    except NotFound as error:
        raise Unprocessable(error.message, field=f"{where}.step") from error
    if ground.task_type not in info.task_types:
        words = ground.task_type.replace("_", " ")
        raise Unprocessable(f"{info.label}: this step is not made for {words}.", field=f"{where}.step")
    if info.needs == "weights" and not ground.trainable:
        raise Unprocessable(
            f"{info.label}: this model came as a file without weights to train on; only steps that work on the file "
            f"({', '.join(slug for slug, one in STEPS.items() if one.needs == 'artifact')}) can be done.",
            field=f"{where}.step",
        )
    try:
        options = check_options(slug, given.get("options") or {})
    except Unprocessable as error:
        raise Unprocessable(error.message, field=f"{where}.options.{error.details.get('field', '')}") from error
    if needs_teacher(slug, options) and not ground.teacher:
        raise Unprocessable(f"{info.label}: choose the larger model to learn from.", field="teacher_version_id")
    return PlannedStep(slug, options)


def needs_teacher(slug: str, options: Mapping[str, Any]) -> bool:
    """Whether a step learns from a model other than its own: the architecture step can take the one before it."""
    return slug == "distil" or (bool(options.get("distil")) and slug != "architecture")


def _check_order(plan: Plan) -> None:
    slugs = [one.step for one in plan]
    for index, slug in enumerate(slugs):
        if slug in _FROM_ANEW and index > 0:
            raise Unprocessable(
                f"{STEPS[slug].label}: this step begins with new weights, so it must come first; what came before it "
                "would be lost.",
                field=f"plan.{index}.step",
            )
        if index > 0 and slugs[index - 1] == slug == "quantize":
            raise Unprocessable(
                "Two quantizations in a row: the second starts from the rounded weights of the first. Keep one.",
                field=f"plan.{index}.step",
            )


def check_budgets(budgets: Budgets) -> None:
    """Raises Unprocessable for a budget that no model can keep."""
    for name in ("size_mb", "latency_ms"):
        value = getattr(budgets, name)
        if value is not None and value <= 0:
            raise Unprocessable(f"{name} must be more than 0.", field=f"budgets.{name}")
    if budgets.min_metric is not None and not 0 <= budgets.min_metric <= 1:
        raise Unprocessable("min_metric must be from 0 to 1.", field="budgets.min_metric")
    if not 0 <= budgets.max_drop <= 1:
        raise Unprocessable("max_drop must be from 0 to 1.", field="budgets.max_drop")


def budgets_from_json(value: Mapping[str, Any]) -> Budgets:
    """The inverse of ``asdict``; unknown keys are left out."""
    return Budgets(**{key: value[key] for key in asdict(Budgets()) if value.get(key) is not None})


def limits_from_json(value: Mapping[str, Any]) -> GateLimits:
    """The inverse of ``asdict``; unknown keys are left out."""
    return GateLimits(**{key: value[key] for key in asdict(GateLimits()) if value.get(key) is not None})
