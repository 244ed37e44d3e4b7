"""What no recipe can reach with this network, said before hours are spent on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from annotator.core.errors import RunFailed
from annotator.jobs.context import RunContext
from compression.core.planning.latency_floor import LatencyFloor, hardest, quickest
from compression.core.planning.plan import MEGABYTE, Budgets, Plan
from compression.core.planning.search import Choice
from compression.core.pruning.floor import Floor, least_bytes
from compression.core.snapshot import Snapshot
from compression.core.step import StepContext
from compression.jobs.origin import Origin


@dataclass(frozen=True)
class Floors:
    """Those that were looked for: None where no such target was given, or the plan brings another network."""

    size: Floor | None = None
    latency: LatencyFloor | None = None


def check_floors(
    context: RunContext,
    snapshot: Snapshot,
    origin: Origin,
    budgets: Budgets,
    plan: Plan,
    choices: Sequence[Choice] | None,
) -> Floors:
    """Raises RunFailed (below_possible, latency_below_possible) for a target that the network cannot come down to.

    ``choices`` are what a search may vary, None without a search.
    """
    if any(one.step == "architecture" or one.options.get("student") for one in plan):
        return Floors()
    size = _check_size(context, snapshot, origin, budgets)
    return Floors(size, _check_latency(context, snapshot, origin, budgets, plan, choices))


def _check_size(context: RunContext, snapshot: Snapshot, origin: Origin, budgets: Budgets) -> Floor | None:
    wanted = budgets.size_bytes
    if wanted is None or origin.model.trained is None:
        return None
    floor = least_bytes(origin.model, _step(context, snapshot, "floor"), prunes=True)
    if wanted < floor.size_bytes:
        raise RunFailed(
            f"{wanted / MEGABYTE:g} MB cannot be reached with this network: pruned as far as it goes it keeps "
            f"{floor.params:,} of {floor.of_params:,} weights, with four bits each and its graph "
            f"{floor.size_bytes / MEGABYTE:.2f} MB. Raise the limit or start from a smaller network.",
            code="below_possible",
            field="budgets.size_mb",
            least_mb=round(floor.size_bytes / MEGABYTE, 3),
        )
    return floor


def _check_latency(
    context: RunContext,
    snapshot: Snapshot,
    origin: Origin,
    budgets: Budgets,
    plan: Plan,
    choices: Sequence[Choice] | None,
) -> LatencyFloor | None:
    wanted = budgets.latency_ms
    if wanted is None:
        return None
    most = hardest(plan, origin.image_size, trainable=origin.model.trained is not None, choices=choices)
    floor = quickest(origin.model, most, origin.image_size, _step(context, snapshot, "latency-floor"))
    allowed = floor.allows(wanted) if floor is not None else "yes"
    if floor is None or allowed == "yes":
        return floor
    # What this run trained would be lost with a refusal, so it goes on to what it can reach.
    if allowed == "no" and origin.version is not None:
        raise RunFailed(
            f"{wanted:g} ms cannot be reached with this network on this machine: {_how_near(floor)} Raise the limit, "
            "start from a lighter network, or measure on a faster device.",
            code="latency_below_possible",
            field="budgets.latency_ms",
            least_ms=floor.latency_ms,
            **{key: value for key, value in vars(floor).items() if key != "latency_ms"},
        )
    busy = " Other work used the machine meanwhile, so the plan is tried all the same." if floor.busy else ""
    context.log(f"{wanted:g} ms will hardly be reached: {_how_near(floor)}{busy}", **vars(floor))
    return floor


def _how_near(floor: LatencyFloor) -> str:
    done = [f"{floor.image_size} px"]
    done += [f"{floor.amount:.0%} of the channels removed"] if floor.amount else []
    return (
        f"before any training, with {', '.join(done)}, it takes {floor.latency_ms:.2f} ms in {floor.form} (p20, one "
        f"thread), the source {floor.source_ms:.2f} ms."
    )


def _step(context: RunContext, snapshot: Snapshot, name: str) -> StepContext:
    return StepContext(
        snapshot=snapshot,
        out=context.workdir / "compress" / name,
        threads=1,
        on_progress=lambda done: context.progress(round(100 * done), 100),
        log=context.log,
    )
