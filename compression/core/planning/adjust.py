"""How a plan is changed when its result misses a budget: rules in the order in which they are tried. Free of torch.

Each rule gives a plan, or none where it does not apply; the first one not tried yet is taken. What makes a model
smaller makes it worse, so a size and a metric missed together are only met by more training.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from compression.core.planning.plan import Ground, Plan, PlannedStep, check_plan
from compression.core.planning.shortfall import Shortfall

MOST_PRUNED = 0.85
_STEP = 0.2  # the most by which an amount is raised at once
_LEAST_SHARE_OF_PICTURE = 0.4
_STRIDE = 32
_MOST_EPOCHS = 96
_SPARE_SIZE = 0.95  # aim a little below the limit: widths are rounded
_TRAINED = ("prune", "distil", "resolution", "architecture")
_STORAGE_ONLY = frozenset({"int4", "w8", "w8a16", "fp16", "bf16", "int8_dynamic"})


@dataclass(frozen=True)
class Situation:
    """A plan that was gone through, what it missed, and which of its steps lost how much of the metric (points)."""

    plan: Plan
    missed: Sequence[Shortfall]
    losses: Sequence[float]
    ground: Ground
    image_size: int  # of the source, long side in pixels

    def by(self, target: str) -> float | None:
        """How far the target was missed, None where it was kept."""
        return next((one.by for one in self.missed if one.target == target), None)


Rule = Callable[[Situation], Iterable[Plan]]


def next_plan(situation: Situation, tried: Sequence[Plan]) -> Plan | None:
    """A plan that should come nearer, None where nothing is left to try."""
    size, latency, metric = (situation.by(target) for target in ("size_mb", "latency_ms", "metric"))
    rules: list[Rule] = []
    if metric is not None:
        rules.append(_train_longer)
    if metric is not None and size is None and latency is None:
        rules += [_round_less, _cut_more_carefully, _cut_less, _larger_picture]
    elif metric is None:
        rules += [*([_smaller] if size is not None else []), *([_faster] if latency is not None else [])]
    for rule in rules:
        for plan in rule(situation):
            if plan not in tried:
                return plan
    return None


def _train_longer(now: Situation) -> Iterator[Plan]:
    """Twice the epochs for the step that lost most; its limit of minutes goes with them."""
    trained = [index for index, one in enumerate(now.plan) if one.step in _TRAINED and one.options.get("epochs")]
    for index in sorted(trained, key=lambda index: -now.losses[index]):
        step = now.plan[index]
        epochs = min(_MOST_EPOCHS, 2 * int(step.options["epochs"]))
        minutes = step.options.get("minutes")
        if epochs > step.options["epochs"]:
            yield _replaced(now.plan, index, epochs=epochs, minutes=2 * minutes if minutes else None)


def _round_less(now: Situation) -> Iterator[Plan]:
    """Fewer layers rounded, then more bits, where rounding is what lost most."""
    for index, step in enumerate(now.plan):
        if step.step != "quantize" or now.losses[index] < max(now.losses):
            continue
        scheme = step.options.get("scheme")
        if scheme == "int4":
            yield _replaced(now.plan, index, scheme="w8")
        if scheme == "int8" and now.ground.trainable:
            yield _replaced(now.plan, index, scheme="qat", epochs=5)
        if scheme != "fp16":
            yield _replaced(now.plan, index, scheme="fp16")


def _cut_more_carefully(now: Situation) -> Iterator[Plan]:
    for index, step in _prunes(now.plan):
        if step.options.get("scope") == "uniform":
            yield _replaced(now.plan, index, scope="sensitivity")


def _cut_less(now: Situation) -> Iterator[Plan]:
    for index, step in _prunes(now.plan):
        amount = round(0.75 * float(step.options["amount"]), 3)
        if amount >= 0.1:
            yield _replaced(now.plan, index, amount=amount)


def _larger_picture(now: Situation) -> Iterator[Plan]:
    for index, step in enumerate(now.plan):
        if step.step == "resolution":
            size = int(step.options["image_size"]) + 2 * _STRIDE
            if size < now.image_size:
                yield _replaced(now.plan, index, image_size=size)
            yield tuple(one for one in now.plan if one is not step)


def _smaller(now: Situation) -> Iterator[Plan]:
    """Rounding first, which costs minutes; then channels; four bits last, since they make nothing faster."""
    yield from _rounded(now, "int8")
    yield from _cut_more(now, 1 / (1 + (now.by("size_mb") or 0)))
    if now.by("latency_ms") is None:
        for index, step in enumerate(now.plan):
            if step.step == "quantize" and step.options.get("scheme") in ("int8", "w8", "qat"):
                yield _replaced(now.plan, index, scheme="int4")


def _faster(now: Situation) -> Iterator[Plan]:
    yield from _rounded(now, "int8")
    yield from _smaller_picture(now)
    # Latency falls about with the width, its square root of what the weights do (measured x2.2 for x3.6 less work).
    yield from _cut_more(now, 1 / (1 + (now.by("latency_ms") or 0)))


def _rounded(now: Situation, scheme: str) -> Iterator[Plan]:
    at = [index for index, one in enumerate(now.plan) if one.step == "quantize"]
    if not at:
        yield _checked([*now.plan, PlannedStep("quantize", {"scheme": scheme})], now.ground)
        return
    given = now.plan[at[-1]].options.get("scheme")
    for_speed = given == "int4" and now.by("latency_ms") is not None
    if given in _STORAGE_ONLY and (given != "int4" or for_speed):
        yield _replaced(now.plan, at[-1], scheme=scheme)


def _cut_more(now: Situation, share: float) -> Iterator[Plan]:
    """Prune so far that ``share`` of the weights is left: they go with the square of the channels."""
    if not now.ground.trainable:
        return
    if not list(_prunes(now.plan)):
        amount = min(0.5, max(0.2, round(1 - math.sqrt(share * _SPARE_SIZE), 2)))
        first = next((index for index, one in enumerate(now.plan) if one.step == "quantize"), len(now.plan))
        prune = PlannedStep("prune", {"amount": amount})
        yield _checked([*now.plan[:first], prune, *now.plan[first:]], now.ground)
        return
    for index, step in _prunes(now.plan):
        amount = float(step.options["amount"])
        wanted = 1 - (1 - amount) * math.sqrt(share * _SPARE_SIZE)
        raised = round(min(MOST_PRUNED, amount + _STEP, max(wanted, amount + 0.05)), 3)
        if raised > amount:
            yield _replaced(now.plan, index, amount=raised)


def _smaller_picture(now: Situation) -> Iterator[Plan]:
    if not now.ground.trainable:
        return
    at = next((index for index, one in enumerate(now.plan) if one.step == "resolution"), None)
    smaller = next_smaller(now.image_size if at is None else int(now.plan[at].options["image_size"]), now.image_size)
    if smaller is None:
        return
    if at is not None:
        yield _replaced(now.plan, at, image_size=smaller)
        return
    first = 1 if now.plan and now.plan[0].step == "architecture" else 0
    step = PlannedStep("resolution", {"image_size": smaller})
    yield _checked([*now.plan[:first], step, *now.plan[first:]], now.ground)


def next_smaller(size: int, image_size: int) -> int | None:
    """The picture size (px) that is tried after ``size``, for a source of ``image_size``; None where none is."""
    smaller = min(size - _STRIDE, _STRIDE * math.floor(0.8 * size / _STRIDE))
    return smaller if smaller >= max(_STRIDE, _LEAST_SHARE_OF_PICTURE * image_size) else None


def _prunes(plan: Plan) -> Iterator[tuple[int, PlannedStep]]:
    for index, one in enumerate(plan):
        if one.step == "prune" and one.options.get("method", "structured") == "structured":
            yield index, one


def _replaced(plan: Plan, index: int, **options: Any) -> Plan:
    return (*plan[:index], plan[index].changed(**options), *plan[index + 1 :])


def _checked(steps: Sequence[PlannedStep], ground: Ground) -> Plan:
    """With the defaults of steps that were put in."""
    return check_plan([one.to_json() for one in steps], ground)
