"""Does one thing to all items that fit a filter: hundreds of thousands are no request that a browser waits for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from annotator.core.errors import Unprocessable
from annotator.jobs.context import RunContext
from annotator.models import Item, Project, User
from annotator.selectors.filters import read_filter
from annotator.services.annotations import revert_auto
from annotator.services.items import return_items

BATCH = 500


def _return(actor: User | None, project: Project, item_ids: list[int]) -> int:
    return return_items(actor=actor, project=project, item_ids=item_ids)


def _revert(actor: User | None, project: Project, item_ids: list[int]) -> int:
    return len(revert_auto(actor=actor, project=project, item_ids=item_ids))


ACTIONS: dict[str, Callable[[User | None, Project, list[int]], int]] = {"return": _return, "revert": _revert}


def run(context: RunContext) -> dict[str, Any]:
    """Parameters: ``action``, ``filter`` as in an address, ``until`` = the last item that there was when it was asked.

    Goes by id and remembers the last one done, so that a try after a crash does no item twice and an item that stops
    fitting because it was just done is no gap.
    """
    params = context.params
    if params["action"] not in ACTIONS:
        raise Unprocessable(f"action must be of {', '.join(ACTIONS)}", field="action")
    project = Project.objects.get(pk=context.project_id)
    actor = User.objects.filter(pk=context.actor_id or 0).first()
    fitting = read_filter(params["filter"]).apply(Item.objects.filter(project=project, pk__lte=params["until"]))
    after, seen = context.checkpoint.get("after", 0), context.checkpoint.get("seen", 0)
    changed = context.checkpoint.get("changed", 0)
    total = seen + fitting.filter(pk__gt=after).count()
    context.progress(seen, total, stage=params["action"])
    while batch := list(fitting.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        changed += ACTIONS[params["action"]](actor, project, batch)
        after, seen = batch[-1], seen + len(batch)
        context.progress(min(seen, total), total)
        context.save_checkpoint(after=after, seen=seen, changed=changed)
    return {"action": params["action"], "items": changed, "matched": seen}
