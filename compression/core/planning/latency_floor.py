"""The quickest answer that a plan and its changes can come to on this machine, timed before any training.

How long a network takes does not depend on what its weights have learnt, so the steps themselves cut, shrink and round
it without an epoch, and what comes out is timed beside the source.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from annotator.core.errors import RunFailed
from compression.core.benchmarking.latency import compare_latency
from compression.core.benchmarking.measurement import contention, load_average
from compression.core.json_files import write_json
from compression.core.model import Model
from compression.core.planning.adjust import next_smaller
from compression.core.planning.plan import Plan
from compression.core.planning.search import Choice
from compression.core.pruning.structured import MOST
from compression.core.quantization.options import FEWEST_IMAGES
from compression.core.step import StepContext
from compression.core.steps import load_step

CLEARLY = 1.15  # a target missed by less may be noise of this minute
_ROUNDS = 20
_QUICK_SCHEMES = {"int8", "qat"}  # both compute in eight bits; the others only store less (plans call them so, too)


@dataclass(frozen=True)
class Hardest:
    """The most that may be done: picture size (px) and share of channels to remove, None = as in the source."""

    image_size: int | None
    amount: float | None
    round_to: int  # channels are left in multiples of this
    int8: bool


@dataclass(frozen=True)
class LatencyFloor:
    """p20 of one picture on one thread, of the quicker ``form`` (float | int8) and of the source beside it.

    ``busy``: others used the machine meanwhile, so that both may be too high.
    """

    latency_ms: float
    source_ms: float
    form: str
    image_size: int
    amount: float  # share of channels that was removed, 0 = none
    busy: bool

    def allows(self, wanted_ms: float) -> str:
        """yes | hardly (missed, but by little or on a busy machine) | no."""
        if self.latency_ms <= wanted_ms:
            return "yes"
        return "hardly" if self.busy or self.latency_ms <= CLEARLY * wanted_ms else "no"


def hardest(plan: Plan, image_size: int, *, trainable: bool, choices: Sequence[Choice] | None = None) -> Hardest:
    """What a search may try at most (``choices``), else what ``plan`` may be changed to for an answer in time.

    ``image_size`` is the source's longer side in pixels.
    """
    cuts = [one.options for one in plan if one.step == "prune" and one.options.get("method") != "unstructured"]
    schemes = {str(one.options.get("scheme")) for one in plan if one.step == "quantize"}
    if choices is None:
        schemes |= _QUICK_SCHEMES
        size = min([image_size, *(int(one.options["image_size"]) for one in plan if one.step == "resolution")])
        while trainable and (smaller := next_smaller(size, image_size)) is not None:
            size = smaller
        amounts = [MOST] if trainable else []
    else:
        schemes |= set(_values(choices, "scheme"))
        size = min([image_size, *_values(choices, "image_size")])
        # A ranking over layers of unequal cost may take more of the dear ones than a uniform share does.
        amounts = [MOST if one.get("scope", "uniform") != "uniform" else 0.0 for one in cuts]
        amounts += _values(choices, "amount") if cuts else []
    amounts += [float(one["amount"]) for one in cuts]
    return Hardest(
        size if size < image_size else None,
        max(amounts, default=None),
        min((int(one.get("round_to", 8)) for one in cuts), default=8),
        bool(schemes & _QUICK_SCHEMES),
    )


def _values(choices: Sequence[Choice], option: str) -> list[Any]:
    return [value for one in choices if one.option == option for value in one.values if value is not None]


def quickest(source: Model, wanted: Hardest, image_size: int, context: StepContext) -> LatencyFloor | None:
    """Build the network of ``wanted`` untrained and time it; kept in ``context.out``. None where it cannot be built.

    ``context`` has the whole snapshot, whose pictures decide the input's shape. Raises what ``on_progress`` raises.
    """
    kept = context.out / "latency_floor.json"
    if kept.exists():
        return LatencyFloor(**json.loads(kept.read_text(encoding="utf-8")))
    work = context.out / "steps"
    load = load_average()
    try:
        forms = _forms(source, wanted, replace(context, out=work))
    except RunFailed as error:  # the plan itself will say it, or does not go so far
        context.log(f"How quick the network can become is not known: {error.message}")
        return None
    context.on_progress(0.9)
    rows = compare_latency({"source": source.artifact, **forms}, rounds=_ROUNDS)
    form = min(forms, key=lambda name: float(rows[name]["p20_ms"]))
    floor = LatencyFloor(
        latency_ms=float(rows[form]["p20_ms"]),
        source_ms=float(rows["source"]["p20_ms"]),
        form=form,
        image_size=wanted.image_size or image_size,
        amount=wanted.amount or 0.0,
        busy=bool(contention(rows, load)["busy"]),
    )
    write_json(kept, vars(floor))
    shutil.rmtree(work, ignore_errors=True)
    context.on_progress(1.0)
    return floor


def _forms(source: Model, wanted: Hardest, context: StepContext) -> dict[str, Path]:
    """The artifact of the shrunk and cut network, as it is and in eight bits."""
    model = replace(source, quantized=None, history=())
    if wanted.image_size is not None:
        model = _applied("resolution", {"image_size": wanted.image_size, "epochs": 0}, model, context)
    context.on_progress(0.3)
    if wanted.amount:
        cut = {"amount": wanted.amount, "epochs": 0, "importance": "l1", "round_to": wanted.round_to}
        model = _applied("prune", cut, model, context)
    context.on_progress(0.6)
    if not wanted.int8:
        return {"float": model.artifact}
    # How well it answers is of no interest: one picture stands for val, and few calibrate.
    items = context.snapshot.items
    few = {**items, "train": items["train"][:FEWEST_IMAGES], "val": items["val"][:1]}
    options = {"tries": 1, "exclude": "none", "calibration": "minmax", "images": FEWEST_IMAGES}
    brief = replace(context, snapshot=replace(context.snapshot, items=few))
    return {"float": model.artifact, "int8": _applied("quantize", options, model, brief).artifact}


def _applied(slug: str, options: dict[str, Any], model: Model, context: StepContext) -> Model:
    quiet = replace(context, out=context.out / slug, on_progress=lambda done: None, log=lambda line: None)
    return load_step(slug).apply(model, replace(quiet, options=options))
