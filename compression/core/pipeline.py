"""From frozen data to judged artifacts, one stage after the other, each leaving files that a next try takes up.

Knows nothing of databases: the job hands in folders and takes out what was measured.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from compression.core.average_precision import ImageResult
from compression.core.benchmark import bytes_to_run, compare_latency
from compression.core.checkpoint import write_json
from compression.core.evaluation import evaluate
from compression.core.gate import GateResult, decide
from compression.core.model import Model
from compression.core.snapshot import Snapshot
from compression.core.step import StepContext
from compression.core.steps import load_step
from compression.core.trainer import Trained, TrainRequest
from compression.core.trainers import load_trainer, trainer_for_arch

Report = Callable[[int, int, str], None]  # done, total, stage; may raise RunCancelled
_ORDER = {"pass": 0, "inconclusive": 1, "refuse": 2}


@dataclass
class Judged:
    """What the pipeline found of one artifact."""

    folder: Path
    size_bytes: int = 0
    latency: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, dict[str, Any]] = field(default_factory=dict)  # split →
    images: dict[str, list[ImageResult]] = field(default_factory=dict)  # split →
    gate: dict[str, Any] | None = None


class Pipeline:
    """One run's stages over one work folder; calling a stage again returns what it left."""

    def __init__(self, snapshot: Snapshot, workdir: Path, report: Report, *, allowed_drop: float = 0.02) -> None:
        self.snapshot, self.workdir, self.report = snapshot, workdir, report
        self.allowed_drop = allowed_drop
        self.artifacts = workdir / "artifacts"

    def train(self, request: TrainRequest) -> Trained:
        """Train, or go on."""
        return load_trainer(trainer_for_arch(request.arch)).train(request)

    def export(self, arch: str, trained: Trained, name: str) -> Path:
        """The fp32 artifact folder; ``name`` goes into its manifest."""
        self.report(0, 1, "export")
        folder = self.artifacts / "fp32"
        if not (folder / "manifest.json").exists():
            load_trainer(trainer_for_arch(arch)).export(trained, folder)
            _rename(folder, name)
        self.report(1, 1, "export")
        return folder

    def quantize(self, parent: Path, seed: int) -> tuple[Path, list[dict[str, Any]]]:
        """The int8 artifact folder and the variants tried on val."""
        context = StepContext(
            snapshot=self.snapshot,
            out=self.artifacts / "int8",
            allowed_drop=self.allowed_drop,
            seed=seed,
            threads=1,
            on_progress=lambda done: self.report(round(100 * done), 100, "quantize"),
        )
        result = load_step("int8_static").apply(Model(artifact=parent), context)
        return result.artifact, list(result.history[-1]["tried"])

    def judge(self, folders: Mapping[str, Path], splits: Mapping[str, tuple[str, ...]]) -> dict[str, Judged]:
        """Evaluate each artifact on its splits."""
        judged = {name: Judged(folder, bytes_to_run(folder)) for name, folder in folders.items()}
        total = sum(len(self.snapshot.items[split]) for name in folders for split in splits[name])
        before = 0
        for name, entry in judged.items():
            for split in splits[name]:
                self._evaluate(name, entry, split, before, total)
                before += len(self.snapshot.items[split])
        return judged

    def _evaluate(self, name: str, entry: Judged, split: str, before: int, total: int) -> None:
        kept = self.workdir / f"evaluation-{name}-{split}.json"
        if not kept.exists():
            found = evaluate(
                entry.folder,
                self.snapshot.items[split],
                self.snapshot.classes,
                self.snapshot.task_type,
                on_item=lambda done, _: self.report(before + done, total, "evaluate"),
            )
            write_json(kept, {"metrics": found.metrics, "images": [image.to_json() for image in found.images]})
        stored = json.loads(kept.read_text(encoding="utf-8"))
        entry.metrics[split] = stored["metrics"]
        entry.images[split] = [ImageResult.from_json(image) for image in stored["images"]]

    def benchmark(self, judged: Mapping[str, Judged]) -> None:
        """Latency of all artifacts side by side in one go."""
        self.report(0, 1, "benchmark")
        kept = self.workdir / "latency.json"
        if not kept.exists():
            write_json(kept, compare_latency({name: entry.folder for name, entry in judged.items()}))
        for name, latency in json.loads(kept.read_text(encoding="utf-8")).items():
            judged[name].latency = latency
        self.report(1, 1, "benchmark")

    def gate(self, judged: Mapping[str, Judged], seed: int) -> None:
        """Int8 against its fp32 parent, and every candidate against what is deployed, on the same test images."""
        self.report(0, 1, "gate")
        deployed = judged.get("deployed")
        for name in ("fp32", "int8"):
            decisions: dict[str, GateResult] = {}
            if name == "int8":
                decisions["fp32"] = self._decide(judged["fp32"], judged[name], seed)
            if deployed is not None:
                decisions["deployed"] = self._decide(deployed, judged[name], seed)
            judged[name].gate = merge_gates(decisions)
        self.report(1, 1, "gate")

    def _decide(self, parent: Judged, candidate: Judged, seed: int) -> GateResult:
        return decide(
            parent.images["test"],
            candidate.images["test"],
            task_type=self.snapshot.task_type,
            allowed_drop=self.allowed_drop,
            seed=seed,
        )


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


def _rename(folder: Path, name: str) -> None:
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    write_json(path, {**manifest, "name": name})
