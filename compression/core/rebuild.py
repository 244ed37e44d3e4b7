"""After the weights changed: export the artifact again and, where the model was quantized, quantize it again."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from compression.core.benchmarking.latency import bytes_to_run
from compression.core.model import Model, load_model, save_model
from compression.core.step import StepContext
from compression.core.steps import load_step
from compression.core.trainer import Trained
from compression.core.trainers import load_trainer, trainer_for_arch
from compression.core.training.fine_tune import read_architecture
from prelabel.core.artifact import load_artifact, save_manifest

_EXPORTED = 0.95  # of a step's progress


def rebuild(
    trained: Path,
    like: Model,
    context: StepContext,
    entry: Mapping[str, Any],
    measure: Callable[[Path], Mapping[str, Any]] = lambda artifact: {},
) -> Model:
    """The model of ``trained`` in ``context.out``, in the precision of ``like``; ``entry`` ends its history.

    Sizes before and after are added to the entry, and what ``measure`` finds of the new artifact. Whatever lies in
    ``context.out`` from a call that was killed is taken up; a call after the last one returns the same.
    """
    kept = load_model(context.out)
    if kept is not None:
        return kept
    started = time.monotonic()
    fp32 = _export(trained, like, context.out / "fp32")
    context.on_progress(_EXPORTED)
    model = Model(artifact=fp32, trained=trained, history=(*like.history, dict(entry)))
    told = dict(entry)
    if like.quantized is not None:
        model = _quantize_again(model, like.quantized, context)
        told["quantized_again"] = model.history[-1]
    told |= {
        **measure(model.artifact),
        "size_bytes_before": bytes_to_run(like.artifact),
        "size_bytes": bytes_to_run(model.artifact),
        "fp32_bytes": bytes_to_run(fp32),
        "seconds": round(float(entry.get("seconds", 0.0)) + time.monotonic() - started, 1),
    }
    context.on_progress(1.0)
    return save_model(replace(model, quantized=like.quantized, history=(*like.history, told)), context.out)


def _export(trained: Path, like: Model, out: Path) -> Path:
    """Written aside and renamed, so that the folder is whole wherever it exists."""
    if out.exists():
        return out
    partial = out.with_name(out.name + ".part")
    shutil.rmtree(partial, ignore_errors=True)
    load_trainer(trainer_for_arch(read_architecture(trained)["arch"])).export(Trained(trained), partial)
    before = load_artifact(like.artifact).manifest
    manifest = load_artifact(partial).manifest
    save_manifest(
        partial, replace(manifest, name=before.name, parent=before.name, dataset_version=before.dataset_version)
    )
    partial.rename(out)
    return out


def _quantize_again(model: Model, options: Mapping[str, Any], context: StepContext) -> Model:
    return load_step("quantize").apply(
        model,
        replace(
            context,
            out=context.out / "quantized",
            options=options,
            on_progress=lambda done: context.on_progress(_EXPORTED + (1 - _EXPORTED) * done),
        ),
    )
