"""Search over the options of a plan for size, latency and metric at once; returns what no other trial beats.

Source: Akiba et al. 2019, "Optuna" (https://arxiv.org/abs/1907.10902); Bergstra et al. 2011 for TPE. The journal in
the run's folder holds every trial, so that a killed search goes on where it was, in mid-trial. Optuna cannot prune
trials of several objectives; ours end early when val after a step says that the metric is lost.
"""

from __future__ import annotations

import statistics
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import FrozenTrial, Trial, TrialState

from annotator.core.errors import RunFailed
from compression.core.planning.attempts import reached_by
from compression.core.planning.front import front
from compression.core.planning.pipeline import Measure, Pipeline, Station
from compression.core.planning.plan import Budgets, Plan, PlannedStep, plan_to_json
from compression.core.planning.presets import SearchBudget
from compression.core.planning.shortfall import Reached, Shortfall, best, shortfalls

_DIRECTIONS = ["minimize", "minimize", "maximize"]  # bytes, ms, metric
_DEEPEST_DROP = 0.15  # relative: what no later step is expected to win back
_RANDOM_TRIALS = 5  # before the sampler begins to learn
_MOST_REPEATS = 20  # sampled plans in a row that were tried before: the space is used up
_FULL_DISK = "disk_full"


@dataclass(frozen=True)
class Choice:
    """One option of one step that the search sets; ``None`` among ``values`` leaves the step out."""

    index: int
    option: str
    values: tuple[Any, ...]

    @property
    def name(self) -> str:
        """Key of the parameter in the journal."""
        return f"{self.index}.{self.option}"


@dataclass(frozen=True)
class TrialResult:
    """``state`` complete | pruned | failed; a pruned trial has the measure at which it was given up."""

    number: int
    plan: Plan
    state: str
    seconds: float
    measure: Measure | None = None
    error: str = ""


@dataclass(frozen=True)
class Search:
    """What is searched and how long; ``on_trial`` hears of every trial, when it begins (None) and when it ends."""

    plan: Plan
    choices: Sequence[Choice]
    budget: SearchBudget
    limits: Budgets
    aim: str = "size"
    seed: int = 0
    on_begin: Callable[[int, Plan], None] = field(default=lambda number, plan: None)
    on_end: Callable[[TrialResult], None] = field(default=lambda result: None)


@dataclass(frozen=True)
class Searched:
    """All trials, which of the complete ones are on the front, and the one to take."""

    source: Measure
    trials: Sequence[TrialResult]
    on_front: Sequence[TrialResult]
    chosen: TrialResult
    missed: Sequence[Shortfall]


def choices_of(plan: Plan, aim: str, image_size: int) -> list[Choice]:
    """What may vary in ``plan``: how much is pruned, the picture's size, the scheme of rounding, the width."""
    found = []
    for index, step in enumerate(plan):
        given = step.options
        if step.step == "prune" and given.get("method", "structured") == "structured":
            found.append(Choice(index, "amount", _around(given["amount"], (None, 0.25, 0.4, 0.55, 0.7))))
        elif step.step == "resolution":
            between = 32 * round((image_size + int(given["image_size"])) / 64)
            sizes = ({int(given["image_size"]), between} - {image_size}) or {int(given["image_size"])}
            found.append(Choice(index, "image_size", (None, *sorted(sizes))))
        elif step.step == "quantize":
            schemes = ("int8", "bf16") if aim == "latency" else ("int8", "int4")
            found.append(Choice(index, "scheme", tuple(dict.fromkeys((given["scheme"], *schemes)))))
        elif step.step == "architecture" and given.get("arch") is None:
            found.append(Choice(index, "width", _around(given["width"], (0.5, 0.75))))
    return found


def _around(value: float, others: Sequence[float | None]) -> tuple[Any, ...]:
    known = {one for one in others if one is not None} | {value}
    return (*([None] if None in others else []), *sorted(known))


def plan_with(plan: Plan, choices: Sequence[Choice], values: Mapping[str, Any]) -> Plan:
    """``plan`` with the chosen options; steps whose choice is None are left out."""
    steps: list[PlannedStep | None] = list(plan)
    for choice in choices:
        value, step = values[choice.name], plan[choice.index]
        steps[choice.index] = None if value is None else (steps[choice.index] or step).changed(**{choice.option: value})
    return tuple(step for step in steps if step is not None)


def search(pipeline: Pipeline, wanted: Search) -> Searched:
    """Run trials until the budget ends. Raises RunFailed where no trial came through, RunCancelled (callbacks)."""
    source = pipeline.source()
    study = _study(pipeline.setting.root, wanted)
    run = _Run(pipeline, wanted, study, source)
    run.go_on()
    return run.outcome()


def _study(root: Path, wanted: Search) -> optuna.Study:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    root.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # constraints are called experimental
        storage = JournalStorage(JournalFileBackend(str(root / "search.journal")))
        study = optuna.create_study(storage=storage, study_name="search", directions=_DIRECTIONS, load_if_exists=True)
        study.sampler = optuna.samplers.TPESampler(
            seed=wanted.seed + len(study.get_trials(deepcopy=False)),
            n_startup_trials=_RANDOM_TRIALS,
            constraints_func=lambda trial: [float(trial.user_attrs.get("missed_by", 0.0))],
        )
    if not study.get_trials(deepcopy=False):
        for values in _first_values(wanted):
            study.enqueue_trial(values)
    return study


def _first_values(wanted: Search) -> list[dict[str, Any]]:
    """The plan as it was given; without the steps that may be left out, its mildest and its hardest form.

    What is left without those steps costs no training and loses least, so a search that gives all else up still has it.
    """
    given = {one.name: wanted.plan[one.index].options[one.option] for one in wanted.choices}
    mild = {one.name: next(value for value in one.values if value is not None) for one in wanted.choices}
    hard = {one.name: one.values[-1] for one in wanted.choices}
    bare = {one.name: None if None in one.values else given[one.name] for one in wanted.choices}
    rows: list[dict[str, Any]] = []
    for row in (given, bare, mild, hard):
        if row not in rows and plan_with(wanted.plan, wanted.choices, row):
            rows.append(row)
    return rows


class _Run:
    """One search in progress."""

    def __init__(self, pipeline: Pipeline, wanted: Search, study: optuna.Study, source: Measure) -> None:
        self.pipeline, self.wanted, self.study, self.source = pipeline, wanted, study, source
        self.results = [result for one in study.get_trials() if (result := _stored(one)) is not None]

    def go_on(self) -> None:
        """Finish what was running at a kill, then new trials."""
        repeats = 0
        for one in self.study.get_trials():
            if one.state == TrialState.RUNNING:
                self._try(Trial(self.study, one._trial_id))
        while not self._over() and repeats < _MOST_REPEATS:
            repeats = 0 if self._try(self.study.ask()) else repeats + 1

    def _over(self) -> bool:
        budget, done = self.wanted.budget, [one for one in self.results if one.state != "failed"]
        if budget.trials is not None and len(self.results) >= budget.trials:
            return True
        spent = sum(one.seconds for one in self.results)
        typical = statistics.median(one.seconds for one in done) if done else 0.0
        return budget.minutes is not None and bool(self.results) and spent + typical > 60 * budget.minutes

    def _try(self, trial: Trial) -> bool:
        """Whether the trial was a new one."""
        values = {one.name: trial.suggest_categorical(one.name, one.values) for one in self.wanted.choices}
        plan = plan_with(self.wanted.plan, self.wanted.choices, values)
        known = next((one for one in self.results if one.plan == plan), None)
        if known is not None or not plan:
            self._tell(trial, known or TrialResult(trial.number, plan, "failed", 0.0), repeated=True)
            return False
        self.wanted.on_begin(trial.number, plan)
        result = self._walk(trial.number, plan)
        self._tell(trial, result)
        self.results.append(result)
        self.wanted.on_end(result)
        return True

    def _walk(self, number: int, plan: Plan) -> TrialResult:
        """Step by step, ended early where the metric is lost before the last one."""
        started = time.monotonic()
        before = 0.0
        stations: list[Station] = []
        try:
            for length in range(1, len(plan) + 1):
                name = f"search {number + 1}: {{step}}"
                stations = self.pipeline.passage(plan[:length], stage=name[:40])
                before = sum(one.seconds for one in stations)
                if length < len(plan) and self._lost(stations[-1].measure):
                    return TrialResult(number, plan, "pruned", time.monotonic() - started, stations[-1].measure)
        except RunFailed as error:
            if error.code == _FULL_DISK:
                raise
            return TrialResult(number, plan, "failed", time.monotonic() - started, error=error.message[:500])
        # A trial that went on after a kill costs what its steps cost, not what this try did.
        return TrialResult(number, plan, "complete", max(before, time.monotonic() - started), stations[-1].measure)

    def _lost(self, measure: Measure) -> bool:
        least = self.wanted.limits.least_metric(self.source.metric)
        return measure.metric < least * (1 - _DEEPEST_DROP)

    def _tell(self, trial: Trial, result: TrialResult, *, repeated: bool = False) -> None:
        states = {"complete": TrialState.COMPLETE, "pruned": TrialState.PRUNED, "failed": TrialState.FAIL}
        if not repeated:
            trial.set_user_attr("result", _to_json(result))
        if result.measure is not None:
            trial.set_user_attr("missed_by", sum(one.by for one in self._missed(result.measure)))
        values = None
        if result.state == "complete" and result.measure is not None:
            values = [float(result.measure.size_bytes), result.measure.latency_ms, result.measure.metric]
        self.study.tell(trial, values, state=states[result.state])

    def _missed(self, measure: Measure) -> list[Shortfall]:
        return shortfalls(reached_by(measure), self.wanted.limits, self.source.metric)

    def outcome(self) -> Searched:
        """The front of all complete trials and the one to take."""
        complete = [(one, one.measure) for one in self.results if one.state == "complete" and one.measure]
        if not complete:
            said = next((one.error for one in self.results if one.error), "every trial was given up early")
            raise RunFailed(f"No trial of the search came through: {said}", code="search_empty")
        points = [(float(m.size_bytes), m.latency_ms, -m.metric) for _, m in complete]
        on_front = [one for (one, _), kept in zip(complete, front(points), strict=True) if kept]
        rows: list[tuple[Reached, Sequence[Shortfall]]] = [(reached_by(m), self._missed(m)) for _, m in complete]
        at = best(rows, self.wanted.aim)
        return Searched(self.source, tuple(self.results), tuple(on_front), complete[at][0], rows[at][1])


def _to_json(result: TrialResult) -> dict[str, Any]:
    return {
        "plan": plan_to_json(result.plan),
        "state": result.state,
        "seconds": result.seconds,
        "measure": asdict(result.measure) if result.measure else None,
        "error": result.error,
    }


def _stored(trial: FrozenTrial) -> TrialResult | None:
    """The result that a finished trial left in the journal."""
    kept = trial.user_attrs.get("result")
    if kept is None or trial.state == TrialState.RUNNING:
        return None
    plan = tuple(PlannedStep(one["step"], one["options"]) for one in kept["plan"])
    measure = Measure(**kept["measure"]) if kept["measure"] else None
    return TrialResult(trial.number, plan, kept["state"], kept["seconds"], measure, kept["error"])
