"""Gathers what a model card says of a variant."""

from __future__ import annotations

import math
from typing import Any

from annotator.core.errors import NotFound
from compression.models import EvaluationReport, LatencyMeasurement
from compression.selectors.reports import class_scores
from prelabel.core.bundle.card import CardFacts, Metric
from prelabel.models import ModelVariant, ModelVersion

_MOST_ANCESTORS = 20


def variant_for_target(variant: ModelVariant, target: str | None) -> ModelVariant:
    """The variant itself, or the export of its version in another format. Raises NotFound where there is none yet."""
    if not target or target == variant.format:
        return variant
    rows = ModelVariant.objects.select_related("version").filter(version=variant.version, format=target)
    same = rows.filter(precision=variant.precision).first() or rows.order_by("-id").first()
    if same is None:
        raise NotFound(f"this model was not exported to {target} yet; export it first", target=target)
    found: ModelVariant = same
    return found


def card_facts(variant: ModelVariant) -> CardFacts:
    """Data, metrics with intervals, latency per device, lineage and steps. An export shares its parent's reports."""
    version = variant.version
    judged, per_class = _metrics(variant)
    data = version.dataset_version
    steps = (version.record or {}).get("steps") or ()
    return CardFacts(
        version=str(version),
        created=f"{version.created_at:%Y-%m-%d}",
        data={"number": data.number, "counts": _counts(data.counts)} if data else {},
        metrics=judged,
        per_class=per_class,
        latencies=_latencies(variant),
        lineage=_lineage(version),
        steps=[_step(one) for one in steps if isinstance(one, dict)],
        gate=variant.gate,
    )


def _counts(counts: dict[str, Any]) -> dict[str, int]:
    return {split: counts[split] for split in ("train", "val", "test") if isinstance(counts.get(split), int)}


def _metrics(variant: ModelVariant) -> tuple[list[Metric], dict[str, float]]:
    """Of the newest report per split; the scores per class are those of test."""
    reports = {one.split: one for one in EvaluationReport.objects.filter(variant=variant).order_by("id")}
    found: list[Metric] = []
    per_class: dict[str, float] = {}
    for split in ("test", "val"):
        report = reports.get(split)
        if report is None:
            continue
        for name, value in report.metrics.items():
            if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
                low, high = (report.intervals or {}).get(name) or (None, None)
                found.append(Metric(split, name, float(value), low, high))
        if split == "test":
            per_class = class_scores(report, variant)
    return found, per_class


def _latencies(variant: ModelVariant) -> list[dict[str, Any]]:
    rows = LatencyMeasurement.objects.filter(variant=variant).select_related("device").order_by("device__name")
    found = [
        {
            "device": f"{one.device.name} ({one.device.cpu}, {one.device.cores} cores)",
            "runtime": one.runtime,
            "threads": one.threads,
            "p20_ms": one.p20_ms,
            "p50_ms": one.p50_ms,
            "p95_ms": one.p95_ms,
        }
        for one in rows
    ]
    return found or ([dict(variant.latency)] if variant.latency else [])


def _lineage(version: ModelVersion) -> list[str]:
    names: list[str] = []
    current: ModelVersion | None = version
    while current is not None and len(names) < _MOST_ANCESTORS:
        names.insert(0, f"{current} ({current.arch})")
        current = current.parent
    return names


def _step(entry: dict[str, Any]) -> str:
    options = ", ".join(f"{key} {value}" for key, value in (entry.get("options") or {}).items())
    return f"{entry.get('step', 'step')}" + (f" ({options})" if options else "")
