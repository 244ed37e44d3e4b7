"""A source through a plan: every step in a folder named by all that led to it, judged on val after it.

The name makes it resumable (a step that ended is found again) and cheap to vary (two plans that begin alike share
what they have in common), so that the adjusting and the search need no book-keeping of their own.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from annotator.core.errors import RunCancelled, RunFailed
from compression.core.benchmarking.latency import bytes_to_run, compare_latency
from compression.core.json_files import write_json
from compression.core.judging.evaluation import evaluate
from compression.core.model import Model, load_model
from compression.core.planning.plan import MEGABYTE, Plan, PlannedStep
from compression.core.snapshot import Snapshot
from compression.core.step import StepContext
from compression.core.steps import load_step
from compression.core.trainer import EpochReport
from compression.core.training.tracking import open_tracker
from prelabel.core.artifact import load_artifact
from prelabel.core.metrics import metric_for

UNITS = 1000  # of progress in one stage
_ROUNDS = 12  # of the latency after each step; the final benchmark takes more
_MEASURED = "measured.json"
_ROOM = 8  # times the model's bytes that a step may write
_LEAST_ROOM = 50 * 10**6


@dataclass(frozen=True)
class Measure:
    """What a model is worth: ``metric`` the task's main one on val, 0..1; latency p20 of one picture, one thread."""

    metric: float
    size_bytes: int
    latency_ms: float
    metrics: Mapping[str, Any] = field(default_factory=dict)
    contention: float = 1.0  # p50 / p20 of the latency; above 1.3 the machine was busy
    source_ms: float | None = None  # the source's latency in the same rounds: load meets both, so the ratio holds

    def __str__(self) -> str:
        return f"{self.size_bytes / MEGABYTE:.3f} MB, val {self.metric:.4f}, {self.latency_ms:.2f} ms"


@dataclass(frozen=True)
class Station:
    """The model after a step."""

    step: PlannedStep
    folder: Path
    model: Model
    measure: Measure
    seconds: float


@dataclass(frozen=True)
class Setting:
    """What all passages of one run share. Callbacks may raise RunCancelled."""

    snapshot: Snapshot
    root: Path
    source: Model
    teacher: Path | None = None
    seed: int = 0
    device: str = "cpu"
    threads: int = 2
    allowed_drop: float = 0.02
    report: Callable[[int, int, str], None] = field(default=lambda done, total, stage: None)
    on_epoch: Callable[[EpochReport], None] = field(default=lambda report: None)
    on_station: Callable[[Station, int, int], None] = field(default=lambda station, number, steps: None)
    log: Callable[[str], None] = field(default=lambda line: None)
    tracking_uri: str | None = None  # where the epochs of fine-tunes are told to, besides


class Pipeline:
    """Passages over one folder; going the same way again returns what lies there."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.metric = metric_for(setting.snapshot.task_type).main

    def source(self) -> Measure:
        """What the source is worth, measured once."""
        kept = self.setting.root / "source.json"
        if not kept.exists():
            self.setting.root.mkdir(parents=True, exist_ok=True)
            measure = self._measure(self.setting.source.artifact)
            write_json(kept, asdict(measure))
            self.setting.log(f"source: {measure}")  # what the steps that follow are read against
        return Measure(**json.loads(kept.read_text(encoding="utf-8")))

    def passage(self, plan: Plan, stage: str = "step {number}/{steps} {step}") -> list[Station]:
        """Go through ``plan``; a station for every step. ``stage`` names what is reported.

        Raises RunFailed (a step that cannot be done, disk_full), RunCancelled (from callbacks).
        """
        stations: list[Station] = []
        model = self.setting.source
        for index, step in enumerate(plan):
            name = stage.format(number=index + 1, steps=len(plan), step=step.step)
            folder = self.folder(plan[: index + 1])
            fresh = not (folder / _MEASURED).exists()
            station = self._station(step, folder, model, name)
            if fresh:
                self.setting.on_station(station, index + 1, len(plan))
            stations.append(station)
            model = station.model
        return stations

    def folder(self, plan: Plan) -> Path:
        """Where the last step of ``plan`` works: named by depth, step and a hash of the whole way."""
        setting = self.setting
        way = [fingerprint(setting.source), str(setting.teacher or ""), setting.seed, [one.to_json() for one in plan]]
        digest = hashlib.sha256(json.dumps(way, sort_keys=True).encode()).hexdigest()
        return setting.root / "steps" / f"{len(plan):02d}-{plan[-1].step}-{digest[:12]}"

    def drop_from(self, number: int) -> None:
        """Forget the step ``number`` (1-based) of every passage and all that came after it."""
        for folder in (self.setting.root / "steps").glob("[0-9][0-9]-*"):
            if int(folder.name[:2]) >= number:
                shutil.rmtree(folder)

    def _station(self, step: PlannedStep, folder: Path, model: Model, stage: str) -> Station:
        setting = self.setting
        setting.report(0, UNITS, stage)
        after = load_model(folder)
        if after is None:
            check_room(setting.root, _ROOM * bytes_to_run(setting.source.artifact) + _LEAST_ROOM)
            started = time.monotonic()
            with self._tracked(step, folder) as on_epoch:
                context = replace(self._context(step, folder, stage), on_epoch=on_epoch)
                load_step(step.step).apply(model, context)
            after = load_model(folder)  # as a next try will find it
            assert after is not None, f"{step.step} left no model"
            write_json(folder / "seconds.json", {"seconds": time.monotonic() - started})
        measure = self._measured(folder, after)
        setting.report(UNITS, UNITS, stage)
        return Station(step, folder, after, measure, _seconds(folder))

    @contextmanager
    def _tracked(self, step: PlannedStep, folder: Path) -> Iterator[Callable[[EpochReport], None]]:
        """Tells the tracker of every epoch in the step, counted through its rounds, and how the step ended."""
        setting, count = self.setting, itertools.count(1)
        tracker = open_tracker(setting.tracking_uri, folder, setting.log)
        tracker.begin(folder.name, step.options)

        def on_epoch(report: EpochReport) -> None:
            tracker.epoch(next(count), report.metrics)
            setting.on_epoch(report)

        try:
            yield on_epoch
        except BaseException as error:
            tracker.end("KILLED" if isinstance(error, RunCancelled | SystemExit) else "FAILED")
            raise
        tracker.end("FINISHED")

    def _context(self, step: PlannedStep, folder: Path, stage: str) -> StepContext:
        setting = self.setting
        return StepContext(
            snapshot=setting.snapshot,
            out=folder,
            options=step.options,
            allowed_drop=setting.allowed_drop,
            teacher=setting.teacher,
            seed=setting.seed,
            threads=setting.threads,
            device=setting.device,
            on_progress=lambda done: setting.report(min(UNITS - 1, int(UNITS * done)), UNITS, stage),
            log=setting.log,
        )

    def _measured(self, folder: Path, model: Model) -> Measure:
        kept = folder / _MEASURED
        if not kept.exists():
            write_json(kept, asdict(self._measure(model.artifact)))
        return Measure(**json.loads(kept.read_text(encoding="utf-8")))

    def _measure(self, artifact: Path) -> Measure:
        """On val, and beside the source, so that load on the machine meets both; test is not seen."""
        snapshot = self.setting.snapshot
        found = evaluate(artifact, snapshot.items["val"], snapshot.classes, snapshot.task_type)
        times = compare_latency({"source": self.setting.source.artifact, "now": artifact}, rounds=_ROUNDS)
        return Measure(
            metric=float(found.metrics[self.metric]),
            size_bytes=bytes_to_run(artifact),
            latency_ms=float(times["now"]["p20_ms"]),
            metrics=dict(found.metrics),
            contention=float(times["now"]["contention"]),
            source_ms=float(times["source"]["p20_ms"]),
        )


def fingerprint(model: Model) -> str:
    """Hash that two models share only when they run the same files."""
    manifest = load_artifact(model.artifact).manifest
    return hashlib.sha256("".join(sorted(one.sha256 for one in manifest.files.values())).encode()).hexdigest()


def weights_sha256(model: Model) -> str:
    """Hash of the weights that can be trained on; of the files where there are none."""
    if model.trained is None:
        return fingerprint(model)
    return hashlib.sha256((model.trained / "weights.safetensors").read_bytes()).hexdigest()


def check_room(folder: Path, needed: int) -> None:
    """Raises RunFailed (disk_full) where ``folder``, made if missing, has less than ``needed`` bytes left."""
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise RunFailed(
            f"The disk has {free / 1e6:.0f} MB left and the next step may need {needed / 1e6:.0f} MB. Make room "
            "(manage.py clean_artifacts removes old runs), then retry: the run goes on from here.",
            code="disk_full",
            free_bytes=free,
            needed_bytes=needed,
        )


def _seconds(folder: Path) -> float:
    path = folder / "seconds.json"
    return float(json.loads(path.read_text(encoding="utf-8"))["seconds"]) if path.exists() else 0.0
