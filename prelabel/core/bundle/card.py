"""The model card: what it was made of, how good it is, how fast on which device, under which licence, and its limits.

Source of the headings: Mitchell et al. 2019, "Model Cards for Model Reporting".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from prelabel.core.artifact import Manifest


@dataclass(frozen=True)
class Metric:
    """One number of a report; ``low`` and ``high`` are its 95 % interval, None where it was not computed."""

    split: str
    name: str
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class CardFacts:
    """What is known of a variant beside its manifest."""

    version: str  # "road v3"
    created: str = ""  # ISO date
    data: Mapping[str, Any] = field(default_factory=dict)  # {"number", "counts": {split: n}}
    metrics: Sequence[Metric] = ()
    per_class: Mapping[str, float] = field(default_factory=dict)
    latencies: Sequence[Mapping[str, Any]] = ()  # {"device", "runtime", "threads", "p20_ms", "p50_ms", "p95_ms"}
    lineage: Sequence[str] = ()  # from the oldest ancestor to this version
    steps: Sequence[str] = ()  # what was done to it, in order
    gate: Mapping[str, Any] | None = None


def model_card(manifest: Manifest, facts: CardFacts) -> str:
    """Markdown; what was not measured is said to be so, never left out."""
    sections = [
        [f"# Model card: {facts.version}, {manifest.target} {manifest.precision}"],
        _what(manifest, facts),
        ["## Data", "", *_data(facts)],
        ["## How good it is", "", *_metrics(facts)],
        ["## How fast it is", "", *_latency(facts)],
        ["## This file", "", *_file(manifest)],
        ["## Where it comes from", "", *_lineage(facts)],
        ["## Limits", "", *_limits(manifest, facts)],
        ["## Licence", "", manifest.licence or "Not stated by whoever made it; ask before you pass it on."],
    ]
    return "\n\n".join("\n".join(section) for section in sections) + "\n"


def _what(manifest: Manifest, facts: CardFacts) -> list[str]:
    size = manifest.input
    made = f" Made {facts.created}." if facts.created else ""
    return [
        f"{manifest.task_type.replace('_', ' ').capitalize()} with {manifest.arch or manifest.predictor}; input "
        f"{size.width} × {size.height}. Classes: {', '.join(manifest.classes)}.{made}"
    ]


def _data(facts: CardFacts) -> list[str]:
    if not facts.data:
        return ["Not known: the model came as a file."]
    counts = ", ".join(f"{count} {split}" for split, count in facts.data.get("counts", {}).items())
    return [f"Dataset version {facts.data.get('number')}, reviewed by people: {counts} images. Splits are by image."]


def _metrics(facts: CardFacts) -> list[str]:
    if not facts.metrics:
        return ["Not measured."]
    rows = ["| split | metric | value | 95 % interval |", "| --- | --- | --- | --- |"]
    for one in facts.metrics:
        known = one.low is not None and one.high is not None
        rows.append(
            f"| {one.split} | {one.name} | {one.value:.4f} | "
            + (f"{one.low:.4f} to {one.high:.4f} |" if known else "not computed |")
        )
    if facts.per_class:
        rows += [
            "",
            "Per class on test: " + ", ".join(f"{name} {value:.3f}" for name, value in facts.per_class.items()),
        ]
    if facts.gate:
        reasons = " ".join(str(reason) for reason in facts.gate.get("reasons", ()))
        rows += ["", f"Gate against its predecessor: {facts.gate.get('verdict', 'not asked')}. {reasons}".rstrip()]
    return rows


def _latency(facts: CardFacts) -> list[str]:
    if not facts.latencies:
        return ["Not measured on any device."]
    rows = ["One picture at a time.", "", "| device | runtime | threads | p20 | p50 | p95 |", "| --- " * 6 + "|"]
    for one in facts.latencies:
        times = " | ".join(f"{one[key]:.1f} ms" if one.get(key) else "–" for key in ("p20_ms", "p50_ms", "p95_ms"))
        rows.append(f"| {one.get('device', '?')} | {one.get('runtime', '?')} | {one.get('threads', 1)} | {times} |")
    return rows


def _file(manifest: Manifest) -> list[str]:
    lines = [f"{manifest.size_bytes:,} bytes, {manifest.precision}, for {manifest.target}."]
    parity = manifest.export.get("parity")
    if parity:
        lines.append(
            f"Compared with its parent on {parity['pictures']} real pictures: {100 * parity['agreement']:.1f} % of the "
            f"answers agree; raw outputs differ by {parity['max_abs']:.3g} at most."
        )
    graph = manifest.export.get("graph")
    if graph:
        lines.append(
            f"Graph: {graph['nodes_before']} nodes before fusion and simplification, {graph['nodes_after']} after."
        )
    return lines + [f"Note: {note}." for note in manifest.export.get("notes", ())]


def _lineage(facts: CardFacts) -> list[str]:
    if not facts.lineage and not facts.steps:
        return ["Not known."]
    lines = [" → ".join(facts.lineage)] if facts.lineage else []
    return lines + [f"{number}. {step}" for number, step in enumerate(facts.steps, start=1)]


def _limits(manifest: Manifest, facts: CardFacts) -> list[str]:
    lines = [
        "- It knows the classes above and nothing else; what looks like none of them may still be given one.",
        "- Its scores hold for pictures like those of its training: other cameras, weather or places lower them.",
        "- People should review what it says wherever a mistake can hurt somebody.",
    ]
    if manifest.precision not in ("fp32", "fp16", "bf16"):
        lines.append("- Quantized: rare and small objects are the first to suffer. Compare the fp32 variant on them.")
    few = facts.data.get("counts", {}).get("test") if facts.data else None
    if few is not None and few < 100:
        lines.append(f"- Judged on {few} test images only: differences of a point or two are noise.")
    return lines
