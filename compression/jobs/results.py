"""What a compression tells at its end: variants, the final table, what was met, and advice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from compression.core.judging.judge import Judged
from compression.core.planning.diagnosis import Advice
from compression.core.planning.shortfall import Shortfall
from compression.jobs import stages
from compression.jobs.candidates import SOURCE, Candidate, Registered
from compression.jobs.elsewhere import Elsewhere
from prelabel.core.metrics import metric_for
from prelabel.models import Deployment
from prelabel.selectors.registry import variant_row


@dataclass
class Ended:
    """Everything that the result is made of; the first candidate that is final is the best."""

    candidates: Sequence[Candidate]
    judged: Mapping[str, Judged]
    registered: Registered
    missed: Sequence[Shortfall]
    advice: Sequence[Advice]
    front: Sequence[str]
    elsewhere: Elsewhere | None = None  # a latency that was wanted on another device
    export_run_id: int | None = None

    @property
    def best(self) -> Candidate:
        """The result of the chosen plan."""
        return next(one for one in self.candidates if one.final)


def result_of(ended: Ended, task_type: str, deployment: Deployment | None) -> dict[str, Any]:
    """The run's result as JSON; without ``targets_met`` where all that could be judged is kept, but not all could."""
    variants, metric = ended.registered.variants, metric_for(task_type).main
    deployed_id = deployment.variant_id if deployment else None
    return {
        "metric": metric,
        "model_version_ids": sorted({one.version_id for one in variants.values()}),
        "best_variant_id": variants[ended.best.name].pk,
        "source_variant_id": ended.registered.source.pk if ended.registered.source else None,
        "variants": [_row(one, ended, deployed_id) for one in ended.candidates],
        "front": [variants[name].pk for name in ended.front],
        **({"targets_met": not ended.missed} if ended.missed or ended.elsewhere is None else {}),
        "unjudged": [ended.elsewhere.unjudged()] if ended.elsewhere is not None else [],
        "missed": [one.to_json() for one in ended.missed],
        "advice": [one.to_json() for one in ended.advice],
        "table": table_of(ended, metric),
        "export_run_id": ended.export_run_id,
        "deployment_id": deployment.pk if deployment else None,
        "deployed_variant_id": deployed_id,
    }


def _row(candidate: Candidate, ended: Ended, deployed_id: int | None) -> dict[str, Any]:
    variant, judged = ended.registered.variants[candidate.name], ended.judged[candidate.name]
    row = variant_row(variant, deployed_id=deployed_id)
    return {
        **row,
        "created_at": row["created_at"].isoformat(),
        "metrics": stages.plain(judged.metrics["test"]),
        "val_metrics": stages.plain(judged.metrics["val"]),
        "latency": short(judged.latency),
        "version_id": variant.version_id,
        "number": variant.version.number,
        "name": variant.version.name,
        "size_bytes": judged.size_bytes,
        "trial": candidate.made.trial,
        "final": candidate.final,
    }


def short(latency: Mapping[str, Any]) -> dict[str, Any]:
    """A benchmark without the rows of all contestants."""
    return {key: value for key, value in latency.items() if key != "all"}


def table_of(ended: Ended, metric: str) -> list[dict[str, Any]]:
    """The final table, the source first; speeds are the source's p20 in each baseline over the model's own.

    Where the latency was wanted on another device its column is empty, ``latency_note`` says why, and this machine's
    milliseconds are ``latency_here_ms``.
    """
    source = ended.judged[SOURCE]
    before = float(source.metrics["test"][metric])
    names = {one.name: f"{_label(one)}" for one in ended.candidates}
    compressed = ended.registered.source
    rows = []
    for name, label in {SOURCE: f"source {compressed.precision if compressed else 'fp32'}", **names}.items():
        judged = ended.judged[name]
        after, speeds = float(judged.metrics["test"][metric]), judged.latency.get("baselines", {})
        p20 = judged.latency.get("p20_ms")
        rows.append(
            {
                "name": label,
                "size_bytes": judged.size_bytes,
                "ratio": round(source.size_bytes / judged.size_bytes, 2),
                "metric": after,
                "drop": (before - after) / before if before > 0 else None,
                **_milliseconds(p20, ended.elsewhere),
                "speedup_eager": (speeds.get("pytorch_eager_fp32") or {}).get("speed"),
                "speedup_best": (speeds.get("best_fp32") or {}).get("speed"),
            }
        )
    return rows


def _milliseconds(p20_ms: float | None, elsewhere: Elsewhere | None) -> dict[str, Any]:
    if elsewhere is None:
        return {"latency_p20_ms": p20_ms}
    return {"latency_p20_ms": None, "latency_here_ms": p20_ms, "latency_note": elsewhere.text}


def _label(candidate: Candidate) -> str:
    steps = " + ".join(one.step for one in candidate.made.plan if candidate.final or one.step != "quantize")
    return f"{steps or 'source'} {candidate.precision}"
