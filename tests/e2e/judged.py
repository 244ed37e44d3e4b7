"""A project after a compression, as its tables show it, without the minutes that a real one takes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from compression.core.judging.judgement import ImageResult
from tests.e2e.road import make_road

DETECT = "object_detection"
MB = 10**6
# precision, share of boxes missed, size in MB, p20 in ms; the first is the source's
MADE = (("fp32", 0.05, 10.0, 20.0), ("fp16", 0.05, 5.0, 19.0), ("int8", 0.15, 2.6, 8.5), ("int4", 0.5, 1.4, 8.0))
PLAN = [{"step": "prune", "options": {"amount": 0.3}}, {"step": "quantize", "options": {"scheme": "int8"}}]


@dataclass(frozen=True)
class JudgedProject:
    """``source`` is deployed, ``variants`` by precision were made of it, ``run`` made them."""

    project: Any
    source: Any
    variants: dict[str, Any]
    run: Any


def make_judged(admin: Any) -> JudgedProject:
    """The road project with four judged and timed variants and the run of two attempts that they came from."""
    from annotator.services import versions
    from prelabel.models import Deployment, ModelVersion

    project = make_road(admin)
    data = versions.freeze_version(actor=admin, project=project)
    source = Deployment.objects.get(project=project, active=True).variant
    run = _run(admin, project, source)
    version = ModelVersion.objects.create(
        project=project, number=2, name=f"{source.version.arch} pruned 30 %", arch=source.version.arch,
        parent=source.version, dataset_version=data, run=run, record={"steps": PLAN, "params": 900_000, "macs": 10**9},
    )  # fmt: skip
    variants = {precision: _variant(source, version, precision) for precision, *_ in MADE[1:]}
    _judge(data, run, [source, *variants.values()])
    _tell(run, source, variants)
    return JudgedProject(project, source, variants, run)


def _variant(source: Any, version: Any, precision: str) -> Any:
    from prelabel.models import ModelVariant

    return ModelVariant.objects.create(
        version=version, precision=precision, manifest={**source.manifest, "precision": precision}, size_bytes=1
    )


def _judge(data: Any, run: Any, variants: list[Any]) -> None:
    """Reports on both splits, the time on two machines (one of them with nothing measured), the gate's word."""
    from compression.core.judging.gate import Contender, GateLimits, decide_within
    from compression.services.devices import record_latency, see_device

    classes = tuple(variants[0].manifest["classes"])
    bench = see_device(name="bench", profile={"cpu": "Some CPU", "cores": 2}, queues=["train"])
    see_device(name="edge-box", profile={"cpu": "Another CPU", "cores": 4}, queues=["device"])
    parent = _images(data.project_id, "test", MADE[0][1])[1]
    for variant, (precision, miss, size, p20) in zip(variants, MADE, strict=True):
        latency = {"runtime": "onnxruntime", "threads": 1, "p20_ms": p20, "p50_ms": 1.1 * p20, "p95_ms": 1.4 * p20}
        record_latency(actor=None, variant=variant, device=bench, run=run, measured=latency)
        for split in ("val", "test"):
            metrics, images = _images(data.project_id, split, miss)
            _report(variant, data, run, split, metrics, images)
        variant.metrics, variant.size_bytes, variant.latency = metrics, int(size * MB), {**latency, "device": "bench"}
        if precision != "fp32":
            found = decide_within(
                Contender(parent), Contender(images), GateLimits(), task_type=DETECT, classes=classes, resamples=50
            ).to_json()
            known = {"parent": "deployed", "parent_variant_id": variants[0].pk, "deployed_variant_id": variants[0].pk}
            variant.gate = {**found, **known, "comparisons": {"deployed": found}}
        variant.save()


def _report(variant: Any, data: Any, run: Any, split: str, metrics: Any, images: Any) -> None:
    from compression.core.judging.report import describe
    from compression.services.reports import record_evaluation

    record_evaluation(
        variant=variant, dataset_version=data, run=run, split=split, metrics=metrics,
        images=[image.to_json() for image in images],
        details=describe(images, variant.manifest["classes"], DETECT, resamples=50),
    )  # fmt: skip


def _images(project_id: int, split: str, miss: float) -> tuple[dict[str, Any], list[ImageResult]]:
    """Guesses as bad as asked for, on the project's own pictures, so that each has its thumbnail."""
    from annotator.models import Item

    rows = Item.objects.filter(project_id=project_id, split=split).order_by("pk")
    return _guessed(tuple(rows.values_list("pk", flat=True)), miss)


@cache
def _guessed(items: tuple[int, ...], miss: float) -> tuple[dict[str, Any], list[ImageResult]]:
    from compression.core.judging.judgement import judge_image
    from compression.core.judging.measures import extra_metrics
    from prelabel.core.metrics.detection import evaluate_detection
    from tests.compression.core.judging.judged_boxes import random_guesses, random_truths

    truths = random_truths(3, images=len(items))
    guesses = random_guesses(truths, 5, miss=miss)
    images = [judge_image(g, t, 3, item) for g, t, item in zip(guesses, truths, items, strict=True)]
    return evaluate_detection(guesses, truths, 3) | extra_metrics(images, DETECT), images


def _run(admin: Any, project: Any, source: Any) -> Any:
    from django.utils import timezone

    from annotator.models import Run

    now = timezone.now()
    params = {"source": {"model_version_id": source.version_id}, "plan": PLAN, "budgets": {}, "gates": {}}
    return Run.objects.create(
        project=project, kind="compress", queue="train", state="succeeded", params=params, created_by=admin,
        started_at=now - timedelta(minutes=9), finished_at=now,
    )  # fmt: skip


def _tell(run: Any, source: Any, variants: dict[str, Any]) -> None:
    """What such a run logs, in its order, and its result."""
    from annotator.services.runs import add_event

    def step(number: int, name: str, size: float, metric: float, ms: float) -> None:
        add_event(run_id=run.pk, kind="stage", message=f"step {number}/2 {name}")
        measured = {"size_bytes": int(size * MB), "metric": metric, "latency_ms": ms, "seconds": 61.0}
        add_event(run_id=run.pk, kind="log", message=f"{name} {number}/2", data={"step": name, **measured})

    add_event(run_id=run.pk, kind="state", message="taken by bench, try 1")
    for stage in ("snapshot", "source"):
        add_event(run_id=run.pk, kind="stage", message=stage)
    step(1, "prune", 7.1, 0.71, 14.0)
    for epoch in range(1, 5):
        add_event(run_id=run.pk, kind="metric", data={"epoch": epoch, "loss": 2 / epoch, "map50": 0.6 + epoch / 50})
    step(2, "quantize", 2.9, 0.69, 9.0)
    why = "size_mb 2.9 instead of 2.6; next: prune(amount 0.4) → quantize(scheme int8)"
    add_event(run_id=run.pk, kind="log", message=f"Plan 2: {why}", data={"attempt": 2})
    step(1, "prune", 6.2, 0.7, 13.1)
    step(2, "quantize", 2.6, 0.66, 8.5)
    for stage in ("evaluate", "benchmark", "gate", "register"):
        add_event(run_id=run.pk, kind="stage", message=stage)
    run.result = _result(source, variants)
    run.save()


def _result(source: Any, variants: dict[str, Any]) -> dict[str, Any]:
    rows = [("source fp32", source), *((f"prune + quantize {precision}", one) for precision, one in variants.items())]
    best = variants["int8"]
    missed = {"target": "size_mb", "wanted": 2.5, "reached": 2.6, "gap": 0.04, "stopped": "nothing_left"}
    few = {"split": "test", "count": 8, "needed": 30}
    before, size, p20 = source.metrics["map50"], source.size_bytes, source.latency["p20_ms"]
    return {
        "metric": "map50",
        "best_variant_id": best.pk,
        "source_variant_id": source.pk,
        "variants": [{"id": one.pk} for one in variants.values()],
        "front": [best.pk],
        "targets_met": False,
        "advice": [
            _advice("target_missed", "bad", "Size (MB): wanted 2.5, reached 2.6.", missed),
            _advice("few_images", "warn", "test has 8 images only; 30 tell more.", few),
            _advice("no_step_lost", "info", "No step lost anything that val can show.", {}),
        ],
        "table": [
            {
                "name": name,
                "size_bytes": one.size_bytes,
                "ratio": round(size / one.size_bytes, 2),
                "metric": one.metrics["map50"],
                "drop": (before - one.metrics["map50"]) / before,
                "latency_p20_ms": one.latency["p20_ms"],
                "speedup_eager": 3 * p20 / one.latency["p20_ms"],
                "speedup_best": p20 / one.latency["p20_ms"],
            }
            for name, one in rows
        ],
    }


def _advice(code: str, severity: str, text: str, values: dict[str, Any]) -> dict[str, Any]:
    return {"code": code, "severity": severity, "text": text, "values": values}
