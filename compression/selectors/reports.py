"""Reads of evaluation reports: the list, one variant's page, and two variants on the same images. SQL and JSON only."""

from __future__ import annotations

import json
from typing import Any

from django.db.models import QuerySet

from annotator import storage
from annotator.core.errors import Conflict, NotFound
from annotator.models import Item
from compression.core.judging.comparison import (
    ALLOWED_DROP,
    Compared,
    class_deltas,
    compare_influences,
    judge_drop,
    mcnemar,
)
from compression.models import EvaluationReport
from prelabel.core.metrics import metric_for
from prelabel.models import ModelVariant

MOST_LISTED = 200
MOST_CHANGED = 50


def report_list(project_id: int) -> list[dict[str, Any]]:
    """The newest reports of a project."""
    rows = EvaluationReport.objects.filter(variant__version__project_id=project_id).order_by("-id")
    fields = ("id", "variant_id", "dataset_version_id", "split", "metrics", "intervals", "created_at")
    return list(rows.values(*fields)[:MOST_LISTED])


def report_page(variant: ModelVariant, split: str) -> dict[str, Any]:
    """Everything known of a variant on a split of the newest dataset version it was judged on. Raises NotFound."""
    report = _reports(variant, split).first()
    if report is None:
        raise NotFound(f"this variant was not evaluated on {split}")
    details = _details(report)
    worst = details.get("worst", [])
    names = dict(Item.objects.filter(pk__in=[row["item_id"] for row in worst]).values_list("pk", "name"))
    return {
        "variant_id": variant.pk,
        "split": split,
        "metric": main_metric(variant),
        "metrics": _named(report, details, variant),
        "intervals": report.intervals,
        "curves": details.get("curves", {"pr": [], "reliability": [], "confusion": None}),
        "worst": [{**row, "name": names.get(row["item_id"], "")} for row in worst],
        "dataset_version": {"id": report.dataset_version_id, "number": report.dataset_version.number},
        "images": len(details.get("item_ids", [])),
        "calibration": variant.calibration,
        "run_id": report.run_id,
        "created_at": report.created_at,
    }


def compare_variants(candidate: ModelVariant, reference: ModelVariant, split: str = "test") -> dict[str, Any]:
    """``candidate`` (a) against ``reference`` (b) on the newest dataset version on which both were judged.

    ``drop`` relative to b, positive = a is worse; ``delta`` = a - b. Where the gate compared this very pair, its
    bootstrap stands (``method`` bootstrap), else the images' stored influences are used (jackknife).
    Raises NotFound where one was never judged, Conflict ``not_comparable`` where both never saw the same version.
    """
    first, second = _common_reports(candidate, reference, split)
    details = [_details(report) for report in (first, second)]
    metric = main_metric(candidate)
    a, b = (_number(report.metrics.get(metric)) for report in (first, second))
    compared = _compared(details, metric, a, b)
    stated = _stated_by_gate(candidate, reference, a, b) if split == "test" else None
    item_ids = details[0].get("item_ids", [])
    return {
        "metric": metric,
        "split": split,
        "dataset_version": {"id": first.dataset_version_id, "number": first.dataset_version.number},
        "images": len(item_ids),
        "a": a,
        "b": b,
        **(stated or _stated(compared)),
        "mcnemar": _mcnemar(details),
        "per_class": _class_rows((first, second), details, (candidate, reference), metric),
        "changed": _changed(item_ids, compared.deltas if compared else ()),
    }


def class_scores(report: EvaluationReport, variant: ModelVariant) -> dict[str, float]:
    """Class name → the metric by which it is compared, of the classes that occur in the split."""
    key = _class_key(main_metric(variant))
    rows = _per_class(report, _details(report), variant)
    return {row["name"]: float(row[key]) for row in rows if row["n"] and _number(row.get(key)) is not None}


def main_metric(variant: ModelVariant) -> str:
    """The metric by which models of this task type are compared."""
    return metric_for(variant.manifest["task_type"]).main


def _reports(variant: ModelVariant, split: str) -> QuerySet[EvaluationReport]:
    rows = EvaluationReport.objects.filter(variant=variant, split=split).select_related("dataset_version")
    return rows.order_by("-dataset_version__number", "-id")


def _common_reports(
    candidate: ModelVariant, reference: ModelVariant, split: str
) -> tuple[EvaluationReport, EvaluationReport]:
    mine, others = list(_reports(candidate, split)), {row.dataset_version_id: row for row in _reports(reference, split)}
    if not mine or not others:
        which = candidate if not mine else reference
        raise NotFound(f"variant {which.pk} was not evaluated on {split}", variant_id=which.pk)
    for report in mine:
        if report.dataset_version_id in others:
            return report, others[report.dataset_version_id]
    raise Conflict(
        "these variants were evaluated on different dataset versions; evaluate both on the same one",
        code="not_comparable",
    )


def _details(report: EvaluationReport) -> dict[str, Any]:
    if not report.details_sha256:
        return {}
    found: dict[str, Any] = json.loads(storage.read_blob(report.details_sha256))
    return found


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _compared(details: list[dict[str, Any]], metric: str, a: float | None, b: float | None) -> Compared | None:
    """None where a report is of an older kind, without influences."""
    moved = [one.get("influence", {}).get(metric) for one in details]
    same_images = details[0].get("item_ids") == details[1].get("item_ids")
    if a is None or b is None or not same_images or not all(moved):
        return None
    return compare_influences(a, b, moved[0], moved[1])


def _stated(compared: Compared | None) -> dict[str, Any]:
    if compared is None or compared.drop is None or compared.interval is None:
        nothing = {"drop": None, "interval": None, "p_value": None, "method": None}
        return {"verdict": "inconclusive", "allowed_drop": ALLOWED_DROP, **nothing}
    return {
        "drop": compared.drop,
        "interval": list(compared.interval),
        "p_value": compared.p_value,
        "verdict": judge_drop(compared.drop, *compared.interval, ALLOWED_DROP),
        "allowed_drop": ALLOWED_DROP,
        "method": "jackknife",
    }


def _stated_by_gate(
    candidate: ModelVariant, reference: ModelVariant, a: float | None, b: float | None
) -> dict[str, Any] | None:
    """What the gate found of this pair, so that the same question has one answer; only of these very values."""
    gate = candidate.gate or {}
    comparisons = gate.get("comparisons", {})
    names = [gate.get("parent")] if gate.get("parent_variant_id") == reference.pk else []
    names += ["deployed"] if gate.get("deployed_variant_id") == reference.pk else []
    for one in (comparisons[name] for name in names if name in comparisons):
        same = a is not None and b is not None and abs(one["candidate_value"] - a) + abs(one["parent_value"] - b) < 1e-6
        if not same:
            continue
        allowed = [rule["values"]["allowed"] for rule in one.get("rules", []) if rule["code"].startswith("drop_")]
        return {
            **{key: one.get(key) for key in ("drop", "interval", "p_value", "verdict")},
            "allowed_drop": allowed[0] if allowed else ALLOWED_DROP,
            "method": "bootstrap",
        }
    return None


def _mcnemar(details: list[dict[str, Any]]) -> dict[str, Any] | None:
    right = [one.get("right", []) for one in details]
    if not right[0] or details[0]["item_ids"] != details[1].get("item_ids"):
        return None
    return mcnemar(right[0], right[1])


def _class_rows(
    reports: tuple[EvaluationReport, EvaluationReport],
    details: list[dict[str, Any]],
    variants: tuple[ModelVariant, ModelVariant],
    metric: str,
) -> list[dict[str, Any]]:
    rows = [_per_class(report, one, variant) for report, one, variant in zip(reports, details, variants, strict=True)]
    key = _class_key(metric)
    values = [{row["name"]: _number(row.get(key)) if row["n"] else None for row in part} for part in rows]
    counts = {row["name"]: row["n"] for part in rows for row in part}
    return class_deltas(values[0], values[1], counts)


def _class_key(metric: str) -> str:
    """What a class has in the place of the mean: accuracy of one class is its recall."""
    return {"accuracy": "recall", "miou": "iou", "macro_f1": "f1"}.get(metric, metric)


def _changed(item_ids: list[int], deltas: tuple[float, ...]) -> list[dict[str, Any]]:
    """The images that moved the metric most, the greatest loss first among equals in size."""
    rows = [(item, delta) for item, delta in zip(item_ids, deltas, strict=False) if abs(delta) > 1e-6]
    rows.sort(key=lambda row: (-abs(row[1]), row[1]))
    names = dict(Item.objects.filter(pk__in=[item for item, _ in rows[:MOST_CHANGED]]).values_list("pk", "name"))
    return [
        {"item_id": item, "delta": round(delta, 6), "name": names.get(item, "")} for item, delta in rows[:MOST_CHANGED]
    ]


def _named(report: EvaluationReport, details: dict[str, Any], variant: ModelVariant) -> dict[str, Any]:
    """The stored metrics with classes by name and the main metric of each size."""
    metrics = {key: value for key, value in report.metrics.items() if key not in ("per_class", "per_size", "shown")}
    sizes = report.metrics.get("per_size", {})
    return {
        **metrics,
        "per_class": _per_class(report, details, variant),
        "per_size": {size: row.get(main_metric(variant)) for size, row in sizes.items()},
        "sizes": sizes,
        "shown_score": report.metrics.get("shown", {}).get("score"),
    }


def _per_class(report: EvaluationReport, details: dict[str, Any], variant: ModelVariant) -> list[dict[str, Any]]:
    """Rows {name, n, …metrics}. Older reports do not say their classes: those of the variant are then the ones."""
    names = details.get("classes") or variant.manifest["classes"]
    shown = report.metrics.get("shown", {}).get("per_class", {})
    rows = []
    for index, values in report.metrics.get("per_class", {}).items():
        name = names[int(index)] if int(index) < len(names) else str(index)
        numbers = {key: value for key, value in values.items() if key != "truths"}
        rows.append({"name": name, "n": values.get("truths", 0), **numbers, **shown.get(index, {})})
    return rows
