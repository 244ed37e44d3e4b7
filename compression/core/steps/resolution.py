"""Another picture size: the same network looks at fewer pixels, and learns to.

Work falls with the area. Source of the trade: Tan & Le 2019, "EfficientNet" (resolution as one of three scales).
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from compression.core.json_files import write_json
from compression.core.model import Model, load_model
from compression.core.pruning.structured import cost_of
from compression.core.rebuild import rebuild
from compression.core.step import StepContext
from compression.core.steps import check_options
from compression.core.training.fine_tune import Lesson, learn, read_record, teacher_from, weights_of
from compression.core.training.record import copy_record, input_shape

_TAUGHT = 0.9  # of the progress


class Resolution:
    """Resize, fine-tune, rebuild."""

    slug = "resolution"

    def apply(self, model: Model, context: StepContext) -> Model:
        """The model at the size asked for. Raises RunFailed: no_weights."""
        kept = load_model(context.out)
        if kept is not None:
            return kept
        started = time.monotonic()
        start = weights_of(model, self.slug)
        options = check_options(self.slug, context.options)
        teacher = teacher_from(options, context.teacher, start) if options["distil"] else None
        resized = _resized(start, int(options["image_size"]), context)
        lesson = Lesson(resized, options["epochs"], options["lr"], options["minutes"], teacher)
        trained, told = learn(lesson, context, context.out / "fine-tune", (0.0, _TAUGHT))
        entry = {
            "step": self.slug,
            "options": options,
            "before": cost_of(start) | {"image_size": read_record(start)["image_size"]},
            "after": cost_of(trained) | {"image_size": options["image_size"]},
            **told,
            "seconds": round(time.monotonic() - started, 1),
        }
        return rebuild(trained, model, context, entry)


def _resized(start: Path, size: int, context: StepContext) -> Path:
    """A copy of ``start`` whose record says ``size``, which is what trainers and exporters read."""
    out = context.out / "resized"
    if out.exists():
        return out
    partial = out.with_name(out.name + ".part")
    shutil.rmtree(partial, ignore_errors=True)
    shutil.copytree(start, partial)
    copy_record(start, partial)
    shape = list(input_shape(context.snapshot, size))
    write_json(partial / "training.json", {**read_record(partial), "image_size": size, "input_shape": shape})
    partial.rename(out)
    return out
