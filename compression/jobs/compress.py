"""The compress run: snapshot → train or source → steps or search → evaluate → benchmark → gate → register → export.

Choices are made on val; the test split is looked at once, when everything is chosen. Every stage leaves files in the
run's folder, so that a run taken up after kill -9 repeats at most one epoch, step or trial.
"""

from __future__ import annotations

import re
import shutil
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from annotator.jobs.context import RunContext
from annotator.models import Run
from compression.core.judging.judge import BOTH, Judge, Judged
from compression.core.planning.attempts import Aim, attempt_plan
from compression.core.planning.diagnosis import Advice, Findings, diagnose
from compression.core.planning.pipeline import Measure, Pipeline, Setting, Station, check_room
from compression.core.planning.plan import (
    MEGABYTE,
    Budgets,
    GateLimits,
    Ground,
    Plan,
    budgets_from_json,
    check_plan,
    limits_from_json,
    plan_to_json,
)
from compression.core.planning.presets import SearchBudget
from compression.core.planning.search import Choice, Search, TrialResult, choices_of, search
from compression.core.planning.shortfall import Shortfall
from compression.core.snapshot import Snapshot
from compression.core.training.torch_device import pick_device
from compression.jobs import stages
from compression.jobs.candidates import DEPLOYED, SOURCE, Candidate, Made, candidates_of, register
from compression.jobs.elsewhere import Elsewhere, elsewhere_of, in_gate, without_latency
from compression.jobs.floors import Floors, check_floors
from compression.jobs.measurements import keep_latencies
from compression.jobs.origin import Origin, origin_of, teacher_of
from compression.jobs.restarts import apply_restart
from compression.jobs.results import Ended, result_of
from compression.selectors.queues import GPU
from compression.services.exports import start_export
from compression.services.trials import forget_trials, mark_front, record_trial
from prelabel.services.registry import fetch_artifact

_LEFT_BY = {
    "snapshot": ("snapshot",),
    "train": ("training",),
    "export": ("artifacts/fp32",),
    "source": ("source", "teacher"),
    "steps": ("compress",),
    "evaluate": ("evaluation-*.json",),
    "benchmark": ("benchmark.json",),
    "gate": ("gate-*.json",),
    "register": (),
}
_FRONT = 6  # results of a search that are judged and registered at most
_NAMESPACE = uuid.UUID("6f1d6a0e-3c1c-4b0c-9a5e-6b1f0c2d7e11")


@dataclass(frozen=True)
class Chosen:
    """What the steps or the search came to: results to register, the best first."""

    source: Measure
    results: Sequence[Made]
    missed: Sequence[Shortfall]
    stopped: str


def run(context: RunContext) -> dict[str, Any]:
    """Compress a model by a plan or a search, judge what came out, register it; deploy it if asked and passed."""
    restarted = _restart(context)
    version = stages.dataset_of(context)
    check_room(context.workdir, 2 * 50 * MEGABYTE)
    snapshot = stages.take_snapshot(context, version)
    device = pick_device(gpu=Run.objects.get(pk=context.run_id).queue == GPU)
    origin = origin_of(context, version, snapshot, device)
    pipeline = Pipeline(_setting(context, snapshot, origin, device))
    if restarted is not None and (at := re.match(r"step (\d+)/", restarted)):
        pipeline.drop_from(int(at[1]))
    budgets, limits = budgets_from_json(context.params["budgets"]), limits_from_json(context.params["gates"])
    elsewhere = elsewhere_of(budgets, limits)
    if elsewhere is not None:
        context.log(elsewhere.text)
        budgets, limits = without_latency(budgets, limits)
    floors = check_floors(context, snapshot, origin, budgets, _plan(context), _choices(context, origin))
    chosen = _search(context, pipeline, origin, budgets) or _attempt(context, pipeline, origin, budgets)
    candidates = candidates_of(chosen.results, origin.model)
    judged = _judge(context, snapshot, origin, candidates, limits, elsewhere)
    registered = register(context, version, origin, candidates, judged)
    keep_latencies(context, registered, judged)
    _mark_trials(context, candidates, registered.variants, chosen)
    advice = _diagnose(context, snapshot, budgets, chosen, floors, elsewhere)
    ended = Ended(candidates, judged, registered, chosen.missed, advice, _front_names(candidates), elsewhere)
    best = registered.variants[ended.best.name]
    ended.export_run_id = _export(context, best)
    passed = {one.name: registered.variants[one.name] for one in _smallest_first(candidates, judged)}
    deployment = stages.deploy_first_passed(context, passed) if context.params.get("deploy_if_passed") else None
    stages.tidy(context, "compress", "source", "teacher", "artifacts", "training", "deployed", "init")
    return result_of(ended, snapshot.task_type, deployment)


def _restart(context: RunContext) -> str | None:
    """The stage that a retry named; stages before the steps take all of them along."""
    stage = apply_restart(context, _LEFT_BY)
    if stage is not None and (stage.startswith("search ") or stage in ("snapshot", "train", "export", "source")):
        shutil.rmtree(context.workdir / "compress", ignore_errors=True)
        forget_trials(run_id=context.run_id)
    if stage is not None and re.match(r"(step|search) ", stage):
        for pattern in ("evaluation-*.json", "benchmark.json", "gate-*.json"):
            for path in context.workdir.glob(pattern):
                path.unlink()
    return stage


def _setting(context: RunContext, snapshot: Snapshot, origin: Origin, device: str) -> Setting:
    def on_station(station: Station, number: int, steps: int) -> None:
        measure = station.measure
        context.log(
            f"{station.step.step} {number}/{steps}: {measure}",
            step=station.step.step,
            size_bytes=measure.size_bytes,
            metric=measure.metric,
            latency_ms=measure.latency_ms,
            seconds=round(station.seconds, 1),
        )

    return Setting(
        snapshot=snapshot,
        root=context.workdir / "compress",
        source=origin.model,
        teacher=teacher_of(context, snapshot),
        seed=int(context.params.get("seed") or 0),
        device=device,
        allowed_drop=float(context.params["budgets"].get("max_drop") or 0.02),
        report=context.progress,
        on_epoch=stages.epoch_reporter(context, "step"),
        on_station=on_station,
        log=context.log,
        tracking_uri=settings.MLFLOW_URI,
    )


def _plan(context: RunContext) -> Plan:
    ground = Ground(_task_type(context), True, context.params.get("teacher_version_id") is not None)
    return check_plan(context.params["plan"], ground)


def _choices(context: RunContext, origin: Origin) -> list[Choice] | None:
    """What a search may vary; None where none was asked for."""
    if context.params.get("search") is None:
        return None
    return choices_of(_plan(context), str(context.params.get("aim") or "size"), origin.image_size)


def _task_type(context: RunContext) -> str:
    return str(Run.objects.values_list("project__task_type", flat=True).get(pk=context.run_id))


def _attempt(context: RunContext, pipeline: Pipeline, origin: Origin, budgets: Budgets) -> Chosen:
    """The plan, changed until the budgets are met or nothing is left to try."""
    ground = Ground(
        pipeline.setting.snapshot.task_type,
        origin.model.trained is not None,
        context.params.get("teacher_version_id") is not None,
    )
    aim = Aim(
        budgets,
        ground,
        origin.image_size,
        what=str(context.params.get("aim") or "size"),
        minutes=context.params.get("minutes"),
        on_attempt=lambda number, why: context.log(f"Plan {number}: {why}", attempt=number),
    )
    outcome = attempt_plan(pipeline, _plan(context), aim)
    best = outcome.chosen
    return Chosen(outcome.source, [Made(best.plan, best.stations)], best.missed, outcome.stopped)


def _search(context: RunContext, pipeline: Pipeline, origin: Origin, budgets: Budgets) -> Chosen | None:
    """The search, where one was asked for: its best result and what else is on the front."""
    given = context.params.get("search")
    if given is None:
        return None

    def on_begin(number: int, plan: Plan) -> None:
        record_trial(run_id=context.run_id, number=number, plan=plan_to_json(plan), values={"state": "running"})
        context.log(f"Trial {number + 1}: " + " → ".join(one.step for one in plan), trial=number)

    def on_end(result: TrialResult) -> None:
        measure = result.measure
        values: dict[str, Any] = {"state": result.state, "seconds": result.seconds, "error": result.error}
        if measure is not None:
            values |= {
                "size_bytes": measure.size_bytes,
                "metric": measure.metric,
                "latency": {"p20_ms": measure.latency_ms, "contention": measure.contention},
            }
        record_trial(run_id=context.run_id, number=result.number, plan=plan_to_json(result.plan), values=values)
        context.save_checkpoint(trials=result.number + 1)

    wanted = Search(
        _plan(context),
        _choices(context, origin) or (),
        SearchBudget(given.get("minutes"), given.get("trials")),
        budgets,
        str(context.params.get("aim") or "size"),
        int(context.params.get("seed") or 0),
        on_begin,
        on_end,
    )
    found = search(pipeline, wanted)
    others = sorted(found.on_front, key=lambda one: -(one.measure.metric if one.measure else 0.0))
    kept = [found.chosen, *(one for one in others if one.number != found.chosen.number)][:_FRONT]
    mark_front(run_id=context.run_id, numbers=[one.number for one in found.on_front], variants={})
    results = [Made(one.plan, pipeline.passage(one.plan, "search: {step}"), one.number) for one in kept]
    return Chosen(found.source, results, found.missed, "searched")


def _judge(
    context: RunContext,
    snapshot: Snapshot,
    origin: Origin,
    candidates: Sequence[Candidate],
    limits: GateLimits,
    elsewhere: Elsewhere | None,
) -> dict[str, Judged]:
    """Val and test of the source and all candidates, the time of each, and the gate's word on each."""
    judge = Judge(snapshot, context.workdir, context.progress, int(context.params.get("seed") or 0))
    folders: dict[str, Path] = {SOURCE: origin.model.artifact, **{one.name: one.folder for one in candidates}}
    splits: dict[str, Sequence[str]] = dict.fromkeys(folders, BOTH)
    deployed = stages.deployed_before(context)
    if deployed is not None:
        folders[DEPLOYED] = fetch_artifact(manifest=deployed.manifest, folder=context.workdir / "deployed")
        splits[DEPLOYED] = ("test",)
    judged = judge.evaluate(folders, splits)
    timed = {name: judged[name] for name in folders if name != DEPLOYED}
    judge.benchmark(timed, origin.model.artifact, origin.model.trained)
    parents = (SOURCE, *((DEPLOYED,) if deployed is not None else ()))
    judge.gate(judged, {one.name: parents for one in candidates}, limits)
    for one in candidates:
        gate = judged[one.name].gate
        if gate is not None and elsewhere is not None:
            gate = judged[one.name].gate = in_gate(gate, elsewhere)
        if gate is not None:
            context.log(
                f"Gate of {one.name}: {gate['verdict']}. " + "; ".join(gate["reasons"]), verdict=gate["verdict"]
            )
    return judged


def _smallest_first(candidates: Sequence[Candidate], judged: dict[str, Judged]) -> list[Candidate]:
    """The plan's own result, then what else was made, the smallest file first."""
    return sorted(candidates, key=lambda one: (not one.final, judged[one.name].size_bytes))


def _front_names(candidates: Sequence[Candidate]) -> list[str]:
    return [one.name for one in candidates if one.final]


def _mark_trials(
    context: RunContext, candidates: Sequence[Candidate], variants: dict[str, Any], chosen: Chosen
) -> None:
    numbers = {one.made.trial: variants[one.name].pk for one in candidates if one.final and one.made.trial is not None}
    for number, variant_id in numbers.items():
        record_trial(
            run_id=context.run_id,
            number=number,
            plan=plan_to_json(next(one.plan for one in chosen.results if one.trial == number)),
            values={"variant_id": variant_id},
        )


def _diagnose(
    context: RunContext,
    snapshot: Snapshot,
    budgets: Budgets,
    chosen: Chosen,
    floors: Floors,
    elsewhere: Elsewhere | None,
) -> list[Advice]:
    advice = diagnose(
        Findings(
            task_type=snapshot.task_type,
            classes=snapshot.classes,
            counts=snapshot.counts(),
            source=chosen.source,
            stations=chosen.results[0].stations,
            missed=chosen.missed,
            budgets=budgets,
            stopped=chosen.stopped,
            missing_classes=stages.missing_classes(snapshot),
            least_mb=floors.size.size_bytes / MEGABYTE if floors.size else None,
            least_ms=floors.latency.latency_ms if floors.latency else None,
        )
    )
    advice += [elsewhere.advice()] if elsewhere is not None else []
    for one in advice:
        context.log(one.text, advice=one.code, severity=one.severity)
    return advice


def _export(context: RunContext, variant: Any) -> int | None:
    """A run of its own writes the files for other runtimes: it may take longer than the rest, and may fail alone."""
    targets = list(context.params.get("targets") or ())
    if not targets:
        return None
    context.progress(0, 1, "export")
    key = uuid.uuid5(_NAMESPACE, f"export of run {context.run_id}")
    made = start_export(actor=stages.actor_of(context), variant=variant, targets=targets, idempotency_key=key)
    context.log(f"Run {made.pk} exports {', '.join(targets)}", export_run_id=made.pk)
    context.progress(1, 1, "export")
    return made.pk
