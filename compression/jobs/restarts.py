"""A retry from a stage: what that stage and all later ones left is thrown away first."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence

from annotator.jobs.context import RunContext
from annotator.services.runs import RESTART


def apply_restart(context: RunContext, left_by: Mapping[str, Sequence[str]]) -> str | None:
    """Drop the files (patterns in the run's folder) of the stage that a retry named and of those after it.

    ``left_by`` lists the stages in their order. Returns the stage; None where no retry named one that is listed.
    """
    stage = context.checkpoint.get(RESTART)
    if stage is None:
        return None
    names = list(left_by)
    if stage in names:
        for name in names[names.index(stage) :]:
            for pattern in left_by[name]:
                _drop(context, pattern)
        context.log(f"Done again from stage {stage}")
    context.save_checkpoint(**{RESTART: None})
    return str(stage)


def _drop(context: RunContext, pattern: str) -> None:
    for path in context.workdir.glob(pattern):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
