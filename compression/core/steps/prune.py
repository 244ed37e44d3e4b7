"""Pruning: whole channels (structured) or single weights (unstructured), in rounds with a fine-tuning after each."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from annotator.core.errors import RunFailed
from compression.core.json_files import write_json
from compression.core.model import Model, load_model
from compression.core.pruning.sensitivity import Scan, amounts_around, scan_layers, shares_by_size, shares_from
from compression.core.pruning.structured import (
    Cluster,
    cost_of,
    cut_folder,
    global_shares,
    plan_cut,
    save_whole,
    trainer_of,
    uniform_shares,
    widths_after,
    widths_on_the_way,
)
from compression.core.pruning.unstructured import prunable_weights, share_of_zeros, storage_report, zero_weights
from compression.core.rebuild import rebuild
from compression.core.step import StepContext
from compression.core.steps import check_options
from compression.core.training.fine_tune import Lesson, learn, teacher_from, weights_of
from prelabel.core.artifact import load_artifact

_BY_SCAN = {"sensitivity": shares_from, "size": shares_by_size}  # scope → how a scan's rows become shares
_SCANNED, _TAUGHT = 0.2, 0.9  # of the progress


class Prune:
    """Cut, fine-tune, again if asked, then rebuild."""

    slug = "prune"

    def apply(self, model: Model, context: StepContext) -> Model:
        """The pruned model. Raises RunFailed: no_weights, no_channels, nothing_to_prune."""
        kept = load_model(context.out)
        if kept is not None:
            return kept
        started = time.monotonic()
        start = weights_of(model, self.slug)
        context = replace(context, options=check_options(self.slug, context.options))
        work: _Method = _METHODS[context.options["method"]](start, context)
        trained, rounds = _rounds(work, start, context)
        entry = {
            "step": self.slug,
            "options": dict(context.options),
            "before": cost_of(start),
            "after": cost_of(trained),
            "rounds": rounds,
            **work.told(trained),
            "seconds": round(time.monotonic() - started, 1),
        }
        return rebuild(trained, model, context, entry, work.measure)


class _Method(Protocol):
    """What the two ways of pruning do differently."""

    def cut(self, start: Path, out: Path, done: float) -> Path:
        """A trained folder ``out``: the network of ``start``, cut so far that ``done`` (0..1) of the amount is gone."""
        ...

    def checked(self, cut: Path, trained: Path, out: Path) -> Path:
        """``trained``, or a folder ``out`` in which it has not grown back what ``cut`` had lost."""
        ...

    def told(self, trained: Path) -> dict[str, Any]:
        """For the history."""
        ...

    def measure(self, artifact: Path) -> dict[str, Any]:
        """For the history, of the artifact in its last precision."""
        ...


def _rounds(work: _Method, start: Path, context: StepContext) -> tuple[Path, list[dict[str, Any]]]:
    """Cut and fine-tune as often as asked; the last trained folder and what each round told."""
    options, told = context.options, []
    teacher = teacher_from(options, context.teacher, start) if options["distil"] else None
    count = int(options["iterations"])
    first = _SCANNED if options["scope"] in _BY_SCAN and options["method"] == "structured" else 0.0
    trained = start
    for number in range(1, count + 1):
        folder = context.out / f"round-{number}"
        cut = work.cut(trained, folder / "cut", number / count)
        low, high = (first + (_TAUGHT - first) * done / count for done in (number - 1, number))
        lesson = Lesson(cut, int(options["epochs"]), options["lr"], options["minutes"], teacher)
        trained, row = learn(lesson, context, folder / "fine-tune", (low, high))
        told.append({"round": number, **row})
        context.log(f"prune: round {number} of {count} done")
    return work.checked(cut, trained, context.out / "held"), told


@dataclass(frozen=True)
class _Plan:
    """Channels of each cluster before and after, and the scan that decided, if one did."""

    before: Mapping[str, int]
    after: Mapping[str, int]
    scan: Sequence[Mapping[str, Any]] = ()


class _Structured:
    """Whole channels; the widths to end at are decided once, before the first cut."""

    def __init__(self, start: Path, context: StepContext) -> None:
        self.context, self.options = context, context.options
        self.plan = self._planned(start)

    def cut(self, start: Path, out: Path, done: float) -> Path:
        """``start`` with narrower layers."""
        widths = widths_on_the_way(self.plan.before, self.plan.after, done, int(self.options["round_to"]))
        return cut_folder(start, out, self.context, str(self.options["importance"]), widths)

    def checked(self, cut: Path, trained: Path, out: Path) -> Path:
        """Nothing to check: what was removed cannot come back."""
        return trained

    def told(self, trained: Path) -> dict[str, Any]:
        """Channels of each cluster [before, after], and the scan."""
        widths = {name: [width, self.plan.after[name]] for name, width in self.plan.before.items()}
        return {"channels": widths, **({"sensitivity": list(self.plan.scan)} if self.plan.scan else {})}

    def measure(self, artifact: Path) -> dict[str, Any]:
        """Nothing more: the file is as small as it says."""
        return {}

    def _planned(self, start: Path) -> _Plan:
        path = self.context.out / "plan.json"
        if not path.exists():
            self.context.out.mkdir(parents=True, exist_ok=True)
            write_json(path, vars(self._decided(start)))
        return _Plan(**json.loads(path.read_text(encoding="utf-8")))

    def _decided(self, start: Path) -> _Plan:
        scope, amount = str(self.options["scope"]), float(self.options["amount"])
        scan = self._scanned(start) if scope in _BY_SCAN else []

        def choose(clusters: Sequence[Cluster]) -> Mapping[str, float]:
            if scope == "global":
                return global_shares(clusters, amount)
            return _BY_SCAN[scope](scan, clusters, amount) if scan else uniform_shares(clusters, amount)

        before, shares = plan_cut(start, self.context, str(self.options["importance"]), choose)
        after = widths_after(before, shares, int(self.options["round_to"]))
        if before == after:
            raise RunFailed(
                f"Removing {amount:.0%} of the channels removes none: no layer is wide enough to lose "
                f"{self.options['round_to']} at once. Choose a larger amount or round to fewer channels.",
                code="nothing_to_prune",
            )
        return _Plan(before, after, scan)

    def _scanned(self, start: Path) -> list[dict[str, Any]]:
        context, options = self.context, self.options
        scan = Scan(
            trained=start,
            amounts=amounts_around(float(options["amount"])),
            minutes=float(options["scan_minutes"]),
            round_to=int(options["round_to"]),
        )
        report = replace(context, on_progress=lambda done: context.on_progress(_SCANNED * done))
        return scan_layers(scan, report, context.out / "scan")


class _Unstructured:
    """Single weights; rounds zero more and more of them, and training never wakes one again."""

    def __init__(self, start: Path, context: StepContext) -> None:
        self.amount = float(context.options["amount"])

    def cut(self, start: Path, out: Path, done: float) -> Path:
        """``start`` with more zeros."""
        if not out.exists():
            network, architecture = trainer_of(start).load(start)
            zero_weights(network, self.amount * done)
            save_whole(network, architecture, start, out)
        return out

    def checked(self, cut: Path, trained: Path, out: Path) -> Path:
        """``trained`` with the zeros of ``cut``; only trainings in processes of their own can have lost some."""
        if out.exists():
            return out
        network, architecture = trainer_of(trained).load(trained)
        masks = {name: weight != 0 for name, weight in prunable_weights(trainer_of(cut).load(cut)[0]).items()}
        weights = prunable_weights(network)
        if not any(bool((weight[~masks[name]] != 0).any()) for name, weight in weights.items()):
            return trained
        for name, weight in weights.items():
            weight.data.mul_(masks[name])
        save_whole(network, architecture, trained, out)
        return out

    def told(self, trained: Path) -> dict[str, Any]:
        """The share of zeros, 0..1."""
        network, _ = trainer_of(trained).load(trained)
        return {"sparsity": round(share_of_zeros(prunable_weights(network)), 4)}

    def measure(self, artifact: Path) -> dict[str, Any]:
        """Bytes as the file is, zipped, and in sparse storage."""
        return {"storage": storage_report(load_artifact(artifact).model_path)}


_METHODS: dict[str, Callable[[Path, StepContext], _Method]] = {
    "structured": _Structured,
    "unstructured": _Unstructured,
}
