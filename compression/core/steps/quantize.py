"""Quantize: store and compute in fewer bits, choosing on val how far; the maths is in ``core/quantization``."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from compression.core.json_files import write_json
from compression.core.model import Model, load_model, save_model
from compression.core.quantization.calibration import calibration_images, observe_parent
from compression.core.quantization.notes import holds, runtimes_of, warnings_of
from compression.core.quantization.options import CALIBRATED, Options
from compression.core.quantization.parent import Parent, float_parent
from compression.core.quantization.trials import Trials, measure
from compression.core.step import StepContext
from compression.core.steps import check_options
from prelabel.core.metrics import metric_for

_TRAINING = 0.7  # of the progress of a step that fine-tunes


class Quantize:
    """Tries the variants of one scheme on val and keeps the smallest inside the allowed drop."""

    slug = "quantize"

    def apply(self, model: Model, context: StepContext) -> Model:
        """Quantize ``model.artifact``; the chosen variant is the artifact of the result. Raises RunFailed.

        The history entry holds the variants ``tried`` (name, val metric, drop, size_bytes, layers ``spared``), the
        ``sensitivity`` of layers where a scan was needed, ``holds`` and ``warnings`` in words, and ``runtimes``.
        """
        kept = load_model(context.out)
        if kept is not None:
            return kept
        started = time.monotonic()
        context.out.mkdir(parents=True, exist_ok=True)
        options = Options(**check_options(self.slug, context.options))
        images = []
        if options.scheme in CALIBRATED:  # before a fine-tune: too few pictures should be said at once
            images = calibration_images(context.snapshot, context.seed, options.images)
        tunes = options.scheme == "qat"
        parent = float_parent(model, _part(context, 0.0, _TRAINING) if tunes else context, options)
        left = _part(context, _TRAINING, 1.0) if tunes else context
        ranges = observe_parent(parent.artifact, images, context.threads) if images else {}
        value = _value_before(parent, context)
        trials = Trials(parent.artifact, options, left, ranges, value)
        chosen = trials.run()
        context.on_progress(1.0)
        artifact = context.out / str(chosen["name"])
        runtimes = runtimes_of(artifact)
        entry: dict[str, Any] = {
            "step": self.slug,
            "options": dict(context.options),
            "scheme": options.scheme,
            "precision": options.precision,
            "chosen": chosen["name"],
            "tried": trials.rows,
            "before": {metric_for(context.snapshot.task_type).main: value},
            "calibration_images": len(images),
            "sensitivity": trials.sensitivity,
            "holds": holds(options.scheme, chosen["weight_bits"]),
            "runtimes": runtimes,
            "warnings": warnings_of(parent.artifact, options.scheme, runtimes),
            "seconds": round(time.monotonic() - started, 1),
        }
        for warning in entry["warnings"]:
            context.log(warning)
        result = Model(
            artifact=artifact,
            trained=parent.trained,
            quantized=dict(context.options),
            history=(*model.history, entry),
        )
        return save_model(result, context.out)


def _value_before(parent: Parent, context: StepContext) -> float:
    """The val metric of the float model, measured once."""
    kept = context.out / "before.json"
    if not kept.exists():
        write_json(kept, {"value": measure(parent.before, context)})
    return float(json.loads(kept.read_text(encoding="utf-8"))["value"])


def _part(context: StepContext, begin: float, end: float) -> StepContext:
    """The same context, whose progress fills ``begin``..``end`` of the whole."""
    report: Callable[[float], None] = context.on_progress
    return replace(context, on_progress=lambda done: report(begin + (end - begin) * done))
