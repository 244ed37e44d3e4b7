"""The points of the plot of size or latency against accuracy: one evaluation set and one device, never mixed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from annotator.models import Project
from compression.core.planning.front import front
from compression.models import CompressionTrial, DeviceProfile, EvaluationReport, LatencyMeasurement
from compression.selectors.queues import device_rows
from prelabel.core.metrics import metric_for
from prelabel.models import ModelVariant
from prelabel.selectors.registry import active_deployment

# What a step made of the model, in the order in which it names the point.
_KINDS = {"prune": "pruned", "distil": "distilled", "resolution": "smaller_input", "architecture": "architecture"}
MOST_POINTS = 400


def pareto(project: Project, *, dataset_version_id: int | None, device_id: int | None) -> dict[str, Any]:
    """All variants of the project's latest models, measured on one dataset version's test split and one device.

    Without a choice: the version with the newest report, and the device that measured most recently.
    """
    variants = list(
        ModelVariant.objects.filter(version__project=project)
        .select_related("version")
        .order_by("-version__number", "id")[:MOST_POINTS]
    )
    reports = _reports(variants)
    versions = {one.dataset_version_id: one.dataset_version.number for one in reports}
    chosen = dataset_version_id or (reports[0].dataset_version_id if reports else None)
    device = device_id or _latest_device(variants)
    latencies = {one.variant_id: one for one in _measured(variants, device)}
    trials = dict(
        CompressionTrial.objects.filter(variant__in=variants).order_by("number").values_list("variant_id", "pk")
    )
    active = active_deployment(project.pk)
    metric = metric_for(project.task_type).main
    shown = [(variant, _report_for(variant, reports, chosen)) for variant in variants]
    points = [_point(variant, report, chosen, metric) for variant, report in shown]
    for point, variant in zip(points, variants, strict=True):
        point["latency"] = _latency(variant, latencies.get(variant.pk), device)
        point["trial_id"] = trials.get(variant.pk)
        point["deployed"] = active is not None and active.variant_id == variant.pk
    _mark_front(points)
    return {
        "dataset_versions": [{"id": pk, "number": number} for pk, number in sorted(versions.items(), reverse=True)],
        "dataset_version_id": chosen,
        "devices": device_rows(),
        "device_id": device,
        "metric": metric,
        "points": points,
    }


def _reports(variants: Sequence[ModelVariant]) -> list[EvaluationReport]:
    rows = EvaluationReport.objects.filter(variant__in=variants, split="test").select_related("dataset_version")
    return list(rows.order_by("-created_at", "-id"))


def _report_for(
    variant: ModelVariant, reports: Sequence[EvaluationReport], chosen: int | None
) -> EvaluationReport | None:
    own = [one for one in reports if one.variant_id == variant.pk]
    return next((one for one in own if one.dataset_version_id == chosen), own[0] if own else None)


def _latest_device(variants: Sequence[ModelVariant]) -> int | None:
    last = LatencyMeasurement.objects.filter(variant__in=variants).order_by("-measured_at").first()
    if last is not None:
        return last.device_id
    return DeviceProfile.objects.order_by("-last_seen").values_list("pk", flat=True).first()


def _measured(variants: Sequence[ModelVariant], device: int | None) -> list[LatencyMeasurement]:
    return list(LatencyMeasurement.objects.filter(variant__in=variants, device_id=device)) if device else []


def _point(variant: ModelVariant, report: EvaluationReport | None, chosen: int | None, metric: str) -> dict[str, Any]:
    version = variant.version
    low, high = ((report.intervals or {}).get(metric) if report else None) or (None, None)
    record = version.record or {}
    return {
        "variant_id": variant.pk,
        "version_id": version.pk,
        "number": version.number,
        "label": f"{version} {variant.format} {variant.precision}",
        "kind": kind_of(record.get("steps") or (), variant.precision),
        "family": version.arch,
        "precision": variant.precision,
        "metric": report.metrics.get(metric) if report else None,
        "low": low,
        "high": high,
        "size_bytes": variant.size_bytes,
        "macs": record.get("macs"),
        "params": record.get("params"),
        "stale": report is not None and report.dataset_version_id != chosen,
    }


def kind_of(steps: Sequence[Any], precision: str) -> str:
    """One word for what was done to a model: the last step that changed its weights, else the precision."""
    made = [_KINDS[one["step"]] for one in steps if one.get("step") in _KINDS]
    if made:
        return str(made[-1])
    return "base" if precision == "fp32" else "quantized"


def _latency(variant: ModelVariant, measured: LatencyMeasurement | None, device: int | None) -> dict[str, Any] | None:
    if measured is not None:
        return {
            "p20_ms": measured.p20_ms, "p50_ms": measured.p50_ms, "p95_ms": measured.p95_ms,
            "runtime": measured.runtime, "threads": measured.threads,
        }  # fmt: skip
    # A figure of a run that knew no device is shown only where no device is chosen.
    return variant.latency or None if device is None else None


def _mark_front(points: list[dict[str, Any]]) -> None:
    """``on_front`` for the two plots; what is stale or was not measured cannot be on one."""
    for point in points:
        point["on_front"] = {"size": False, "latency": False}
    fresh = [one for one in points if one["metric"] is not None and not one["stale"]]
    sized = [one for one in fresh if one["size_bytes"]]
    timed = [one for one in fresh if one["latency"] and one["latency"].get("p20_ms")]
    sizes = [(float(one["size_bytes"]), -float(one["metric"])) for one in sized]
    times = [(float(one["latency"]["p20_ms"]), -float(one["metric"])) for one in timed]
    for name, group, costs in (("size", sized, sizes), ("latency", timed, times)):
        for one, best in zip(group, front(costs), strict=True):
            one["on_front"][name] = best
