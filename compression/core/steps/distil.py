"""Distillation: the model, or a lighter one in its place, learns from a larger model as well as from the labels."""

from __future__ import annotations

import time

from compression.core.model import Model, load_model
from compression.core.pruning.structured import cost_of
from compression.core.rebuild import rebuild
from compression.core.step import StepContext
from compression.core.steps import check_options
from compression.core.training.fine_tune import Lesson, learn, teacher_from, weights_of

_TAUGHT = 0.9  # of the progress


class Distil:
    """The model's own network goes on learning; a lighter student starts from random weights."""

    slug = "distil"

    def apply(self, model: Model, context: StepContext) -> Model:
        """The taught model. Raises RunFailed: no_weights, no_teacher, teacher_classes, teacher_family.

        Without a teacher at hand the model itself teaches a lighter student.
        """
        kept = load_model(context.out)
        if kept is not None:
            return kept
        started = time.monotonic()
        start = weights_of(model, self.slug)
        options = check_options(self.slug, context.options)
        student = options["student"]
        teacher = teacher_from(options, context.teacher or (start if student else None), start, student)
        lesson = Lesson(
            start, options["epochs"], options["lr"], options["minutes"], teacher, arch=student, warm=not student
        )
        trained, told = learn(lesson, context, context.out / "fine-tune", (0.0, _TAUGHT))
        entry = {
            "step": self.slug,
            "options": options,
            "before": cost_of(start),
            "after": cost_of(trained),
            "teacher": cost_of(teacher.folder),
            **told,
            "seconds": round(time.monotonic() - started, 1),
        }
        return rebuild(trained, model, context, entry)
