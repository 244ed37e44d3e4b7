"""Every way to quantize one detector, side by side: size, quality on test, latency in two runtimes, the gate's verdict.

    .venv/bin/python benchmarks/quantization.py --data ../shared/data/bccd [--checkpoints DIR]

Trains the student of compression.py (or takes it up from the same DIR), calibrates on its train split, and prints a
table; the last line is JSON. The whole graph in 8 bits is among the rows: it must fail, and the gate must
refuse it, else the exit status is 1. `--quick` (one epoch of a tiny network) shows that everything runs, no more.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import compression.core  # noqa: F401  sets how OpenMP waits before torch is loaded
from benchmarks import nncf_peer
from benchmarks.frozen import data_hash, freeze_folder
from benchmarks.recipes.runner import Runner, Training
from benchmarks.stages import Stages, elapsed_s, say
from compression.core.benchmarking.latency import bytes_to_run, one_picture, summary, take_turns
from compression.core.judging.evaluation import Evaluation, evaluate
from compression.core.judging.gate import decide
from compression.core.model import Model
from compression.core.quantization.activation_ranges import Range
from compression.core.quantization.calibration import calibration_images, observe_parent
from compression.core.quantization.layers import fragile_nodes, head_nodes, named_model
from compression.core.quantization.variant import Variant, write_variant
from compression.core.snapshot import Snapshot
from prelabel.core.artifact import load_artifact
from prelabel.core.runtime import RUNTIMES, open_session

WHOLE = "int8, whole graph"
PARENT = "fp32"
ALLOWED_DROP = 0.02
_SHORT = {"openvino": "OpenVINO", "onnxruntime": "ONNX Runtime"}


@dataclass
class Row:
    """One file and what was found of it; ``found`` and ``times`` by runtime."""

    name: str
    folder: Path
    runtimes: tuple[str, ...] = RUNTIMES
    found: dict[str, Evaluation] = field(default_factory=dict)
    times: dict[str, dict[str, Any]] = field(default_factory=dict)
    gate: dict[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain figures."""
        return {
            "name": self.name,
            "bytes": bytes_to_run(self.folder),
            "metrics": {
                runtime: {key: round(float(one.metrics[key]), 4) for key in ("map50", "map5095")}
                for runtime, one in self.found.items()
            },
            "p20_ms": {runtime: one["p20_ms"] for runtime, one in self.times.items()},
            "gate": self.gate,
        }


def variants(parent: Path) -> dict[str, Variant]:
    """Name in the table → how it is made."""
    model = named_model(load_artifact(parent))
    head, fragile = frozenset(head_nodes(model)), frozenset(fragile_nodes(model))
    return {
        WHOLE: Variant("whole", whole_graph=True),
        "int8, per tensor, minmax": Variant("tensor", per_channel=False),
        "int8, per channel, minmax": Variant("minmax"),
        "int8, per channel, percentile": Variant("percentile", calibration="percentile"),
        "int8, per channel, entropy": Variant("entropy", calibration="entropy"),
        "int8, head in fp32": Variant("head", spared=head),
        "int8 dynamic": Variant("dynamic", "int8_dynamic"),
        "int8 weights": Variant("w8", "w8"),
        "int4 weights, all": Variant("int4", "int4"),
        "int4 weights, fragile ones int8": Variant("mixed", "int4", spared=fragile),
        "int8 weights, 16-bit activations": Variant("w8a16", "w8a16"),
        "fp16": Variant("fp16", "fp16"),
        "bf16 weights": Variant("bf16", "bf16"),
    }


def make_rows(runner: Runner, model: Model, root: Path, epochs: int) -> list[Row]:
    """Every file: the parent, our variants, what the step itself chose, and the peer's."""
    parent = model.artifact
    pictures = calibration_images(runner.snapshot, runner.seed)
    ranges: dict[str, Range] = observe_parent(parent, pictures, 2, every_tensor=True)
    rows = [Row(PARENT, parent)]
    for name, variant in variants(parent).items():
        say(f"{name}: writing")
        rows.append(Row(name, write_variant(parent, root / "variants" / variant.name, variant, ranges)))
    chosen = runner.step("quantize", model, {"scheme": "int4"}, label="int4")
    rows.append(Row("int4 weights, as the scan chose", chosen.artifact))
    tuned = runner.step("quantize", model, {"scheme": "qat", "epochs": epochs}, label="qat")
    rows.append(Row("int8 after QAT", tuned.artifact))
    if not nncf_peer.is_installed():
        say(f"NNCF is not installed, so the peer is left out ({nncf_peer.INSTALL})")
        return rows
    for name, spare in (("NNCF int8, MIXED", False), ("NNCF int8, MIXED, decode spared", True)):
        say(f"{name}: writing")
        folder = root / "variants" / ("nncf-spared" if spare else "nncf")
        rows.append(Row(name, nncf_peer.quantize_by_nncf(parent, folder, pictures, spare_decode=spare), ("openvino",)))
    return rows


def judge(rows: Sequence[Row], snapshot: Snapshot) -> None:
    """Quality on test in each runtime, and the gate: every file against the parent in the same runtime."""
    for row in rows:
        for runtime in row.runtimes:
            row.found[runtime] = evaluate(
                row.folder, snapshot.items["test"], snapshot.classes, snapshot.task_type, runtime=runtime, threads=2
            )
        say(f"{row.name}: judged")
    for row in rows[1:]:
        runtime = row.runtimes[-1]
        decided = decide(
            rows[0].found[runtime].images,
            row.found[runtime].images,
            task_type=snapshot.task_type,
            allowed_drop=ALLOWED_DROP,
        )
        row.gate = decided.to_json() | {"runtime": runtime}


def time_all(rows: Sequence[Row], rounds: int) -> None:
    """One thread, one picture, all files and runtimes in turns."""
    runs: dict[str, tuple[Callable[..., Any], Any]] = {}
    places: dict[str, tuple[Row, str]] = {}
    for row in rows:
        artifact = load_artifact(row.folder)
        for runtime in row.runtimes:
            session = open_session(artifact.model_path, runtime=runtime, threads=1)
            key = f"{row.name} {runtime}"
            runs[key], places[key] = (session.run, one_picture(artifact)), (row, runtime)
    for key, values in take_turns(runs, rounds, budget_s=600.0).items():
        row, runtime = places[key]
        row.times[runtime] = summary(values, 1)


def table(rows: Sequence[Row]) -> str:
    """Markdown: quality by ONNX Runtime, where it runs the file, else by OpenVINO."""
    head = "| variant | MB | mAP50 | mAP50-95 | by | p20 ms ONNX Runtime | p20 ms OpenVINO | gate |"
    lines = [head, "| --- | --- | --- | --- | --- | --- | --- | --- |"]
    for row in rows:
        runtime = row.runtimes[-1]
        metrics = row.found[runtime].metrics
        times = [f"{row.times[one]['p20_ms']:.1f}" if one in row.times else "" for one in ("onnxruntime", "openvino")]
        lines.append(
            f"| {row.name} | {bytes_to_run(row.folder) / 1e6:.2f} | {metrics['map50']:.4f} | {metrics['map5095']:.4f} "
            f"| {_SHORT[runtime]} | {times[0]} | {times[1]} | {row.gate['verdict'] if row.gate else ''} |"
        )
    return "\n".join(lines)


def whole_graph_is_refused(rows: Sequence[Row]) -> bool:
    """The ruinous variant lost most of what its parent finds, and the gate said no."""
    whole = next(row for row in rows if row.name == WHOLE)
    assert whole.gate is not None
    ruined = whole.gate["candidate_value"] < 0.5 * whole.gate["parent_value"]
    return bool(ruined and whole.gate["verdict"] == "refuse")


def smaller(snapshot: Snapshot, most: Mapping[str, int]) -> Snapshot:
    """The first pictures of each split."""
    return replace(snapshot, items={split: items[: most[split]] for split, items in snapshot.items.items()})


def report(options: argparse.Namespace, root: Path) -> dict[str, Any]:
    """Train or take up, write, judge, time."""
    whole = freeze_folder(options.data, root / "snapshot", "object_detection")
    snapshot = smaller(whole, {"train": 16, "val": 6, "test": 6}) if options.quick else whole
    stages = Stages(root, data_hash(whole) + (" quick" if options.quick else ""))
    training = Training(options.size, settings={"lr0": 0.002})
    runner = Runner(snapshot, stages, training, "map5095", 0, options.device)
    model = runner.train("student", options.arch, options.epochs)
    rows = make_rows(runner, model, root, options.qat_epochs)
    say("Judging on test")
    judge(rows, snapshot)
    say("Timing")
    time_all(rows, options.rounds)
    print(table(rows), flush=True)
    busy = max(one["p50_ms"] / one["p20_ms"] for row in rows for one in row.times.values())
    return {
        "rows": [row.to_json() for row in rows],
        "whole_graph_refused": whole_graph_is_refused(rows),
        "arch": options.arch,
        "image_size": options.size,
        "epochs": options.epochs,
        "images": snapshot.counts(),
        "device": rows[0].times["onnxruntime"]["device"],
        "contention": round(busy, 2),
        "reused": stages.reused,
        "quick": options.quick,
        "seconds": elapsed_s(),
    }


def main() -> int:
    """Run, print, and fail where the gate let the ruined model pass."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="winnow-quantization-") as scratch:
        found = report(options, options.checkpoints or Path(scratch))
    print(json.dumps(found))
    return 0 if found["whole_graph_refused"] or options.quick else 1  # one epoch finds nothing that could be ruined


def _options() -> argparse.Namespace:
    default = Path(__file__).resolve().parents[2] / "shared" / "data" / "bccd"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=default, help="a labelled folder with train, val and test splits")
    parser.add_argument("--checkpoints", type=Path, help="folder in which stages are kept and taken up again")
    parser.add_argument("--arch", help="default yolo11n")
    parser.add_argument("--size", type=int, help="long side in pixels, default 256")
    parser.add_argument("--epochs", type=int, help="default 45")
    parser.add_argument("--qat-epochs", type=int, help="default 5")
    parser.add_argument("--rounds", type=int, help="of the latency, default 40")
    parser.add_argument("--device", default="cpu", help="cpu, cuda:0 … for the training")
    parser.add_argument("--quick", action="store_true", help="a tiny network, one epoch, few pictures")
    options = parser.parse_args()
    defaults = ("yolo11t", 96, 1, 1, 10) if options.quick else ("yolo11n", 256, 45, 5, 40)
    for name, value in zip(("arch", "size", "epochs", "qat_epochs", "rounds"), defaults, strict=True):
        if getattr(options, name) is None:
            setattr(options, name, value)
    return options


if __name__ == "__main__":
    sys.exit(main())
