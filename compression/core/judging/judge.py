"""The end of a run: every candidate on val and, once, on test; timed side by side; judged by the gate.

Each part is kept in the work folder, so that a next try repeats none that ended.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from compression.core.benchmarking.latency import bytes_to_run, compare_latency
from compression.core.benchmarking.measurement import Contest, measure
from compression.core.json_files import write_json
from compression.core.judging.calibrating import calibrate
from compression.core.judging.evaluation import evaluate
from compression.core.judging.gate import Contender, GateLimits, GateResult, decide_within
from compression.core.judging.judgement import ImageResult
from compression.core.judging.report import describe
from compression.core.snapshot import Snapshot

Report = Callable[[int, int, str], None]  # done, total, stage; may raise RunCancelled
BOTH = ("val", "test")
_ORDER = {"pass": 0, "inconclusive": 1, "refuse": 2}


@dataclass
class Judged:
    """What was found of one artifact."""

    folder: Path
    size_bytes: int = 0
    latency: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, dict[str, Any]] = field(default_factory=dict)  # split →
    images: dict[str, list[ImageResult]] = field(default_factory=dict)  # split →
    details: dict[str, dict[str, Any]] = field(default_factory=dict)  # split → intervals, curves, worst images
    gate: dict[str, Any] | None = None

    def contender(self) -> Contender:
        """As the gate sees it: test images alone."""
        return Contender(self.images["test"], self.size_bytes, self.latency)


class Judge:
    """Evaluates, times and gates artifacts by name over one work folder."""

    def __init__(self, snapshot: Snapshot, workdir: Path, report: Report, seed: int = 0) -> None:
        self.snapshot, self.workdir, self.report, self.seed = snapshot, workdir, report, seed

    def evaluate(self, folders: Mapping[str, Path], splits: Mapping[str, Sequence[str]]) -> dict[str, Judged]:
        """Every artifact on its splits."""
        judged = {name: Judged(folder, bytes_to_run(folder)) for name, folder in folders.items()}
        total = sum(len(self.snapshot.items[split]) for name in folders for split in splits[name])
        before = 0
        self.report(0, max(1, total), "evaluate")
        for name, entry in judged.items():
            for split in splits[name]:
                self._evaluate(name, entry, split, before, total)
                before += len(self.snapshot.items[split])
        return judged

    def _evaluate(self, name: str, entry: Judged, split: str, before: int, total: int) -> None:
        kept = self.workdir / f"evaluation-{name}-{split}.json"
        snapshot = self.snapshot
        if not kept.exists():
            found = evaluate(
                entry.folder,
                snapshot.items[split],
                snapshot.classes,
                snapshot.task_type,
                on_item=lambda done, _: self.report(before + done, total, "evaluate"),
            )
            details = describe(found.images, snapshot.classes, snapshot.task_type, seed=self.seed)
            if split == "val":  # choices are made on val
                details["calibration"] = calibrate(found.images, snapshot.classes, snapshot.task_type)
            images = [image.to_json() for image in found.images]
            write_json(kept, {"metrics": found.metrics, "images": images, "details": details})
        stored = json.loads(kept.read_text(encoding="utf-8"))
        entry.metrics[split], entry.details[split] = stored["metrics"], stored["details"]
        entry.images[split] = [ImageResult.from_json(image) for image in stored["images"]]

    def compare(self, judged: Mapping[str, Judged]) -> None:
        """Latency of all artifacts side by side in one go."""
        self.report(0, 1, "benchmark")
        kept = self.workdir / "latency.json"
        if not kept.exists():
            write_json(kept, compare_latency({name: entry.folder for name, entry in judged.items()}))
        for name, latency in json.loads(kept.read_text(encoding="utf-8")).items():
            judged[name].latency = latency
        self.report(1, 1, "benchmark")

    def benchmark(self, judged: Mapping[str, Judged], parent: Path, trained: Path | None) -> None:
        """All candidates, their parent and its two fp32 baselines in the same rounds, with memory and work."""
        self.report(0, 1, "benchmark")
        kept = self.workdir / "benchmark.json"
        if not kept.exists():
            folders = {name: entry.folder for name, entry in judged.items()}
            write_json(kept, measure(Contest(folders, parent, trained, on_progress=self._benchmarked)))
        for name, latency in json.loads(kept.read_text(encoding="utf-8")).items():
            judged[name].latency = latency
        self.report(1, 1, "benchmark")

    def _benchmarked(self, fraction: float) -> None:
        self.report(round(99 * fraction), 100, "benchmark")

    def gate(self, judged: Mapping[str, Judged], pairs: Mapping[str, Sequence[str]], limits: GateLimits) -> None:
        """Each candidate (key of ``pairs``) against the others named, on the same test images."""
        self.report(0, max(1, len(pairs)), "gate")
        for done, (name, parents) in enumerate(pairs.items(), start=1):
            kept = self.workdir / f"gate-{name}.json"
            if not kept.exists():
                decisions = {one: self._decide(judged[one], judged[name], limits) for one in parents}
                write_json(kept, merge_gates(decisions))
            judged[name].gate = json.loads(kept.read_text(encoding="utf-8"))
            self.report(done, len(pairs), "gate")

    def _decide(self, parent: Judged, candidate: Judged, limits: GateLimits) -> GateResult:
        return decide_within(
            parent.contender(),
            candidate.contender(),
            limits,
            task_type=self.snapshot.task_type,
            classes=self.snapshot.classes,
            seed=self.seed,
        )

    def forget(self, *patterns: str) -> None:
        """Drop what was kept under these names, to do it again."""
        for pattern in patterns:
            for path in self.workdir.glob(pattern):
                path.unlink()


def merge_gates(decisions: Mapping[str, GateResult]) -> dict[str, Any] | None:
    """One verdict, the worst; the numbers are those of the first comparison. None without a comparison."""
    if not decisions:
        return None
    first = next(iter(decisions))
    worst = max(decisions.values(), key=lambda one: _ORDER[one.verdict])
    reasons = [f"against {name}: {reason}" for name, one in decisions.items() for reason in one.reasons]
    return {
        **decisions[first].to_json(),
        "verdict": worst.verdict,
        "reasons": reasons,
        "parent": first,
        "comparisons": {name: one.to_json() for name, one in decisions.items()},
    }
