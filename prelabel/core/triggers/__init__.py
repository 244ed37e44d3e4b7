"""Table of retrain triggers, in the order in which people read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator

from annotator.core.errors import Unprocessable
from prelabel.core.trigger import Trigger
from prelabel.core.triggers.drift import Drift
from prelabel.core.triggers.ratio import Ratio
from prelabel.core.triggers.reviewed import Reviewed
from prelabel.core.triggers.schedule import Schedule

TRIGGERS: dict[str, Trigger] = {
    "ratio": Ratio(),
    "reviewed": Reviewed(),
    "drift": Drift(),
    "schedule": Schedule(),
}
SLUGS = tuple(TRIGGERS)


def check_trigger_options(slug: str, options: Mapping[str, Any]) -> None:
    """Raises Unprocessable for an unknown trigger, or options that do not fit its schema, with the ``field``."""
    if slug not in TRIGGERS:
        raise Unprocessable(f"there is no trigger {slug[:40]!r}; use one of {', '.join(TRIGGERS)}", field=slug[:40])
    wrong = next(iter(Draft202012Validator(TRIGGERS[slug].schema).iter_errors(dict(options))), None)
    if wrong is not None:
        where = ".".join([slug, *map(str, wrong.absolute_path)])
        raise Unprocessable(f"{where}: {wrong.message[:200]}", field=where)
