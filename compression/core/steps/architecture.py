"""Another network of the same kind in the model's place, or its own one narrower or trained from nothing."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from annotator.core.errors import RunFailed, Unprocessable
from compression.core.model import Model, load_model
from compression.core.pruning.structured import cost_of, cut_folder, plan_cut, uniform_shares, widths_after
from compression.core.rebuild import rebuild
from compression.core.step import StepContext
from compression.core.steps import check_options
from compression.core.trainers import trainer_for_arch
from compression.core.training.fine_tune import Lesson, learn, read_architecture, teacher_from, weights_of

_TAUGHT = 0.9  # of the progress
_ROUND_TO = 8


class Architecture:
    """Build, train, rebuild. `start: nothing` on the own architecture is the control of every pruning."""

    slug = "architecture"

    def apply(self, model: Model, context: StepContext) -> Model:
        """The model with the network asked for. Raises RunFailed (no_weights, other_family) and Unprocessable."""
        kept = load_model(context.out)
        if kept is not None:
            return kept
        started = time.monotonic()
        before = weights_of(model, self.slug)
        options = check_options(self.slug, context.options)
        arch = _other_arch(options, before)
        teacher = teacher_from(options, context.teacher or before, before, arch) if options["distil"] else None
        start = before if arch else _narrowed(before, float(options["width"]), context)
        warm = options["start"] == "warm"
        lesson = Lesson(start, options["epochs"], options["lr"], options["minutes"], teacher, arch=arch, warm=warm)
        trained, told = learn(lesson, context, context.out / "fine-tune", (0.0, _TAUGHT))
        entry = {
            "step": self.slug,
            "options": options,
            "before": cost_of(before) | {"arch": read_architecture(before)["arch"]},
            "after": cost_of(trained) | {"arch": read_architecture(trained)["arch"]},
            **told,
            "seconds": round(time.monotonic() - started, 1),
        }
        return rebuild(trained, model, context, entry)


def _other_arch(options: Mapping[str, Any], before: Path) -> str | None:
    """The architecture asked for, None for the model's own."""
    own, asked = read_architecture(before)["arch"], options["arch"]
    if asked is None or asked == own:
        return None
    if trainer_for_arch(asked) != trainer_for_arch(own):
        raise RunFailed(f"A {asked} cannot take the place of a {own}: they do different things.", code="other_family")
    if options["width"] != 1.0:
        raise Unprocessable("width is only for the model's own architecture; leave it at 1 here.", field="width")
    return str(asked)


def _narrowed(before: Path, width: float, context: StepContext) -> Path:
    """The own network with each layer at the share ``width``, the most important channels kept."""
    if width == 1.0:
        return before
    context.out.mkdir(parents=True, exist_ok=True)
    channels, shares = plan_cut(before, context, "l2", lambda clusters: uniform_shares(clusters, 1 - width))
    return cut_folder(before, context.out / "narrowed", context, "l2", widths_after(channels, shares, _ROUND_TO))
