"""The gate: may this model take another's place? Decided on the same human-reviewed images for both.

Rules: the main metric's relative drop with its paired bootstrap interval, a floor for each class, latency, size. Each
rule gives a verdict with a code for programs and a text for people; the worst one is the gate's.

For a job: ``decide_within(Contender(images, size, latency) of both, GateLimits(...), classes=...)`` judges by all
rules, ``decide`` by the metric alone. What a report shows beside the numbers comes from ``report.describe(images,
classes, task_type)`` and goes into ``services.reports.Measured.details[split]``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from compression.core.judging.bootstrap import CONFIDENCE, RESAMPLES, paired_drop, percentile_interval, resample_weights
from compression.core.judging.comparison import judge_drop, mcnemar
from compression.core.judging.judgement import ImageResult
from compression.core.judging.measures import WEIGHTED, main_metric, prepare_classes
from compression.core.planning.plan import GateLimits

__all__ = ["CONFIDENCE", "Contender", "GateLimits", "GateResult", "Rule", "decide", "decide_within"]

FEWEST_OBJECTS = 10  # of a class in the test images; below that its metric moves by more than 10 points per object
CONTENDED = 1.3  # p50 / p20 of the latency: above it something else was running
_ORDER = ("pass", "inconclusive", "refuse")


@dataclass(frozen=True)
class Contender:
    """One side of the comparison; ``latency`` as ``benchmark.compare_latency`` or ``measurement.measure`` gives it,
    {} where it was not measured."""

    images: Sequence[ImageResult]
    size_bytes: int | None = None
    latency: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Rule:
    """What one rule says: ``code`` names the finding, ``verdict`` pass | inconclusive | refuse."""

    code: str
    verdict: str
    text: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class GateResult:
    """``verdict`` pass | refuse | inconclusive; ``drop`` relative, positive = worse; ``interval`` of it (95 %).

    ``p_value`` two-sided that both are equally good; ``mcnemar`` for classifiers; ``per_class`` rows
    {name, a, b, delta, n} with the candidate as ``a``; ``rules`` what each rule said, ``reasons`` the same in words.
    """

    verdict: str
    drop: float
    interval: tuple[float, float]
    reasons: tuple[str, ...]
    metric: str
    parent_value: float
    candidate_value: float
    images: int
    p_value: float | None = None
    rules: tuple[Rule, ...] = ()
    mcnemar: Mapping[str, Any] | None = None
    per_class: tuple[Mapping[str, Any], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return asdict(self) | {
            "interval": list(self.interval),
            "reasons": list(self.reasons),
            "rules": [asdict(rule) for rule in self.rules],
            "per_class": list(self.per_class),
        }


def decide(
    parent: Sequence[ImageResult],
    candidate: Sequence[ImageResult],
    *,
    task_type: str = "object_detection",
    allowed_drop: float = 0.02,
    resamples: int = RESAMPLES,
    seed: int = 0,
    metric: str | None = None,
) -> GateResult:
    """Compare by the metric alone: ``candidate`` with ``parent``, judged on the same images in the same order.

    Refuse: the whole interval is beyond ``allowed_drop`` (surely worse), or the drop is and the interval is narrow.
    Inconclusive: the interval is wider than ± ``allowed_drop`` and reaches over the line. Pass: else.
    Raises ValueError where the image lists differ in length, KeyError for a metric that the task type lacks.
    """
    _check_pairs(parent, candidate)
    metric = metric or main_metric(task_type)
    measure = WEIGHTED[task_type][metric]
    whole = np.ones((1, len(parent)))
    before, after = (float(measure(images, whole)[0]) if images else 0.0 for images in (parent, candidate))
    if before <= 0:
        return _without_parent(metric, before, after, len(parent))
    paired = paired_drop(parent, candidate, task_type, metric, resamples=resamples, seed=seed)
    rule, texts = _metric_rule(paired.drop, paired.low, paired.high, allowed_drop)
    head = f"{metric} {before:.4f} → {after:.4f} on {len(parent)} images: {_percent(paired.drop)} relative"
    classifying = task_type == "image_classification"
    return GateResult(
        rule.verdict,
        paired.drop,
        (paired.low, paired.high),
        (head, *texts),
        metric,
        before,
        after,
        len(parent),
        p_value=paired.p_value,
        rules=(rule,),
        mcnemar=mcnemar(_right(candidate), _right(parent)) if classifying else None,
    )


def decide_within(
    parent: Contender,
    candidate: Contender,
    limits: GateLimits,
    *,
    task_type: str,
    classes: Sequence[str],
    metric: str | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> GateResult:
    """All rules together: the metric (as :func:`decide`), each class, latency and size. Raises as :func:`decide`."""
    result = decide(
        parent.images,
        candidate.images,
        task_type=task_type,
        allowed_drop=limits.max_drop,
        resamples=resamples,
        seed=seed,
        metric=metric,
    )
    rows = class_rows(parent.images, candidate.images, task_type, classes, result.metric)
    rules = list(result.rules)
    if limits.max_class_drop is not None:
        doubt = _class_doubt(parent.images, candidate.images, task_type, result.metric, min(resamples, 300), seed)
        rules += _class_rules(rows, dict(zip(classes, doubt, strict=True)), limits.max_class_drop)
    if limits.max_latency_ms is not None:
        rules.append(latency_rule(candidate.latency, limits.max_latency_ms))
    if limits.max_size_mb is not None:
        rules.append(size_rule(candidate.size_bytes, limits.max_size_mb))
    added = rules[len(result.rules) :]
    return GateResult(
        **{
            **result.__dict__,
            "verdict": max((result.verdict, *(rule.verdict for rule in added)), key=_ORDER.index),
            "reasons": (*result.reasons, *(rule.text for rule in added)),
            "rules": tuple(rules),
            "per_class": tuple(rows),
        }
    )


def class_rows(
    parent: Sequence[ImageResult],
    candidate: Sequence[ImageResult],
    task_type: str,
    classes: Sequence[str],
    metric: str,
) -> list[dict[str, Any]]:
    """Rows {name, a, b, delta, n, judged}, in the order of the classes: the candidate is ``a``, the parent ``b``."""
    if not parent:
        return []
    whole = np.ones((1, len(parent)))
    after, before = (prepare_classes(images, task_type, metric)(whole)[0] for images in (candidate, parent))
    rows = []
    for index, name in enumerate(classes):
        count = sum(image.truths[index] for image in parent)
        a, b = (None if not count or np.isnan(value[index]) else float(value[index]) for value in (after, before))
        delta = a - b if a is not None and b is not None else None
        rows.append({"name": name, "a": a, "b": b, "delta": delta, "n": count, "judged": count >= FEWEST_OBJECTS})
    return rows


def _check_pairs(parent: Sequence[ImageResult], candidate: Sequence[ImageResult]) -> None:
    if len(parent) != len(candidate):
        raise ValueError(f"{len(parent)} images for the parent, {len(candidate)} for the candidate")
    if any(a.item_id and b.item_id and a.item_id != b.item_id for a, b in zip(parent, candidate, strict=True)):
        raise ValueError("the two models were judged on different images, or in another order")


def _metric_rule(drop: float, low: float, high: float, allowed: float) -> tuple[Rule, tuple[str, ...]]:
    span = f"95 % interval of the drop {100 * low:+.2f} % to {100 * high:+.2f} %"
    limit = f"the allowed {100 * allowed:.1f} %"
    verdict = judge_drop(drop, low, high, allowed)
    values = {"drop": drop, "low": low, "high": high, "allowed": allowed}
    if verdict == "inconclusive":
        texts = (
            f"{span}: wider than ± {100 * allowed:.1f} %, so these images cannot decide",
            "More reviewed test images would; to promote it anyway, give a reason",
        )
        return Rule("drop_undecided", verdict, texts[0], values), texts
    if verdict == "refuse":
        text = f"{span}: surely more than {limit}" if low > allowed else f"{span}; the drop is more than {limit}"
        return Rule("drop_beyond_limit", verdict, text, values), (text,)
    text = f"{span}: all of it within {limit}" if high <= allowed else f"{span}; the drop is within {limit}"
    return Rule("drop_within_limit", verdict, text, values), (text,)


def _without_parent(metric: str, before: float, after: float, images: int) -> GateResult:
    values = {"parent": before, "candidate": after}
    if after > 0:
        reason = f"the parent finds nothing ({metric} 0), the candidate {after:.4f}"
        rule = Rule("parent_finds_nothing", "pass", reason, values)
    else:
        reason = f"{metric} is 0 for both: a model that finds nothing is not promoted"
        rule = Rule("finds_nothing", "refuse", reason, values)
    return GateResult(rule.verdict, 0.0, (0.0, 0.0), (reason,), metric, before, after, images, rules=(rule,))


def _class_doubt(
    parent: Sequence[ImageResult],
    candidate: Sequence[ImageResult],
    task_type: str,
    metric: str,
    resamples: int,
    seed: int,
) -> list[tuple[float, float]]:
    """The 95 % interval of each class's absolute drop over the resamples in which it occurs."""
    before, after = (prepare_classes(images, task_type, metric) for images in (parent, candidate))
    weights = resample_weights(len(parent), resamples, seed)
    drops = np.concatenate([before(rows) - after(rows) for rows in weights])
    columns = [column[~np.isnan(column)] for column in drops.T]
    return [percentile_interval(column) if column.size else (-1.0, 1.0) for column in columns]


def _class_rules(
    rows: Sequence[Mapping[str, Any]], doubt: Mapping[str, tuple[float, float]], allowed: float
) -> list[Rule]:
    """A class beyond the floor refuses where its drop is surely one, is inconclusive where it may be noise."""
    rules = []
    unjudged = [row["name"] for row in rows if not row["judged"]]
    for row in rows:
        drop = -row["delta"] if row["delta"] is not None else 0.0
        if not row["judged"] or drop <= allowed:
            continue
        low, high = doubt[row["name"]]
        text = (
            f"{row['name']}: {row['b']:.3f} → {row['a']:.3f} on {row['n']} objects, {100 * drop:.1f} points less "
            f"(95 % interval {100 * low:+.1f} to {100 * high:+.1f}) where {100 * allowed:.1f} are allowed"
        )
        values = {"class": row["name"], "drop": drop, "low": low, "high": high, "allowed": allowed, "n": row["n"]}
        if low > 0:
            rules.append(Rule("class_drop", "refuse", text, values))
        else:
            rules.append(Rule("class_drop_undecided", "inconclusive", f"{text}; it may be noise", values))
    if not rules and len(unjudged) < len(rows):
        text = f"no class lost more than the allowed {100 * allowed:.1f} points"
        rules.append(Rule("classes_within_limit", "pass", text, {"allowed": allowed}))
    if unjudged:
        text = f"not judged by class, with fewer than {FEWEST_OBJECTS} objects in test: {', '.join(unjudged)}"
        rules.append(Rule("class_not_judged", "pass", text, {"classes": unjudged, "needed": FEWEST_OBJECTS}))
    return rules


def latency_rule(latency: Mapping[str, Any], allowed_ms: float) -> Rule:
    """The interleaved p20 against a limit. Other load only makes a model slower: it may excuse, never hide."""
    p20 = latency.get("p20_ms")
    if p20 is None:
        text = "latency was not measured, so its limit cannot be judged"
        return Rule("latency_not_measured", "inconclusive", text, {"allowed_ms": allowed_ms})
    busy, spread = _contention(latency.get("contention"))
    values = {"p20_ms": p20, "allowed_ms": allowed_ms, "contention": spread, "device": latency.get("device")}
    if p20 <= allowed_ms:
        return Rule("latency_within_limit", "pass", f"{p20:.2f} ms (p20), {allowed_ms:g} ms are allowed", values)
    if busy:
        text = f"{p20:.2f} ms (p20) where {allowed_ms:g} are allowed, but the machine was busy; measure again"
        return Rule("latency_contended", "inconclusive", text, values)
    text = f"{p20:.2f} ms (p20) where {allowed_ms:g} are allowed"
    return Rule("latency_beyond_limit", "refuse", text, values)


def _contention(found: Any) -> tuple[bool, float]:
    """Busy or not, and p50 / p20: given as that number, or as what ``measurement.contention`` found."""
    if isinstance(found, Mapping):
        return bool(found["busy"]), float(found["p50_to_p20"])
    spread = float(found or 1.0)
    return spread > CONTENDED, spread


def size_rule(size_bytes: int | None, allowed_mb: float) -> Rule:
    """All files that running needs, against a limit."""
    if size_bytes is None:
        return Rule("size_not_measured", "inconclusive", "the size is not known", {"allowed_mb": allowed_mb})
    megabytes = size_bytes / 1e6
    values = {"size_bytes": size_bytes, "allowed_mb": allowed_mb}
    if megabytes <= allowed_mb:
        return Rule("size_within_limit", "pass", f"{megabytes:.2f} MB, {allowed_mb:g} MB are allowed", values)
    return Rule("size_beyond_limit", "refuse", f"{megabytes:.2f} MB where {allowed_mb:g} are allowed", values)


def _right(images: Sequence[ImageResult]) -> list[bool]:
    return [bool(image.right) and image.right[0] for image in images]


def _percent(drop: float) -> str:
    return f"a drop of {100 * drop:.2f} %" if drop >= 0 else f"a gain of {-100 * drop:.2f} %"
