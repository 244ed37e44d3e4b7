"""Why a result is as it is, and what to do about it: findings with a code, in words, with the numbers behind them.

The codes are for the browser, which has the sentences in other languages; ``text`` is the English one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from compression.core.planning.pipeline import Measure, Station
from compression.core.planning.plan import Budgets
from compression.core.planning.shortfall import Shortfall
from prelabel.core.metrics import metric_for

FEW_IMAGES = 30  # below this a val or test metric moves by points from one picture to the next
BUSY = 1.3  # p50 / p20
_NOTICEABLE = 0.005  # points of the metric
_PER_CLASS = {"object_detection": "map50", "image_classification": "f1", "semantic_segmentation": "iou"}


@dataclass(frozen=True)
class Advice:
    """One finding; ``severity`` info | warn | bad."""

    code: str
    severity: str
    text: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return asdict(self)


@dataclass(frozen=True)
class Findings:
    """What a diagnosis looks at."""

    task_type: str
    classes: Sequence[str]
    counts: Mapping[str, int]  # pictures per split
    source: Measure
    stations: Sequence[Station]
    missed: Sequence[Shortfall]
    budgets: Budgets
    stopped: str = "met"
    missing_classes: Mapping[str, Sequence[str]] = field(default_factory=dict)  # split → names
    least_mb: float | None = None  # what no recipe goes below
    least_ms: float | None = None  # of the network cut, shrunk and rounded as far as the plan may go, untrained


def diagnose(found: Findings) -> list[Advice]:
    """All findings, the worst first."""
    advice = [
        *_targets(found),
        *_steps(found),
        *_classes(found),
        *_layers(found),
        *_training(found),
        *_rounding(found),
        *_data(found),
    ]
    order = {"bad": 0, "warn": 1, "info": 2}
    return sorted(advice, key=lambda one: order[one.severity])


def step_losses(source: Measure, stations: Sequence[Station]) -> list[dict[str, Any]]:
    """Rows {step, before, after, lost} of the main metric on val; ``lost`` is negative where a step won."""
    rows, before = [], source.metric
    for station in stations:
        after = station.measure.metric
        rows.append({"step": station.step.step, "before": before, "after": after, "lost": before - after})
        before = after
    return rows


def _targets(found: Findings) -> list[Advice]:
    why = {
        "nothing_left": "every change that could bring it nearer was tried",
        "out_of_time": "the time ran out",
        "enough_attempts": "six plans were tried",
    }.get(found.stopped, "the search ended")
    advice = []
    for one in found.missed:
        values = {**one.to_json(), "stopped": found.stopped, "least_mb": found.least_mb, "least_ms": found.least_ms}
        text = f"{_NAMES[one.target]}: wanted {one.wanted:g}, reached {one.reached:g}; {why}."
        if one.target == "size_mb" and found.least_mb is not None and one.wanted < found.least_mb:
            text += f" No recipe goes below {found.least_mb:.2f} MB with this network: start from a smaller one."
        elif one.target == "size_mb":
            text += " A larger allowed drop, more minutes, or a smaller network to start from would help."
        elif one.target == "latency_ms" and found.least_ms is not None and one.wanted < found.least_ms:
            text += f" Cut as far as it goes the network took {found.least_ms:.2f} ms here: start from a lighter one."
        elif one.target == "latency_ms":
            text += " A smaller picture or a lighter network helps most; rounding alone gives at most about 2 times."
        else:
            text += " More minutes for recovery, a teacher, more labelled pictures or a larger file would help."
        advice.append(Advice("target_missed", "bad", text, values))
    return advice


_NAMES = {"size_mb": "Size (MB)", "latency_ms": "Latency (ms)", "metric": "Metric on val"}


def _steps(found: Findings) -> list[Advice]:
    """Which step lost what."""
    rows = step_losses(found.source, found.stations)
    worst = max(rows, key=lambda row: row["lost"], default=None)
    if worst is None or worst["lost"] < _NOTICEABLE:
        return [Advice("no_step_lost", "info", "No step lost anything that val can show.", {"steps": rows})]
    allowed = found.source.metric - found.budgets.least_metric(found.source.metric)
    text = (
        f"{worst['step']} lost most: {worst['before']:.3f} → {worst['after']:.3f} on val "
        f"({100 * worst['lost']:.1f} points)."
    )
    help_with = {
        "prune": " Prune less, in more rounds, or give the model more epochs to recover.",
        "quantize": " Spare the sensitive layers (exclude: sensitivity), train with rounding (qat), or keep 16 bits.",
        "resolution": " Small objects suffer first: keep a larger picture.",
        "architecture": " Train it longer, or let it learn from the larger model.",
        "distil": " The teacher's weight may be too high for so few epochs.",
    }
    severity = "warn" if worst["lost"] > allowed else "info"
    return [Advice("step_lost", severity, text + help_with.get(worst["step"], ""), {**worst, "steps": rows})]


def _classes(found: Findings) -> list[Advice]:
    """The class that lost most between the source and the result."""
    if not found.stations:
        return []
    key = _PER_CLASS[found.task_type]
    before, after = (_per_class(one.metrics, key) for one in (found.source, found.stations[-1].measure))
    lost = {index: before[index] - after[index] for index in before if index in after}
    if not lost:
        return []
    worst = max(lost, key=lambda index: lost[index])
    if lost[worst] < 0.02:
        return []
    name = found.classes[worst] if worst < len(found.classes) else str(worst)
    values = {"class": name, "metric": key, "before": before[worst], "after": after[worst], "lost": lost[worst]}
    text = (
        f"“{name}” lost most of all classes: {key} {before[worst]:.3f} → {after[worst]:.3f}. "
        "More labelled examples of it help more than a larger file."
    )
    return [Advice("class_lost", "warn", text, values)]


def _per_class(metrics: Mapping[str, Any], key: str) -> dict[int, float]:
    rows = metrics.get("per_class") or {}
    return {int(index): float(row[key]) for index, row in rows.items() if row.get(key) is not None and row["truths"]}


def _layers(found: Findings) -> list[Advice]:
    """The layer that minds being cut or rounded most, where a scan was made."""
    advice = []
    for station in found.stations:
        rows = list(station.model.history[-1].get("sensitivity") or ()) if station.model.history else []
        scanned = [(row.get("layer"), _harm(row)) for row in rows if row.get("layer") and _harm(row) is not None]
        if not scanned:
            continue
        layer, harm = max(scanned, key=lambda pair: pair[1] or 0.0)
        values = {"step": station.step.step, "layer": layer, "harm": harm}
        verb = "rounding" if station.step.step == "quantize" else "cutting"
        text = f"{layer} is the layer that {verb} hurts most; the step spares it as far as the budgets allow."
        advice.append(Advice("layer_sensitive", "info", text, values))
    return advice


def _harm(row: Mapping[str, Any]) -> float | None:
    value = next((row[key] for key in ("harm", "drop", "error", "noise") if row.get(key) is not None), None)
    return None if value is None else float(value)


def _training(found: Findings) -> list[Advice]:
    """Fine-tunes whose best epoch was the last were cut short."""
    advice = []
    for station in found.stations:
        told = station.model.history[-1] if station.model.history else {}
        rounds = [*(told.get("rounds") or ()), told]
        last = next((one for one in reversed(rounds) if one.get("epochs") and "best_epoch" in one), None)
        if last is not None and last["epochs"] > 1 and last["best_epoch"] == last["epochs"]:
            values = {"step": station.step.step, "epochs": last["epochs"]}
            text = (
                f"{station.step.step} was still improving in its last epoch ({last['epochs']}): more epochs would "
                "recover more."
            )
            advice.append(Advice("still_improving", "warn", text, values))
        if last is not None and last["best_epoch"] == 0:
            values = {"step": station.step.step, "epochs": last["epochs"]}
            text = f"Training after {station.step.step} gained nothing: the learning rate may be too high."
            advice.append(Advice("training_useless", "warn", text, values))
    return advice


def _rounding(found: Findings) -> list[Advice]:
    """Four bits are storage; and a file that is smaller but not faster is said to be so."""
    advice = []
    for station in found.stations:
        scheme = station.step.options.get("scheme") if station.step.step == "quantize" else None
        if scheme in ("int4", "w8"):
            text = f"{scheme} makes the file smaller, not the answer faster: the arithmetic stays in float."
            advice.append(Advice("storage_only", "info", text, {"scheme": scheme}))
        if station.measure.contention > BUSY:
            values = {"step": station.step.step, "contention": station.measure.contention}
            text = (
                f"The machine was busy while {station.step.step} was timed (median {station.measure.contention:.1f} "
                "times the quick fifth): milliseconds are too high, ratios hold."
            )
            advice.append(Advice("contention", "info", text, values))
    last = found.stations[-1].measure if found.stations else None
    source_ms = (last and last.source_ms) or found.source.latency_ms
    if last and last.size_bytes < 0.5 * found.source.size_bytes and last.latency_ms > 0.9 * source_ms:
        ratio = source_ms / last.latency_ms if last.latency_ms else 1.0
        values = {"size_ratio": found.source.size_bytes / last.size_bytes, "speed_ratio": ratio}
        text = "The file shrank, the answer is not faster: look at the runtime, or take a smaller picture."
        advice.append(Advice("smaller_not_faster", "warn", text, values))
    return advice


def _data(found: Findings) -> list[Advice]:
    """Too few pictures to choose or to judge by; classes that never occur."""
    advice = []
    main = metric_for(found.task_type).main
    for split, effect in (("val", "choices between plans are partly chance"), ("test", "the verdict has wide limits")):
        count = found.counts.get(split, 0)
        if count < FEW_IMAGES:
            text = f"Only {count} pictures in {split}: {effect}. At least {FEW_IMAGES} make {main} steady."
            values = {"split": split, "count": count, "needed": FEW_IMAGES}
            advice.append(Advice("few_images", "warn", text, values))
    for split, names in found.missing_classes.items():
        effect = "cannot be learned" if split == "train" else "cannot be judged"
        values = {"split": split, "classes": list(names)}
        text = f"No example in {split} of {', '.join(names)}: what is not there {effect}."
        advice.append(Advice("class_without_example", "warn", text, values))
    return advice
