"""The evaluate run: a variant on val and test of a frozen dataset version; nothing is trained or changed."""

from __future__ import annotations

from typing import Any

from annotator.jobs.context import RunContext
from annotator.models import Run
from compression.core.judging.judge import BOTH, Judge
from compression.jobs import stages
from compression.services.reports import record_measured
from prelabel.services.registry import fetch_artifact, record_measurements

_NAME = "variant"


def run(context: RunContext) -> dict[str, Any]:
    """Parameters ``variant_id``, ``version_id``. Its metrics are those on test; both splits get a report.

    Speed is not measured: that is the benchmark's, which has the machine to itself.
    """
    version = stages.dataset_of(context)
    variant = stages.variant_of(context)
    snapshot = stages.take_snapshot(context, version, to_train=False)
    folder = fetch_artifact(manifest=variant.manifest, folder=context.workdir / "artifact")
    judged = Judge(snapshot, context.workdir, context.progress).evaluate({_NAME: folder}, {_NAME: BOTH})[_NAME]
    context.progress(0, 1, "register")
    found = stages.measured(context, judged)
    record_measured(variant=variant, dataset_version=version, run=Run.objects.get(pk=context.run_id), measured=found)
    record_measurements(variant=variant, metrics=judged.metrics["test"])
    context.progress(1, 1, "register")
    stages.tidy(context, "artifact")
    return {
        "variant_id": variant.pk,
        "version_id": version.pk,
        "images": {split: len(judged.images[split]) for split in BOTH},
        "metrics": stages.plain(judged.metrics["test"]),
        "val_metrics": stages.plain(judged.metrics["val"]),
    }
