"""A plan until its budgets are met: go through it, see what is missed, change it, go again; the best one is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from annotator.core.errors import RunFailed
from compression.core.planning.adjust import Situation, next_plan
from compression.core.planning.pipeline import Measure, Pipeline, Station
from compression.core.planning.plan import Budgets, Ground, Plan, plan_to_json
from compression.core.planning.shortfall import Reached, Shortfall, best, shortfalls

MOST_ATTEMPTS = 6


@dataclass(frozen=True)
class Attempt:
    """One passage and which budgets it missed."""

    plan: Plan
    stations: Sequence[Station]
    missed: Sequence[Shortfall]
    seconds: float

    @property
    def reached(self) -> Reached:
        """What its last station is worth."""
        return reached_by(self.stations[-1].measure)


@dataclass(frozen=True)
class Aim:
    """What an adjusting is for; ``minutes`` limits when another attempt may begin, not one that runs."""

    budgets: Budgets
    ground: Ground
    image_size: int
    what: str = "size"  # size | latency: what decides among those that keep the budgets
    minutes: float | None = None
    on_attempt: Callable[[int, str], None] = field(default=lambda number, why: None)


@dataclass(frozen=True)
class Outcome:
    """All attempts, and the one to take."""

    source: Measure
    attempts: Sequence[Attempt]
    chosen: Attempt
    stopped: str  # met | nothing_left | out_of_time | enough_attempts

    @property
    def met(self) -> bool:
        """Whether the chosen one keeps all budgets."""
        return not self.chosen.missed


def attempt_plan(pipeline: Pipeline, plan: Plan, aim: Aim) -> Outcome:
    """Go through ``plan`` and its changes until all budgets are kept or nothing is left to try.

    A change of plan that cannot be done is passed over; the first plan must be. Raises RunFailed, RunCancelled.
    """
    source = pipeline.source()
    attempts: list[Attempt] = []
    tried: list[Plan] = []
    now: Plan | None = plan
    stopped = "nothing_left"
    while now is not None:
        tried.append(now)
        attempt = _attempt(pipeline, now, aim, source, first=not attempts)
        if attempt is not None:
            attempts.append(attempt)
        if attempts[-1] is attempt and not attempt.missed:
            stopped = "met"
            break
        if len(tried) >= MOST_ATTEMPTS:
            stopped = "enough_attempts"
            break
        if _no_time(aim, attempts):
            stopped = "out_of_time"
            break
        now = next_plan(_situation(attempts[-1], aim, source), tried)
        if now is not None:
            aim.on_attempt(len(tried) + 1, _why(attempts[-1].missed, now))
    chosen = attempts[best([(one.reached, one.missed) for one in attempts], aim.what)]
    return Outcome(source, attempts, chosen, stopped)


def _attempt(pipeline: Pipeline, plan: Plan, aim: Aim, source: Measure, *, first: bool) -> Attempt | None:
    try:
        stations = pipeline.passage(plan)
    except RunFailed as error:
        if first or error.code == "disk_full":
            raise
        pipeline.setting.log(f"this change cannot be made: {error.message}")
        return None
    missed = shortfalls(reached_by(stations[-1].measure), aim.budgets, source.metric)
    return Attempt(plan, stations, missed, sum(one.seconds for one in stations))


def reached_by(measure: Measure) -> Reached:
    """What decides of a measure."""
    return Reached(measure.metric, measure.size_bytes, measure.latency_ms)


def losses_of(source: Measure, stations: Sequence[Station]) -> list[float]:
    """Points of the metric that each step lost, negative where it won."""
    before = [source.metric, *(one.measure.metric for one in stations)]
    return [before[index] - one.measure.metric for index, one in enumerate(stations)]


def _situation(attempt: Attempt, aim: Aim, source: Measure) -> Situation:
    return Situation(attempt.plan, attempt.missed, losses_of(source, attempt.stations), aim.ground, aim.image_size)


def _no_time(aim: Aim, attempts: Sequence[Attempt]) -> bool:
    """Whether another attempt like the last would go over the limit; what earlier tries of the run did counts."""
    if aim.minutes is None:
        return False
    spent = {one.folder: one.seconds for attempt in attempts for one in attempt.stations}
    return sum(spent.values()) + attempts[-1].seconds > 60 * aim.minutes


def _why(missed: Sequence[Shortfall], plan: Plan) -> str:
    gaps = ", ".join(f"{one.target} {one.reached:g} instead of {one.wanted:g}" for one in missed)
    steps = " → ".join(_brief(one) for one in plan_to_json(plan))
    return f"{gaps}; next: {steps}"


def _brief(step: dict[str, Any]) -> str:
    shown = ("amount", "scheme", "image_size", "epochs", "scope")
    relevant = {key: step["options"][key] for key in shown if key in step["options"]}
    if step["step"] == "quantize":
        relevant = {"scheme": relevant.get("scheme")}
    return f"{step['step']}({', '.join(f'{key} {value}' for key, value in relevant.items())})"
